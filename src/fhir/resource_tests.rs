//! What is taken of people and places, what is refused and why; and that nothing is neither.

use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::encounter_tests::encounter;
use super::*;

/// The entries of a collection of `entries`.
pub(super) fn entries_of(entries: &[Value]) -> Vec<Entry> {
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
    let mut found = Vec::new();
    let summary = read_bundle(bundle.to_string().as_bytes(), |entry| {
        found.push(entry);
        ControlFlow::Continue(())
    });
    assert_eq!(summary.unwrap().entries, entries.len() as u64);
    found
}

pub(super) fn content_of(resource: Value) -> Content {
    entries_of(&[json!({ "resource": resource })])
        .remove(0)
        .content
}

pub(super) fn refusal_of(resource: Value) -> (&'static str, Problem) {
    match content_of(resource) {
        Content::Refused(refusal) => (refusal.element, refusal.problem),
        content => panic!("taken: {content:?}"),
    }
}

fn patient() -> Value {
    json!({
        "resourceType": "Patient",
        "id": "p-1",
        "photo": [{ "contentType": "image/png", "data": "AAAA" }],
        "identifier": [
            { "system": "http://example.org/source", "value": "src-1" },
            {
                "type": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR" }] },
                "system": "http://example.org/mrn",
                "value": "00071",
            },
            { "type": { "coding": [{ "code": "SS" }] }, "value": "999-00-0000" },
            { "system": "http://example.org/empty" },
        ],
        "name": [
            { "use": "maiden", "family": "Lindgren", "given": ["Ada"] },
            { "use": "usual", "family": "O'Hara", "given": ["Addie"] },
            { "use": "official", "family": "O'Hara", "given": ["Ada", null, " Maria "], "prefix": ["Mrs."] },
            { "use": "nickname", "given": ["Addie"] },
        ],
        "telecom": [
            { "system": "phone", "value": "555-0100", "use": "old" },
            { "system": "phone", "value": "555-0101", "use": "home", "rank": 2 },
            { "system": "phone", "value": "555-0102", "use": "mobile", "rank": 1 },
            { "system": "email", "value": "ada@example.org" },
            { "system": "fax", "value": "555-0103" },
        ],
        "gender": "female",
        "birthDate": "1974-05-21",
        "address": [
            { "use": "old", "line": ["1 Old Road"] },
            { "line": ["2 New Road", "Flat 3"], "city": "Salem", "state": "MA", "postalCode": "01970", "country": "US" },
        ],
        "maritalStatus": { "coding": [{ "code": "M" }], "text": "Married" },
        "communication": [
            { "language": { "coding": [{ "code": "en-US" }] } },
            { "language": { "coding": [{ "code": "sv-SE" }] }, "preferred": true },
        ],
        "deceasedBoolean": false,
        "contact": [
            { "relationship": [{ "coding": [{ "code": "N", "display": "Next-of-Kin" }] }],
              "name": { "family": "O'Hara", "given": ["Finn"] },
              "telecom": [{ "system": "phone", "value": "555-0104" }] },
            { "gender": "male" },
        ],
        "generalPractitioner": [{ "reference": "Practitioner/d-1" }],
    })
}

pub(super) fn with(mut resource: Value, element: &str, value: Value) -> Value {
    resource[element] = value;
    resource
}

pub(super) fn without(mut resource: Value, element: &str) -> Value {
    resource.as_object_mut().unwrap().remove(element);
    resource
}

fn taken_patient(resource: Value) -> ImportedPatient {
    match content_of(resource) {
        Content::Patient(patient) => *patient,
        content => panic!("not taken: {content:?}"),
    }
}

#[test]
fn a_patient_is_taken_with_all_that_the_clinic_keeps() {
    let patient = taken_patient(patient());
    assert_eq!(patient.mrn.unwrap().value, "00071");
    let others: Vec<_> = patient
        .identifiers
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    assert_eq!(others, ["src-1", "999-00-0000"]);
    assert_eq!(patient.name.name_use, NameUse::Official);
    assert_eq!(patient.name.given, ["Ada", "Maria"]);
    assert_eq!(patient.name.prefix, ["Mrs."]);
    let others: Vec<_> = patient
        .other_names
        .iter()
        .map(|name| (name.name_use, name.family.as_str()))
        .collect();
    assert_eq!(
        others,
        [(NameUse::Usual, "O'Hara"), (NameUse::Maiden, "Lindgren")]
    );
    assert_eq!(patient.birth_date.to_string(), "1974-05-21");
    assert_eq!(patient.gender, Gender::Female);
    let phones: Vec<_> = patient
        .phones
        .iter()
        .map(|phone| phone.value.as_str())
        .collect();
    assert_eq!(phones, ["555-0102", "555-0101", "555-0100"]);
    assert_eq!(patient.phones[0].contact_use, Some(ContactUse::Mobile));
    assert_eq!(patient.emails[0].value, "ada@example.org");
    let address = patient.address.unwrap();
    assert_eq!(address.line, ["2 New Road", "Flat 3"]);
    assert_eq!(address.postal_code.as_deref(), Some("01970"));
    assert_eq!(patient.marital_status.as_deref(), Some("M"));
    assert_eq!(patient.language.as_deref(), Some("sv-SE"));
    assert!(!patient.deceased && patient.active);
    assert_eq!(
        patient.contacts,
        [ImportedContact {
            name: Some("Finn O'Hara".to_owned()),
            relationship: Some("Next-of-Kin".to_owned()),
            phone: Some("555-0104".to_owned()),
        }]
    );
    assert_eq!(
        patient.general_practitioners,
        [Reference::parse("Practitioner/d-1").unwrap()]
    );
}

#[test]
fn a_patient_with_nothing_but_a_name_and_a_birth_date_is_taken() {
    let bare = json!({ "resourceType": "Patient", "name": [{ "family": "Bó" }], "birthDate": "2020-02-29" });
    let patient = taken_patient(bare);
    assert_eq!(patient.name.family, "Bó");
    assert_eq!(patient.gender, Gender::Unknown);
    assert!(patient.mrn.is_none() && patient.address.is_none() && patient.language.is_none());
}

#[test]
fn a_death_is_told_by_its_day_or_by_a_yes() {
    let died = |value: &str| {
        taken_patient(with(
            without(patient(), "deceasedBoolean"),
            "deceasedDateTime",
            json!(value),
        ))
    };
    assert_eq!(
        died("2019-03-01T10:00:00+01:00")
            .deceased_on
            .unwrap()
            .to_string(),
        "2019-03-01"
    );
    assert!(died("2019").deceased && died("2019").deceased_on.is_none());
    assert!(taken_patient(with(patient(), "deceasedBoolean", json!(true))).deceased);
}

#[test]
fn a_birth_date_that_is_no_day_is_refused() {
    let refused = |value: Value| refusal_of(with(patient(), "birthDate", value));
    assert_eq!(refused(json!("1974")), ("birthDate", Problem::Partial));
    assert_eq!(refused(json!("1974-05")), ("birthDate", Problem::Partial));
    assert_eq!(
        refused(json!("1974-02-30")),
        ("birthDate", Problem::Malformed)
    );
    assert_eq!(refused(json!(1974)), ("birthDate", Problem::Malformed));
    assert_eq!(refused(Value::Null), ("birthDate", Problem::Missing));
}

#[test]
fn a_patient_without_a_family_name_is_refused() {
    assert_eq!(
        refusal_of(without(patient(), "name")),
        ("name", Problem::Missing)
    );
    let given_only = with(
        patient(),
        "name",
        json!([{ "given": ["Ada"], "family": " " }]),
    );
    assert_eq!(refusal_of(given_only), ("name.family", Problem::Missing));
}

#[test]
fn what_breaks_the_shape_of_an_element_is_refused_by_its_name() {
    for element in [
        "identifier",
        "name",
        "telecom",
        "address",
        "communication",
        "contact",
        "maritalStatus",
    ] {
        assert_eq!(
            refusal_of(with(patient(), element, json!(7))),
            (element, Problem::Malformed)
        );
    }
    assert_eq!(
        refusal_of(with(patient(), "gender", json!("F"))),
        ("gender", Problem::UnknownCode)
    );
    let long = json!([{ "family": "x".repeat(MAX_TEXT + 1) }]);
    assert_eq!(
        refusal_of(with(patient(), "name", long)),
        ("name", Problem::Malformed)
    );
    let control = json!([{ "family": "Null\u{0}" }]);
    assert_eq!(
        refusal_of(with(patient(), "name", control)),
        ("name", Problem::Malformed)
    );
    let many = Value::Array(vec![json!({ "family": "x" }); MAX_LIST + 1]);
    assert_eq!(
        refusal_of(with(patient(), "name", many)),
        ("name", Problem::Malformed)
    );
}

#[test]
fn a_refusal_says_which_element_and_never_what_stood_there() {
    let resource = with(patient(), "birthDate", json!("Rumpelstiltskin"));
    let entry = entries_of(&[json!({ "fullUrl": "urn:uuid:1", "resource": resource })]).remove(0);
    assert_eq!(entry.resource_type.as_deref(), Some("Patient"));
    assert_eq!(
        (entry.id.as_deref(), entry.full_url.as_deref()),
        (Some("p-1"), Some("urn:uuid:1"))
    );
    let Content::Refused(refusal) = entry.content else {
        panic!("taken")
    };
    assert_eq!(refusal.to_string(), "birthDate is malformed or too large");
}

#[test]
fn a_practitioner_and_an_organization_are_taken() {
    let practitioner = content_of(json!({
        "resourceType": "Practitioner",
        "identifier": [{ "system": "http://hl7.org/fhir/sid/us-npi", "value": "9999994392" }],
        "name": [{ "family": "Ng", "given": ["Wei"], "prefix": ["Dr."], "suffix": ["PhD"] }],
        "telecom": [{ "system": "email", "value": "wei.ng@example.org", "use": "work" }],
        "active": false,
    }));
    let Content::Practitioner(practitioner) = practitioner else {
        panic!("not taken")
    };
    assert_eq!(practitioner.npi.as_deref(), Some("9999994392"));
    assert_eq!(practitioner.name.suffix, ["PhD"]);
    assert!(!practitioner.active);
    let organization = content_of(json!({ "resourceType": "Organization", "name": "North Wing" }));
    let Content::Organization(organization) = organization else {
        panic!("not taken")
    };
    assert_eq!(organization.name, "North Wing");
    assert_eq!(
        refusal_of(json!({ "resourceType": "Organization" })),
        ("name", Problem::Missing)
    );
}

#[test]
fn an_entry_answers_to_each_of_its_names() {
    let entry = entries_of(&[json!({ "fullUrl": "urn:uuid:AA", "resource": patient() })]).remove(0);
    let names = entry.names();
    for text in [
        "urn:uuid:aa",
        "Patient/p-1",
        "Patient?identifier=http://example.org/mrn|00071",
        "Patient?identifier=00071",
        "Patient?identifier=http://example.org/source|src-1",
    ] {
        assert!(names.contains(&Reference::parse(text).unwrap()), "{text}");
    }
}

pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop_oneof![
            Just("official"),
            Just("MR"),
            Just("2020-01-01T00:00:00Z"),
            Just("Patient/1")
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![
            Just("use"),
            Just("family"),
            Just("given"),
            Just("coding"),
            Just("code"),
            Just("reference"),
            Just("identifier"),
            Just("start"),
            Just("end"),
            Just("system"),
            Just("value"),
            Just("individual"),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..4).prop_map(|pairs| pairs
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn anything_at_all_in_any_element_is_taken_or_refused(value in any_json(), place in 0usize..64) {
        for resource in [patient(), encounter()] {
            let elements: Vec<String> = resource.as_object().unwrap().keys().cloned().collect();
            let element = &elements[place % elements.len()];
            let changed = with(resource, element, value.clone());
            entries_of(&[json!({ "resource": changed }), value.clone()]);
        }
    }
}
