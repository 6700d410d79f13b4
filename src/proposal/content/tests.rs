use super::{Change, Field, changes, merged};
use crate::chart::content::{
    Allergy, Concept, Condition, Editable, Immunization, MedicationStatement,
};
use chrono::{DateTime, Utc};
use entity::code::{ProposalKind, RecordStatus};
use proptest::prelude::*;
use serde_json::{Value, json};

fn words(text: &str) -> Concept {
    Concept {
        text: text.to_owned(),
        codings: Vec::new(),
    }
}

fn change(field: Field, before: Value, after: Value) -> Change {
    Change {
        field,
        before,
        after,
    }
}

/// Everything of the kind is known as a field, and what is needed of it is enough.
fn knows<C: Editable>(kind: ProposalKind, content: &C) {
    let whole = serde_json::to_value(content).unwrap();
    for name in whole.as_object().unwrap().keys() {
        assert!(Field::named(name).is_some(), "{name}");
    }
    let given = changes(&Value::Null, &whole).unwrap();
    let needed = Field::needed(kind);
    let needed: Vec<_> = given
        .iter()
        .filter(|one| needed.contains(&one.field))
        .collect();
    let least = merged(&Value::Null, needed.iter().copied()).unwrap();
    assert!(serde_json::from_value::<C>(least).is_ok());
    for left_out in 0..needed.len() {
        let some = needed.iter().enumerate().filter(|(at, _)| *at != left_out);
        let some = merged(&Value::Null, some.map(|(_, one)| *one)).unwrap();
        assert!(serde_json::from_value::<C>(some).is_err());
    }
}

#[test]
fn every_field_of_every_kind_is_known_and_what_is_needed_of_one_is_enough() {
    let status = RecordStatus::Active;
    knows(
        ProposalKind::Condition,
        &Condition {
            code: words("Asthma"),
            status,
            verification: None,
            severity: None,
            body_site: None,
            onset_at: None,
            abated_at: None,
            note: None,
        },
    );
    knows(
        ProposalKind::Allergy,
        &Allergy {
            substance: words("Latex"),
            status,
            verification: None,
            allergy_type: None,
            category: None,
            criticality: None,
            reactions: None,
            onset_at: None,
            note: None,
        },
    );
    knows(
        ProposalKind::MedicationStatement,
        &MedicationStatement {
            medication: words("Honey"),
            status,
            dosage: None,
            reason: None,
            taken_from: None,
            taken_until: None,
            note: None,
        },
    );
    knows(
        ProposalKind::Immunization,
        &Immunization {
            vaccine: words("Tetanus"),
            status: RecordStatus::Completed,
            occurred_at: DateTime::<Utc>::UNIX_EPOCH,
            lot_number: None,
            dose_number: None,
            site: None,
            status_reason: None,
            note: None,
        },
    );
}

#[test]
fn what_else_has_changed_stays_and_what_was_touched_twice_is_named() {
    let seen = json!({ "status": "active", "note": null, "severity": "mild" });
    let asked = json!({ "status": "resolved", "note": "gone", "severity": "mild" });
    let all = changes(&seen, &asked).unwrap();
    assert_eq!(
        all,
        [
            change(Field::Note, Value::Null, json!("gone")),
            change(Field::Status, json!("active"), json!("resolved")),
        ]
    );
    let now = json!({ "status": "active", "severity": "bad" });
    let made = json!({ "status": "resolved", "note": "gone", "severity": "bad" });
    assert_eq!(merged(&now, &all), Ok(made.clone()));
    // Somebody has done the same meanwhile.
    assert_eq!(merged(&made, &all), Ok(made));
    let other = json!({ "status": "remission", "severity": "mild" });
    assert_eq!(merged(&other, &all), Err(Field::Status));
    assert_eq!(merged(&other, &all[..1]).unwrap()["status"], "remission");
    assert_eq!(changes(&Value::Null, &json!({ "height": 1 })), None);
}

fn any_entry() -> impl Strategy<Value = Value> {
    let field = || prop_oneof![Just(Value::Null), "[a-b]".prop_map(Value::from)];
    (field(), field(), field())
        .prop_map(|(note, status, code)| json!({ "note": note, "status": status, "code": code }))
}

proptest! {
    #[test]
    fn a_merge_says_what_was_asked_for_and_nothing_else(
        seen in any_entry(), asked in any_entry(), now in any_entry()
    ) {
        let all = changes(&seen, &asked).unwrap();
        match merged(&now, &all) {
            Ok(made) => for name in ["note", "status", "code"] {
                let touched = all.iter().any(|one| one.field.name() == name);
                prop_assert_eq!(&made[name], if touched { &asked[name] } else { &now[name] });
            },
            Err(field) => {
                let name = field.name();
                prop_assert!(now[&name] != seen[&name] && now[&name] != asked[&name]);
            }
        }
        prop_assert_eq!(merged(&seen, &all), Ok(asked));
    }
}
