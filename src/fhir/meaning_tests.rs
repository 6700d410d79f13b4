//! What changes the meaning of the rest is understood or refused, and no number becomes another.

use serde_json::{Value, json};

use super::entry::Content;
use super::refusal::Problem;
use super::resource_tests::{content_of, refusal_of};
use super::{Found, ImportedObservation, ImportedPlan, Said};

const UCUM: &str = "http://unitsofmeasure.org";

fn with(mut resource: Value, rest: &Value) -> Value {
    let others = rest.as_object().unwrap().clone();
    resource.as_object_mut().unwrap().extend(others);
    resource
}

fn observation(rest: &Value) -> Value {
    let resource = json!({ "resourceType": "Observation", "id": "o", "status": "final", "code": { "text": "Glucose" },
        "subject": { "reference": "Patient/1" } });
    with(resource, rest)
}

fn observed(rest: &Value) -> ImportedObservation {
    match content_of(observation(rest)) {
        Content::Record(record) => match record.said {
            Said::Observation(said) => said,
            said => panic!("{said:?}"),
        },
        content => panic!("not taken: {content:?}"),
    }
}

fn plan(rest: &Value) -> Value {
    let resource = json!({ "resourceType": "CarePlan", "id": "c", "status": "active", "intent": "plan",
        "subject": { "reference": "Patient/1" } });
    with(resource, rest)
}

fn planned(rest: &Value) -> ImportedPlan {
    match content_of(plan(rest)) {
        Content::Record(record) => match record.said {
            Said::Plan(said) => said,
            said => panic!("{said:?}"),
        },
        content => panic!("not taken: {content:?}"),
    }
}

fn amount(value: f64, unit: &str) -> Value {
    json!({ "value": value, "unit": unit, "system": UCUM, "code": unit })
}

#[test]
fn a_range_is_a_bound_only_in_the_unit_of_the_value_and_if_it_says_what_is_normal() {
    let told = |ranges: Value| {
        let said =
            observed(&json!({ "valueQuantity": amount(5.5, "mmol/L"), "referenceRange": ranges }));
        (said.finding.low, said.finding.high, said.finding.normal)
    };
    let range = |unit: &str, kind: Option<&str>| {
        let mut range = json!({ "low": amount(4.0, unit), "high": amount(6.0, unit) });
        if let Some(kind) = kind {
            range["type"] = json!({ "coding": [{ "code": kind }], "text": kind });
        }
        range
    };
    let words = |text: &str| Some(text.to_owned());
    for (ranges, expected) in [
        (json!([range("mmol/L", None)]), (Some(4.0), Some(6.0), None)),
        (
            json!([range("mg/dL", None)]),
            (None, None, words("4 mg/dL – 6 mg/dL")),
        ),
        (
            json!([
                range("mmol/L", Some("critical")),
                range("mmol/L", Some("normal"))
            ]),
            (Some(4.0), Some(6.0), words("critical: 4 mmol/L – 6 mmol/L")),
        ),
        (
            json!([{ "low": { "value": 4.0 }, "text": "fasting" }]),
            (Some(4.0), None, words("fasting")),
        ),
    ] {
        assert_eq!(told(ranges.clone()), expected, "{ranges}");
    }
}

#[test]
fn a_unit_is_its_code_only_where_that_is_of_ucum() {
    let told = |quantity: Value| match observed(&json!({ "valueQuantity": quantity }))
        .finding
        .value
    {
        Some(Found::Number(value, unit)) => (value, unit.unwrap_or_default()),
        found => panic!("{found:?}"),
    };
    let other =
        json!({ "value": 5, "unit": "g", "system": "http://snomed.info/sct", "code": "258682000" });
    assert_eq!(told(other), (5.0, "g".to_owned()));
    let known = json!({ "value": 5, "unit": "gram", "system": UCUM, "code": "g" });
    assert_eq!(told(known), (5.0, "g".to_owned()));
    let found = |range: Value| observed(&json!({ "valueRange": range })).finding.value;
    let words = |text: &str| Some(Found::Words(text.to_owned()));
    assert_eq!(found(json!({ "low": amount(2.0, "mg") })), words("≥ 2 mg"));
    assert_eq!(found(json!({ "high": amount(2.0, "mg") })), words("≤ 2 mg"));
}

#[test]
fn what_is_not_to_be_done_says_so_and_what_is_only_thought_of_is_refused() {
    let detail = json!({ "activity": [{ "detail": { "description": "Give penicillin", "doNotPerform": true, "status": "not-started" } }] });
    let activities = planned(&detail).activities;
    assert_eq!(activities[0].0, "NOT to be done: Give penicillin");
    let refused =
        |resource: Value, element| assert_eq!(refusal_of(resource), (element, Problem::NotTaken));
    refused(plan(&json!({ "intent": "proposal" })), "intent");
    refused(
        observation(&json!({ "focus": [{ "display": "Fetus" }], "valueInteger": 150 })),
        "focus",
    );
    let given = json!({ "resourceType": "Immunization", "id": "i", "status": "completed", "vaccineCode": { "text": "x" },
        "patient": { "reference": "Patient/1" }, "occurrenceDateTime": "2020-01-01", "isSubpotent": true });
    refused(given, "isSubpotent");
    let patient = json!({ "resourceType": "Patient", "id": "1", "birthDate": "1990-01-01", "name": [{ "family": "X" }] });
    let encounter = json!({ "resourceType": "Encounter", "id": "e", "status": "finished", "subject": { "reference": "Patient/1" },
        "period": { "start": "2020-01-01T10:00:00Z" } });
    for resource in [patient, encounter.clone()] {
        refused(
            with(
                resource.clone(),
                &json!({ "modifierExtension": [{ "url": "x" }] }),
            ),
            "modifierExtension",
        );
        refused(
            with(resource, &json!({ "implicitRules": "http://x" })),
            "implicitRules",
        );
    }
    let label = json!({ "meta": { "security": [{ "code": "R" }] } });
    refused(with(encounter, &label), "meta.security");
}

#[test]
fn what_others_put_into_their_extensions_hinders_nothing() {
    let long = "x".repeat(12_000);
    let said = observed(
        &json!({ "valueInteger": 1, "extension": [{ "url": "http://x", "valueString": long }, { "url": "http://y", "valueDateTime": long },
        { "url": "urn:patient-tracker:words", "valueString": "by another method" }] }),
    );
    assert_eq!(said.finding.beside.as_deref(), Some("by another method"));
}
