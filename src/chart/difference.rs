//! What changed between two versions of an entry, to be read by people: each field that is another now, before and after, as
//! text. Pure.

use serde_json::Value;
use std::collections::BTreeMap;

/// A field that is another now.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Change {
    /// Which: the names of the fields that lead to it, parted by dots.
    pub field: String,
    /// What it said before; none when it said nothing.
    pub before: Option<String>,
    /// What it says now; none when it says nothing.
    pub after: Option<String>,
}

/// What is another in `after`, in the order of the fields' names; all of it when there was nothing before.
#[must_use]
pub fn changes(before: Option<&Value>, after: &Value) -> Vec<Change> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    if let Some(before) = before {
        gather(before, String::new(), &mut old);
    }
    gather(after, String::new(), &mut new);
    let mut fields: Vec<String> = old.keys().chain(new.keys()).cloned().collect();
    fields.sort();
    fields.dedup();
    let changed = fields.into_iter().map(|field| Change {
        before: old.remove(&field),
        after: new.remove(&field),
        field,
    });
    changed.filter(|one| one.before != one.after).collect()
}

fn gather(value: &Value, field: String, into: &mut BTreeMap<String, String>) {
    let below = |name: &str| match field.is_empty() {
        true => name.to_owned(),
        false => format!("{field}.{name}"),
    };
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                gather(value, below(name), into);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                gather(item, below(&(place + 1).to_string()), into);
            }
        }
        Value::String(text) => drop(into.insert(field, text.clone())),
        other => drop(into.insert(field, other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, changes};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn a_difference_names_the_fields_that_are_another_now() {
        let before = json!({ "code": { "text": "Asthma" }, "status": "active", "note": null, "codings": ["a"] });
        let after = json!({ "code": { "text": "Asthma" }, "status": "resolved", "note": "gone", "codings": [] });
        let change = |field: &str, before: Option<&str>, after: Option<&str>| Change {
            field: field.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        assert_eq!(
            changes(Some(&before), &after),
            [
                change("codings.1", Some("a"), None),
                change("note", None, Some("gone")),
                change("status", Some("active"), Some("resolved")),
            ]
        );
        assert_eq!(
            changes(None, &json!({ "a": 1 })),
            [change("a", None, Some("1"))]
        );
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,4}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-c]", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself_and_turning_round_swaps_before_and_after(one in any_json(), other in any_json()) {
            prop_assert!(changes(Some(&one), &one).is_empty());
            let there = changes(Some(&one), &other);
            let back = changes(Some(&other), &one);
            prop_assert_eq!(there.len(), back.len());
            for (there, back) in there.iter().zip(&back) {
                prop_assert_eq!((&there.before, &there.after), (&back.after, &back.before));
            }
        }
    }
}
