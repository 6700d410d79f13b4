//! What an operation may cost, before it runs: every field one, as often as the pages above it have items. Knows which
//! argument asks for how many, and no other argument.
//!
//! Most fields multiply nothing, so the cost is kept as a few groups of fields that occur equally often, and not as a
//! tree of fields: evaluating it takes one multiplication for each list.

use super::schema_map::Extent;
use async_graphql::parser::types::{Field, OperationDefinition};
use async_graphql::{Name, Value, Variables};

/// Items of a page for which nobody has said how many.
const PAGE: u64 = 20;

/// The most items a page can have; stands in for what is no number of items at all.
const LARGEST_PAGE: u64 = 100;

/// A group of fields, by its place in the [`Cost`].
pub(super) type GroupId = usize;

/// The fields of an operation, grouped by how often each occurs.
#[derive(Debug)]
pub(super) struct Cost {
    /// A group stands behind the one it is part of; the first holds the root fields.
    groups: Vec<Group>,
}

/// The fields below one field that leads to many.
#[derive(Debug)]
struct Group {
    /// The group of the field itself.
    outer: GroupId,
    fields: u64,
    times: Times,
}

/// How often a group occurs for each occurrence of the group around it; at least once, for a resolver may read zero
/// differently.
#[derive(Debug)]
enum Times {
    Fixed(u64),
    Variable {
        name: Name,
        /// If the request leaves the variable out.
        absent: u64,
        /// If the request sets it to null, which leaves the choice to the resolver.
        null: u64,
    },
}

impl Cost {
    /// The group of the root fields.
    pub(super) const ROOT: GroupId = 0;

    pub(super) fn new() -> Self {
        Self {
            groups: vec![Group {
                outer: Self::ROOT,
                fields: 0,
                times: Times::Fixed(1),
            }],
        }
    }

    /// Counts one field.
    pub(super) fn count(&mut self, group: GroupId) {
        self.groups[group].fields += 1;
    }

    /// The group for what is selected below a field.
    pub(super) fn below(
        &mut self,
        outer: GroupId,
        field: &Field,
        extent: &Extent,
        operation: &OperationDefinition,
    ) -> GroupId {
        let times = match extent {
            Extent::One => return outer,
            Extent::Many => Times::Fixed(PAGE),
            Extent::First(default) => Times::first(field, default.as_ref(), operation),
        };
        self.groups.push(Group {
            outer,
            fields: 0,
            times,
        });
        self.groups.len() - 1
    }

    /// The cost with these variables; `u64::MAX` stands for itself and all above.
    pub(super) fn of(&self, variables: &Variables) -> u64 {
        let mut occurrences: Vec<u64> = Vec::with_capacity(self.groups.len());
        let mut cost = 0_u64;
        for group in &self.groups {
            let around = occurrences.get(group.outer).copied().unwrap_or(1);
            let times = around.saturating_mul(group.times.with(variables));
            cost = cost.saturating_add(times.saturating_mul(group.fields));
            occurrences.push(times);
        }
        cost
    }

    /// Bytes on the heap, roughly.
    pub(super) fn weight(&self) -> usize {
        self.groups.len() * size_of::<Group>()
    }
}

impl Times {
    fn first(field: &Field, default: Option<&Value>, operation: &OperationDefinition) -> Self {
        let unsaid = default.map_or(PAGE, |value| items(value, PAGE));
        let Some(given) = field.get_argument("first") else {
            return Self::Fixed(unsaid);
        };
        // The library does not export the type that tells a variable from a constant, only this question.
        match given.node.clone().into_const_with(Err) {
            Ok(constant) => Self::Fixed(items(&constant, unsaid)),
            Err(name) => {
                let absent = default_of(operation, &name);
                Self::Variable {
                    absent: absent.map_or(unsaid, |value| items(value, unsaid)),
                    null: unsaid,
                    name,
                }
            }
        }
    }

    fn with(&self, variables: &Variables) -> u64 {
        match self {
            Self::Fixed(times) => *times,
            Self::Variable { name, absent, null } => variables
                .get(name)
                .map_or(*absent, |value| items(value, *null)),
        }
    }
}

/// The default an operation gives one of its variables.
fn default_of<'a>(operation: &'a OperationDefinition, variable: &str) -> Option<&'a Value> {
    let definitions = operation.variable_definitions.iter();
    definitions
        .map(|definition| &definition.node)
        .find(|definition| definition.name.node == variable)
        .and_then(|definition| definition.default_value.as_ref())
        .map(|value| &value.node)
}

/// The number of items a value asks for. What is no such number will be refused by the validator or the resolver; the
/// largest page is the safe guess until then.
fn items(value: &Value, null: u64) -> u64 {
    match value {
        Value::Null => null,
        Value::Number(number) => number.as_u64().map_or(LARGEST_PAGE, |items| items.max(1)),
        _ => LARGEST_PAGE,
    }
}
