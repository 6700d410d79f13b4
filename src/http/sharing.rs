//! Which answers of a subscription are the same for viewers who are alike: those of the same operation of the same document,
//! with the same values of its variables. Only from where a stream is followed changes nothing: the variables of the argument
//! `after` are left out.

use super::answer::{self, Answer, finished};
use crate::graphql::live::{Draft, Key};
use async_graphql::parser::types::{
    Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Response, Value, Variables};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;

/// The name of an operation's answers.
pub fn key(
    text: &str,
    document: &ExecutableDocument,
    name: Option<&str>,
    variables: &Variables,
) -> Option<Key> {
    let of_name = |own: Option<&str>| name.is_none() || own == name;
    let operation = document
        .operations
        .iter()
        .find(|(own, _)| of_name(own.map(|own| own.as_str())));
    let mut used = BTreeSet::new();
    in_the_field(&operation?.1.node, &mut used)?;
    for fragment in document.fragments.values() {
        in_directives(&fragment.node.directives, &mut used);
        in_selections(&fragment.node.selection_set.node, &mut used);
    }
    let mut hash = Sha256::new();
    for part in [text, name.unwrap_or_default()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    for (name, value) in variables
        .iter()
        .filter(|(name, _)| used.contains(name.as_str()))
    {
        let value = serde_json::to_vec(value).ok()?;
        for part in [name.as_bytes(), &value] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    Some(hash.finalize().into())
}

/// The field's argument that says from where its stream is followed.
const AFTER: &str = "after";

/// The variables of the field and of what stands below it; nothing for what is written in another way than as one field.
fn in_the_field(operation: &OperationDefinition, used: &mut BTreeSet<String>) -> Option<()> {
    in_directives(&operation.directives, used);
    let [root] = &operation.selection_set.node.items[..] else {
        return None;
    };
    let Selection::Field(field) = &root.node else {
        return None;
    };
    in_directives(&field.node.directives, used);
    let arguments = field.node.arguments.iter();
    for (_, value) in arguments.filter(|(name, _)| name.node != AFTER) {
        let _without = value.node.clone().into_const_with(taking_down(used));
    }
    in_selections(&field.node.selection_set.node, used);
    Some(())
}

fn in_selections(set: &SelectionSet, used: &mut BTreeSet<String>) {
    for selection in &set.items {
        in_directives(selection.node.directives(), used);
        match &selection.node {
            Selection::Field(field) => {
                for (_, value) in &field.node.arguments {
                    let _without = value.node.clone().into_const_with(taking_down(used));
                }
                in_selections(&field.node.selection_set.node, used);
            }
            Selection::InlineFragment(fragment) => {
                in_selections(&fragment.node.selection_set.node, used);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn in_directives(directives: &[Positioned<Directive>], used: &mut BTreeSet<String>) {
    for directive in directives {
        for (_, value) in &directive.node.arguments {
            let _without = value.node.clone().into_const_with(taking_down(used));
        }
    }
}

/// Takes down the variables of a value; what they hold does not matter here.
fn taking_down(used: &mut BTreeSet<String>) -> impl FnMut(Name) -> Result<Value, Infallible> {
    |variable| {
        used.insert(variable.to_string());
        Ok(Value::Null)
    }
}

/// An answer as it is sent: one that others may be given is given to them.
pub fn answered(response: Response, cost: u64, draft: Option<Draft>) -> Answer {
    match draft {
        // An error names the request that it belongs to.
        Some(draft) if response.errors.is_empty() => {
            let text: Arc<[u8]> = answer::bare_json(finished(response, cost), "").into();
            draft.publish(Arc::clone(&text));
            Answer::Written(text)
        }
        _ => finished(response, cost),
    }
}

#[cfg(test)]
mod tests {
    use super::key;
    use async_graphql::Variables;
    use async_graphql::parser::parse_query;
    use serde_json::json;

    const TEXT: &str =
        "subscription A($of: X, $after: String, $deep: Int, $skip: Boolean, $in: Int) {
        one(of: $of, after: $after) { a(first: $deep) { b @skip(if: $skip) } ...F } }
        fragment F on T { c(x: [{ y: $in }]) }";

    fn named(text: &str, variables: serde_json::Value) -> [u8; 32] {
        let document = parse_query(text).unwrap();
        key(text, &document, None, &Variables::from_json(variables)).unwrap()
    }

    #[test]
    fn from_where_a_stream_is_followed_changes_nothing_and_whatever_else_is_asked_does() {
        let all = json!({ "of": 1, "after": "x", "deep": 2, "skip": true, "in": 3 });
        let one = named(TEXT, all.clone());
        for (name, same) in [
            ("of", false),
            ("after", true),
            ("deep", false),
            ("skip", false),
            ("in", false),
        ] {
            let mut other = all.clone();
            other[name] = json!(9);
            assert_eq!(named(TEXT, other) == one, same, "{name}");
            let mut without = all.clone();
            without.as_object_mut().unwrap().remove(name);
            assert_eq!(named(TEXT, without) == one, same, "without {name}");
        }
        assert_ne!(named(&TEXT.replace("one(", "uno: one("), all.clone()), one);
    }

    #[test]
    fn a_field_in_a_fragment_is_shared_with_nobody() {
        let text = "subscription { ...F } fragment F on Subscription { one }";
        let document = parse_query(text).unwrap();
        assert_eq!(key(text, &document, None, &Variables::default()), None);
    }
}
