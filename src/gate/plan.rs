//! What is known of each operation of a document before it runs: how large it is, what it touches, what it costs.
//! Knows neither the request's variables nor its viewer, so that one plan serves every request with the same text.

use super::cost::Cost;
use super::expansion::{Expansion, Surveyor};
use super::variables::{Declared, Inputs, declared};
use super::walk::{Coordinate, Findings, RootField, walk};
use super::{Limits, Reason, Refused, SchemaMap};
use crate::access::fields::is_about_people;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Name, Positioned, Value, Variables};
use std::sync::Arc;

/// The plans of a document's operations.
#[derive(Debug)]
pub struct Plan {
    /// In the order of the text.
    pub operations: Vec<OperationPlan>,
}

/// What one operation is, touches and costs.
#[derive(Debug)]
pub struct OperationPlan {
    /// The operation's name; only the sole operation of a document can be without.
    pub name: Option<Name>,
    /// Query, mutation or subscription.
    pub kind: OperationType,
    /// Every occurrence of a root field, in the order of the text; exactly one for a subscription.
    pub roots: Vec<RootField>,
    /// Every field that may be asked for, once each: on the type it is written for, and on each object that can stand
    /// there. None of them below `__schema` and `__type`.
    pub coordinates: Vec<Coordinate>,
    /// The names of the root fields, once each, in the order of the alphabet, parted by spaces.
    pub names: Arc<str>,
    /// The fields that are about people, as `Type.field`, parted by spaces.
    pub about_people: Arc<str>,
    /// Fields with fragments written out, those below `__schema` and `__type` left aside.
    pub fields: u32,
    /// Fields on the longest way down, to `__schema` and `__type` at most.
    pub depth: u32,
    cost: Cost,
    declared: Vec<Declared>,
}

impl Plan {
    /// Measures a parsed document and works out the plan of each operation. A document that the schema does not fit is
    /// planned as far as it does, and left to the validator.
    ///
    /// # Errors
    ///
    /// The first limit that is passed, with its place; a fragment cycle; a subscription to other than one field.
    pub fn of(
        schema: &SchemaMap,
        document: &ExecutableDocument,
        limits: &Limits,
    ) -> Result<Self, Refused> {
        let mut operations: Vec<_> = document.operations.iter().collect();
        if operations.len() > limits.operations {
            return Err(Reason::Operations(limits.operations).anywhere());
        }
        // The parser keeps them in no order; in that of the text, a document is always refused for the same reason.
        operations.sort_unstable_by_key(|(_, operation)| operation.pos);
        let mut surveyor = Surveyor::new(document, limits);
        let mut sizes = Vec::with_capacity(operations.len());
        for (_, operation) in &operations {
            sizes.push(surveyor.operation(&operation.node.selection_set.node)?);
        }
        surveyor.left_over()?;
        let plan = |((name, operation), size): (_, _)| {
            OperationPlan::of(
                name,
                operation,
                size,
                walk(schema, document, &operation.node),
                limits,
            )
        };
        Ok(Self {
            operations: operations
                .into_iter()
                .zip(sizes)
                .map(plan)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The operation a request means, chosen as the library chooses it: by name, or as the only one if none is given.
    #[must_use]
    pub fn operation(&self, name: Option<&str>) -> Option<&OperationPlan> {
        match (name, self.operations.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(_), all) => all
                .iter()
                .find(|operation| operation.name.as_deref() == name),
        }
    }

    /// Bytes on the heap, roughly; names are shared with the schema and the document.
    pub(super) fn weight(&self) -> usize {
        let of_one = |operation: &OperationPlan| {
            size_of::<OperationPlan>()
                + size_of_val(operation.roots.as_slice())
                + size_of_val(operation.coordinates.as_slice())
                + operation.names.len()
                + operation.about_people.len()
                + operation.cost.weight()
                + size_of_val(operation.declared.as_slice())
        };
        self.operations.iter().map(of_one).sum()
    }
}

impl OperationPlan {
    fn of(
        name: Option<&Name>,
        operation: &Positioned<OperationDefinition>,
        size: Expansion,
        findings: Findings,
        limits: &Limits,
    ) -> Result<Self, Refused> {
        let Findings {
            roots,
            coordinates,
            cost,
        } = findings;
        let kind = operation.node.ty;
        if kind == OperationType::Subscription {
            only_one(&roots, operation)?;
        }
        each_once(&roots, limits)?;
        // What the schema does not have is a client's own words.
        let is_known = |name: &str| coordinates.iter().any(|it| &*it.field_name == name);
        let mut names: Vec<&str> = roots.iter().map(|root| &*root.name).collect();
        names.retain(|name| is_known(name));
        // In an order of their own: whoever writes them in another asks for the same.
        names.sort_unstable();
        names.dedup();
        let mut about: Vec<String> = coordinates
            .iter()
            .filter(|it| is_about_people(&it.type_name))
            .map(|it| format!("{}.{}", it.type_name, it.field_name))
            .collect();
        about.sort_unstable();
        Ok(Self {
            name: name.cloned(),
            kind,
            names: names.join(" ").into(),
            about_people: about.join(" ").into(),
            roots,
            coordinates,
            fields: size.fields,
            depth: size.depth,
            cost,
            declared: declared(&operation.node),
        })
    }

    /// What the operation costs with these variables: each field one, times the page sizes asked for above it. A page
    /// is what `first` or `last` says, or what the field gives unsaid; `nodes` and `edges` are the page and do not multiply
    /// again. Introspection counts one: it has a limit of its own.
    #[must_use]
    pub fn cost(&self, variables: &Variables) -> u64 {
        self.cost.of(variables)
    }

    /// Looks at the values of the variables that the operation declares.
    ///
    /// # Errors
    ///
    /// [`Reason::Variable`] for the first that is missing or does not fit its type.
    pub fn fit(&self, inputs: &Inputs, variables: &Variables) -> Result<(), Refused> {
        inputs.check(&self.declared, variables)
    }

    /// Whether every variable that the operation declares has a value, and none is null.
    #[must_use]
    pub fn has_all(&self, variables: &Variables) -> bool {
        let given = |declared: &Declared| {
            let value = variables.get(declared.name());
            value.is_some_and(|value| *value != Value::Null)
        };
        self.declared.iter().all(given)
    }

    /// The cost with these variables, if it is within the limit.
    ///
    /// # Errors
    ///
    /// [`Reason::Cost`] if it is not.
    pub fn affordable(&self, variables: &Variables, limits: &Limits) -> Result<u64, Refused> {
        let cost = self.cost(variables);
        let limit = limits.cost;
        if cost > limit {
            return Err(Reason::Cost { cost, limit }.anywhere());
        }
        Ok(cost)
    }
}

/// The library would serve several fields on one subscription, and the answers could not be told apart.
fn only_one(
    roots: &[RootField],
    operation: &Positioned<OperationDefinition>,
) -> Result<(), Refused> {
    match roots {
        [only] if !only.name.starts_with("__") => Ok(()),
        [_, second, ..] => Err(Reason::SubscriptionRoots.at(second.at)),
        _ => Err(Reason::SubscriptionRoots.at(operation.pos)),
    }
}

/// Aliases would otherwise make one request a thousand attempts at a password.
fn each_once(roots: &[RootField], limits: &Limits) -> Result<(), Refused> {
    for &name in limits.once {
        if let Some(second) = roots.iter().filter(|root| root.name == name).nth(1) {
            return Err(Reason::Once(name).at(second.at));
        }
    }
    Ok(())
}
