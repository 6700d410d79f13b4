//! Which fields of a mutation's input are given, by name and never by value: the audit names them. A name that the schema
//! does not have is the client's own text, and is not noted.

use super::request::Asked;
use crate::gate::{Document, Inputs, OperationPlan};
use async_graphql::parser::types::Selection;
use async_graphql::{Name, Value};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;

/// How deep inputs are followed; the gate lets none be much deeper.
const DEEPEST: usize = 8;
/// What every mutation calls its one argument.
const ARGUMENT: &str = "input";

/// The operation's fields that are about people, and those that it gives, dotted: `input.contact.phone`.
pub fn with_given(
    inputs: &Inputs,
    operation: &OperationPlan,
    document: &Document,
    asked: &Asked,
) -> Arc<str> {
    let mut given = BTreeSet::new();
    let of_name = |name: Option<&Name>| name.map(|name| &**name) == operation.name.as_deref();
    let (document, variables) = (&document.parsed, &asked.variables);
    let definition = document.operations.iter().find(|(name, _)| of_name(*name));
    let selections = definition.map(|(_, definition)| &definition.node.selection_set.node.items);
    for selection in selections.into_iter().flatten() {
        let Selection::Field(field) = &selection.node else {
            // A root field in a fragment: what its variables say. A literal there goes unnamed.
            // What variables are called is the client's text.
            for value in variables.values() {
                name_fields(&mut given, inputs, ARGUMENT, value, DEEPEST);
            }
            continue;
        };
        for (name, value) in &field.node.arguments {
            let value = value.node.clone().into_const_with(|variable| {
                let value = variables.get(&variable).cloned().unwrap_or_default();
                Ok::<_, Infallible>(value)
            });
            let Ok(value) = value;
            if name.node == ARGUMENT {
                name_fields(&mut given, inputs, ARGUMENT, &value, DEEPEST);
            }
        }
    }
    let about = std::iter::once(&*operation.about_people).filter(|text| !text.is_empty());
    let all: Vec<&str> = about.chain(given.iter().map(String::as_str)).collect();
    all.join(" ").into()
}

fn name_fields(
    given: &mut BTreeSet<String>,
    inputs: &Inputs,
    path: &str,
    value: &Value,
    left: usize,
) {
    match value {
        Value::Object(fields) if left > 0 => {
            for (name, value) in fields.iter().filter(|(name, _)| inputs.have_field(name)) {
                name_fields(given, inputs, &format!("{path}.{name}"), value, left - 1);
            }
        }
        Value::List(items) if left > 0 && items.iter().any(|it| matches!(it, Value::Object(_))) => {
            for item in items {
                name_fields(given, inputs, path, item, left - 1);
            }
        }
        _ => {
            given.insert(path.to_owned());
        }
    }
}
