//! Going on with a stream after the last message that a client has seen.
//!
//! A client of Server-Sent Events that has lost its connection sends its request again as it was, and beside it the `id`
//! of the last message. The request alone would begin where it began the first time, and tell everything since once more.
//! So that id stands in for the argument `after` of the stream's field, whatever that says.

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, Selection};
use async_graphql::{Name, Positioned, Value, Variables};

/// The argument that says where to go on.
const AFTER: &str = "after";

/// The document, and the variables, with `last` as the place to go on from.
pub fn resumed(
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &mut Variables,
    last: &str,
) -> ExecutableDocument {
    let mut document = document.clone();
    let definition = match &mut document.operations {
        DocumentOperations::Single(definition) => Some(definition),
        DocumentOperations::Multiple(all) => operation.and_then(|name| all.get_mut(name)),
    };
    let Some(definition) = definition else {
        return document;
    };
    let last = Value::String(last.to_owned());
    let definition = &mut definition.node;
    for selection in &mut definition.selection_set.node.items {
        let Selection::Field(field) = &mut selection.node else {
            continue;
        };
        let at = field.pos;
        let arguments = &mut field.node.arguments;
        let given = arguments
            .iter_mut()
            .find(|(name, _)| name.node.as_str() == AFTER);
        match given {
            None => {
                let name = Positioned::new(Name::new(AFTER), at);
                arguments.push((name, Positioned::new(last.clone().into_value(), at)));
            }
            Some((_, value)) => {
                let mut variable = None;
                let literal = value.node.clone().into_const_with(|name| {
                    variable = Some(name);
                    Err(())
                });
                match (literal, variable) {
                    (Err(()), Some(name)) => _ = variables.insert(name, last.clone()),
                    _ => value.node = last.clone().into_value(),
                }
            }
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use super::resumed;
    use async_graphql::Variables;
    use async_graphql::parser::parse_query;
    use async_graphql::parser::types::{DocumentOperations, Selection};
    use serde_json::{Value, json};

    /// What `after` is, in this document with these variables, for a client whose last message was `seen`.
    fn after(document: &str, variables: Value) -> Option<String> {
        let document = parse_query(document).expect("is a document");
        let mut variables = Variables::from_json(variables);
        let document = resumed(&document, Some("A"), &mut variables, "seen");
        let definition = match document.operations {
            DocumentOperations::Single(it) => it,
            DocumentOperations::Multiple(mut all) => all.remove("A").expect("is there"),
        };
        let selection = &definition.node.selection_set.node.items[0].node;
        let Selection::Field(field) = selection else {
            return None;
        };
        let after = field.node.get_argument("after")?.node.clone();
        let value = after.into_const_with(|name| variables.get(&name).cloned().ok_or(()));
        match value.ok()? {
            async_graphql::Value::String(text) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn the_last_message_seen_is_where_it_goes_on_whatever_the_request_says() {
        let variable = "subscription A($after: String) { it(after: $after) { id } }";
        let default = "subscription A($after: String = \"mine\") { it(after: $after) { id } }";
        for (document, variables) in [
            ("subscription { it { id } }", json!({})),
            ("subscription { it(after: null) { id } }", json!({})),
            ("subscription { it(after: \"now\") { id } }", json!({})),
            ("subscription { it(after: \"mine\") { id } }", json!({})),
            (variable, json!({})),
            (variable, json!({ "after": null })),
            (variable, json!({ "after": "mine" })),
            (default, json!({})),
            (
                "subscription A { it { id } } subscription B { it { id } }",
                json!({}),
            ),
        ] {
            assert_eq!(
                after(document, variables.clone()).as_deref(),
                Some("seen"),
                "{document} {variables}"
            );
        }
    }
}
