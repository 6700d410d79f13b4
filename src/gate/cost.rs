//! What an operation may cost, before it runs: every field one, as often as the pages above it have items. Knows which
//! arguments ask for how many, and no other argument.
//!
//! Most fields multiply nothing, so the cost is kept as a few groups of fields that occur equally often, and not as a
//! tree of fields: evaluating it takes one multiplication for each list.

use super::schema_map::Extent;
use crate::graphql::page::LARGEST;
use async_graphql::parser::types::{Field, OperationDefinition};
use async_graphql::{Name, Value, Variables};

/// The arguments that ask for so many items: of the start of a list, or of its end.
pub(super) const SIZES: [&str; 2] = ["first", "last"];

/// Items of a list of which nobody can say how many.
const LIST: u64 = 20;

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
    Asked {
        sizes: [Said; SIZES.len()],
        /// If nothing is said, which leaves the choice to the resolver.
        unsaid: u64,
    },
}

/// What one argument says; null says nothing.
#[derive(Debug)]
enum Said {
    Nothing,
    Items(u64),
    Variable {
        name: Name,
        /// If the request leaves the variable out.
        absent: Option<u64>,
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
            Extent::Many => Times::Fixed(LIST),
            Extent::Page(unsaid) => Times::Asked {
                sizes: SIZES.map(|size| Said::by(field, size, operation)),
                unsaid: *unsaid,
            },
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
    /// Of two sizes the larger: the resolver will refuse them, and is not relied upon.
    fn with(&self, variables: &Variables) -> u64 {
        match self {
            Self::Fixed(times) => *times,
            Self::Asked { sizes, unsaid } => {
                let said = sizes.iter().filter_map(|said| said.with(variables));
                said.max().unwrap_or(*unsaid)
            }
        }
    }
}

impl Said {
    fn by(field: &Field, argument: &str, operation: &OperationDefinition) -> Self {
        let Some(given) = field.get_argument(argument) else {
            return Self::Nothing;
        };
        // The library does not export the type that tells a variable from a constant, only this question.
        match given.node.clone().into_const_with(Err) {
            Ok(constant) => items(&constant).map_or(Self::Nothing, Self::Items),
            Err(name) => Self::Variable {
                absent: default_of(operation, &name).and_then(items),
                name,
            },
        }
    }

    fn with(&self, variables: &Variables) -> Option<u64> {
        match self {
            Self::Nothing => None,
            Self::Items(items) => Some(*items),
            Self::Variable { name, absent } => variables.get(name).map_or(*absent, items),
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

/// The number of items a value asks for; none if it is null. What is no such number will be refused by the validator or
/// the resolver; the largest page is the safe guess until then.
pub(super) fn items(value: &Value) -> Option<u64> {
    match value {
        Value::Null => None,
        Value::Number(number) => Some(number.as_u64().map_or(LARGEST, |items| items.max(1))),
        _ => Some(LARGEST),
    }
}
