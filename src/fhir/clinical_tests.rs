//! What is taken of charts, what is refused and why; and that nothing is neither.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::resource_tests::{any_json, content_of, entries_of, refusal_of, with};
use super::*;

/// One of each kind that goes into charts, with what it has of elements.
fn clinical() -> Vec<Value> {
    let concept = json!({ "coding": [{ "system": "http://loinc.org", "code": "1", "display": "One" }], "text": "One" });
    let (at, who) = ("2019-03-01T08:10:00Z", json!({ "reference": "Patient/1" }));
    let common = json!({ "identifier": [{ "value": "1" }], "subject": who, "patient": who, "encounter": who, "note": [{ "text": "One" }],
        "code": concept, "status": "unknown", "contained": [{ "id": "m", "code": concept }], "reasonReference": [who], "meta": {} });
    let kinds = [
        json!({ "resourceType": "Condition", "clinicalStatus": { "coding": [{ "code": "active" }] }, "bodySite": [concept],
            "verificationStatus": { "coding": [{ "code": "confirmed" }] }, "onsetPeriod": { "start": at }, "abatementDateTime": at }),
        json!({ "resourceType": "AllergyIntolerance", "category": ["food"], "criticality": "low", "onsetDateTime": "2019",
            "reaction": [{ "manifestation": [concept], "severity": "mild" }] }),
        json!({ "resourceType": "MedicationRequest", "intent": "order", "medicationReference": { "reference": "#m" }, "doNotPerform": false,
            "dosageInstruction": [{ "timing": { "repeat": { "frequency": 1, "period": 1, "periodUnit": "d" } } }],
            "dispenseRequest": { "validityPeriod": { "end": at } } }),
        json!({ "resourceType": "MedicationStatement", "medicationCodeableConcept": concept, "dosage": [{ "text": "One" }],
            "effectiveDateTime": at, "informationSource": who }),
        json!({ "resourceType": "Immunization", "status": "completed", "vaccineCode": concept, "occurrenceDateTime": at,
            "protocolApplied": [{ "doseNumberString": "1" }] }),
        json!({ "resourceType": "Observation", "effectiveDateTime": at, "valueQuantity": { "value": 1 }, "valueRatio": {}, "performer": [who],
            "component": [{ "code": concept, "valueString": "One" }], "hasMember": [who], "referenceRange": [{ "low": { "value": 1 } }],
            "interpretation": [concept], "dataAbsentReason": concept, "derivedFrom": [who] }),
        json!({ "resourceType": "DiagnosticReport", "issued": at, "result": [who], "conclusionCode": [concept], "performer": [who] }),
        json!({ "resourceType": "CarePlan", "category": [concept], "period": { "start": "2019-03" }, "addresses": [who], "goal": [who],
            "activity": [{ "detail": { "code": concept, "status": "unknown" } }] }),
        json!({ "resourceType": "Goal", "description": concept }),
    ];
    let kinds = kinds.into_iter().map(|kind| {
        let mut whole = common.as_object().unwrap().clone();
        whole.extend(kind.as_object().unwrap().clone());
        Value::from(whole)
    });
    let kinds: Vec<Value> = kinds
        .map(|mut kind| {
            if matches!(
                kind["resourceType"].as_str(),
                Some("Condition" | "AllergyIntolerance")
            ) {
                kind["status"] = Value::Null;
            }
            kind
        })
        .collect();
    kinds
}

#[test]
fn each_kind_that_goes_into_charts_is_taken() {
    for resource in clinical() {
        let content = content_of(resource.clone());
        let taken = matches!(content, Content::Record(_) | Content::Term(_));
        assert!(taken, "{resource}: {content:?}");
    }
}

#[test]
fn less_than_five_is_not_five() {
    let mut resource = clinical().remove(5);
    resource["valueQuantity"] = json!({ "value": 5, "comparator": "<", "unit": "mg/dL" });
    let Content::Record(record) = content_of(resource) else {
        panic!("refused");
    };
    let Said::Observation(said) = record.said else {
        panic!("something else");
    };
    assert_eq!(
        said.finding.value,
        Some(Found::Words("< 5 mg/dL".to_owned()))
    );
}

#[test]
fn what_changes_the_meaning_of_an_entry_is_not_passed_over() {
    for (element, value) in [
        (
            "modifierExtension",
            json!([{ "url": "http://example.org/not" }]),
        ),
        ("implicitRules", json!("http://example.org/rules")),
        ("meta.security", json!({ "security": [{ "code": "V" }] })),
    ] {
        for resource in clinical() {
            if resource["resourceType"] != "Goal" {
                let step = element.split('.').next().unwrap();
                let refused = refusal_of(with(resource, step, value.clone()));
                assert_eq!(refused, (element, Problem::NotTaken));
            }
        }
    }
}

proptest! {
    #[test]
    fn anything_at_all_in_any_element_is_taken_or_refused(value in any_json(), place in 0usize..64) {
        for resource in clinical() {
            let elements: Vec<String> = resource.as_object().unwrap().keys().cloned().collect();
            let element = &elements[place % elements.len()];
            let changed = with(resource, element, value.clone());
            entries_of(&[json!({ "resource": changed })]);
        }
    }
}
