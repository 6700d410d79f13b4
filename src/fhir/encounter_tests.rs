//! What is taken of an Encounter, and what is refused and why.

use serde_json::{Value, json};

use super::resource_tests::{content_of, refusal_of, with, without};
use super::*;

/// An encounter that is taken.
pub(super) fn encounter() -> Value {
    json!({
        "resourceType": "Encounter",
        "status": "finished",
        "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB" },
        "type": [{ "coding": [{ "system": "http://snomed.info/sct", "code": "185347001", "display": "Problem visit" }] }],
        "reasonCode": [{ "coding": [{ "code": "195662009", "display": "Sore throat" }] }],
        "subject": { "reference": "urn:uuid:AA" },
        "participant": [
            { "individual": { "reference": "RelatedPerson/r-1" } },
            { "individual": { "reference": "Practitioner/d-2" } },
            { "type": [{ "coding": [{ "code": "PPRF" }] }], "individual": { "reference": "Practitioner?identifier=npi|1" } },
            { "type": [{ "text": "nobody" }] },
        ],
        "period": { "start": "1975-03-17T04:22:04-05:00", "end": "1975-03-17T04:37:04-05:00" },
        "serviceProvider": { "identifier": { "system": "org", "value": "7" } },
    })
}

fn taken_encounter(resource: Value) -> ImportedEncounter {
    match content_of(resource) {
        Content::Encounter(encounter) => *encounter,
        content => panic!("not taken: {content:?}"),
    }
}

#[test]
fn an_encounter_becomes_an_appointment() {
    let encounter = taken_encounter(encounter());
    assert_eq!(encounter.state.code(), "FULFILLED");
    let told = encounter.starts_at.zip(encounter.ends_at);
    assert_eq!(told, encounter.time());
    let (start, end) = told.unwrap();
    assert_eq!(start.to_rfc3339(), "1975-03-17T09:22:04+00:00");
    assert_eq!(end.to_rfc3339(), "1975-03-17T09:37:04+00:00");
    assert_eq!(encounter.class.unwrap().code, "AMB");
    let visit = encounter.visit.unwrap();
    assert_eq!(visit.words(), Some("Problem visit"));
    assert_eq!(visit.codings[0].code, "185347001");
    let reason = encounter.reason.unwrap();
    assert_eq!(reason.words(), Some("Sore throat"));
    assert_eq!(Some(encounter.subject), Reference::parse("urn:uuid:aa"));
    let practitioners = ["Practitioner?identifier=npi|1", "Practitioner/d-2"]
        .map(|text| Reference::parse(text).unwrap());
    assert_eq!(encounter.practitioners, practitioners);
    assert_eq!(
        encounter.service_provider,
        Reference::parse("Organization?identifier=org|7")
    );
}

#[test]
fn each_status_of_an_encounter_has_its_place_or_is_refused() {
    for (status, code) in [
        ("planned", "BOOKED"),
        ("arrived", "ARRIVED"),
        ("triaged", "ARRIVED"),
        ("in-progress", "ARRIVED"),
        ("onleave", "ARRIVED"),
        ("finished", "FULFILLED"),
        ("cancelled", "CANCELLED"),
        ("entered-in-error", "ENTERED_IN_ERROR"),
    ] {
        assert_eq!(
            taken_encounter(with(encounter(), "status", json!(status)))
                .state
                .code(),
            code
        );
    }
    for status in ["unknown", "completed", "FINISHED"] {
        assert_eq!(
            refusal_of(with(encounter(), "status", json!(status))),
            ("status", Problem::UnknownCode)
        );
    }
    assert_eq!(
        refusal_of(without(encounter(), "status")),
        ("status", Problem::Missing)
    );
}

#[test]
fn an_encounter_without_a_length_lasts_a_quarter_of_an_hour() {
    for period in [
        json!({ "start": "2020-01-01T10:00:00Z" }),
        json!({ "start": "2020-01-01T10:00:00Z", "end": "2020-01-01T11:00:00+01:00" }),
    ] {
        let encounter = taken_encounter(with(encounter(), "period", period));
        let (_, end) = encounter.time().unwrap();
        assert_eq!(end.to_rfc3339(), "2020-01-01T10:15:00+00:00");
        // What is told stays what is told.
        let is_told = |end| Some(end) == encounter.starts_at;
        assert!(encounter.ends_at.is_none_or(is_told));
    }
}

#[test]
fn a_period_that_says_no_time_is_refused() {
    let refused = |period: Value| refusal_of(with(encounter(), "period", period));
    assert_eq!(refused(Value::Null), ("period.start", Problem::Missing));
    assert_eq!(
        refused(json!({ "start": "2020-01" })),
        ("period.start", Problem::Partial)
    );
    assert_eq!(
        refused(json!({ "start": "2020-01-01T10:00:00" })),
        ("period.start", Problem::WithoutOffset)
    );
    let backwards = json!({ "start": "2020-01-01T10:00:00Z", "end": "2020-01-01T09:00:00Z" });
    assert_eq!(refused(backwards), ("period", Problem::Malformed));
    let late = json!({ "start": "2020-01-01T10:00:00Z", "end": "never" });
    assert_eq!(refused(late), ("period.end", Problem::Malformed));
}

#[test]
fn a_period_of_days_is_told_as_days() {
    let day = |day| chrono::NaiveDate::from_ymd_opt(2020, 1, day).unwrap();
    for (period, days) in [
        (json!({ "start": "2020-01-01" }), (day(1), None)),
        (
            json!({ "start": "2020-01-01", "end": "2020-01-03" }),
            (day(1), Some(day(3))),
        ),
        (
            json!({ "start": "2020-01-01", "end": "2020-01-03T10:00:00Z" }),
            (day(1), Some(day(3))),
        ),
    ] {
        let said = taken_encounter(with(encounter(), "period", period));
        assert_eq!((said.days, said.starts_at), (Some(days), None));
    }
    let backwards = json!({ "start": "2020-01-02", "end": "2020-01-01" });
    let refused = refusal_of(with(encounter(), "period", backwards));
    assert_eq!(refused, ("period", Problem::Malformed));
}

#[test]
fn of_what_is_not_there_yet_or_never_was_nobody_need_say_when() {
    for (status, is_taken) in [
        ("planned", true),
        ("cancelled", true),
        ("entered-in-error", true),
        ("in-progress", false),
        ("finished", false),
    ] {
        let untimed = without(with(encounter(), "status", json!(status)), "period");
        match is_taken {
            true => assert_eq!(taken_encounter(untimed).time(), None),
            false => assert_eq!(refusal_of(untimed), ("period.start", Problem::Missing)),
        }
    }
}

#[test]
fn an_encounter_needs_one_patient() {
    assert_eq!(
        refusal_of(without(encounter(), "subject")),
        ("subject", Problem::Missing)
    );
    let group = json!({ "reference": "Group/1" });
    assert_eq!(
        refusal_of(with(encounter(), "subject", group)),
        ("subject", Problem::NotTaken)
    );
    let contained = json!({ "reference": "#p" });
    assert_eq!(
        refusal_of(with(encounter(), "subject", contained)),
        ("subject", Problem::NotTaken)
    );
}
