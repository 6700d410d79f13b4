//! What FHIR R4 asks of the resources that an export is made of, read off its definitions: elements that must be there, codes, types,
//! and the invariants of each; that nothing is empty; and that references lead somewhere.

use serde_json::Value;
use std::collections::HashSet;

/// The elements that R4 wants of a type, beside those that all have.
const NEEDED: &[(&str, &str)] = &[
    ("Patient", ""),
    ("Practitioner", ""),
    ("Coverage", "status beneficiary payor"),
    ("CareTeam", ""),
    ("Appointment", "status participant"),
    ("Condition", "subject"),
    ("AllergyIntolerance", "patient"),
    (
        "MedicationRequest",
        "status intent medicationCodeableConcept subject",
    ),
    (
        "MedicationStatement",
        "status medicationCodeableConcept subject",
    ),
    (
        "Immunization",
        "status vaccineCode patient occurrenceDateTime",
    ),
    ("Encounter", "status class"),
    ("Composition", "status type date author title"),
    ("ServiceRequest", "status intent subject"),
    ("DiagnosticReport", "status code"),
    ("Observation", "status code"),
    ("DocumentReference", "status content"),
];

/// The elements that these types have in R4, of those that are written.
const KNOWN: &[(&str, &str)] = &[
    (
        "Patient",
        "identifier name telecom gender birthDate address contact communication",
    ),
    ("Practitioner", "name qualification"),
    (
        "Coverage",
        "status subscriberId beneficiary period payor class",
    ),
    ("CareTeam", "status subject participant"),
    (
        "Appointment",
        "status cancelationReason serviceType reasonCode start end created participant",
    ),
    (
        "Condition",
        "clinicalStatus verificationStatus severity code bodySite subject onsetDateTime abatementDateTime recordedDate recorder asserter note",
    ),
    (
        "AllergyIntolerance",
        "clinicalStatus verificationStatus type category criticality code patient onsetDateTime recordedDate recorder asserter note reaction",
    ),
    (
        "MedicationRequest",
        "status intent medicationCodeableConcept subject authoredOn requester recorder reasonCode note dosageInstruction dispenseRequest",
    ),
    (
        "MedicationStatement",
        "status medicationCodeableConcept subject effectivePeriod dateAsserted informationSource reasonCode note dosage",
    ),
    (
        "Immunization",
        "status statusReason vaccineCode patient occurrenceDateTime recorded lotNumber site performer note protocolApplied",
    ),
    (
        "Encounter",
        "status class type subject participant appointment period reasonCode",
    ),
    (
        "Composition",
        "status type subject encounter date author title attester relatesTo section",
    ),
    (
        "ServiceRequest",
        "status intent category priority code subject encounter occurrenceDateTime authoredOn requester performer reasonCode note",
    ),
    (
        "DiagnosticReport",
        "basedOn status code subject encounter effectiveDateTime issued performer result conclusion",
    ),
    (
        "Observation",
        "status category code subject encounter effectiveDateTime issued performer valueQuantity valueString valueCodeableConcept interpretation note referenceRange component derivedFrom",
    ),
    (
        "DocumentReference",
        "status docStatus type subject date author description content",
    ),
];

/// The resources of a bundle.
pub fn resources(bundle: &Value) -> impl Iterator<Item = &Value> {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    entries.map(|entry| &entry["resource"])
}

/// Every value within, with its name.
fn within<'a>(name: &'a str, value: &'a Value, visit: &mut dyn FnMut(&'a str, &'a Value)) {
    visit(name, value);
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(name, value)| within(name, value, visit)),
        Value::Array(list) => list.iter().for_each(|value| within(name, value, visit)),
        _ => {}
    }
}

/// Fails unless a bundle of search results keeps the rules.
pub fn check(bundle: &Value) {
    assert_eq!(
        (&bundle["resourceType"], &bundle["type"]),
        (&"Bundle".into(), &"searchset".into())
    );
    let mut addresses = HashSet::new();
    for entry in bundle["entry"].as_array().unwrap() {
        let (address, resource) = (entry["fullUrl"].as_str().unwrap(), &entry["resource"]);
        assert_eq!(
            address,
            format!("urn:uuid:{}", resource["id"].as_str().unwrap())
        );
        assert!(addresses.insert(address), "bdl-7: {address} comes twice");
        assert!(matches!(
            entry["search"]["mode"].as_str(),
            Some("match" | "include")
        ));
    }
    for resource in resources(bundle) {
        of_its_type(resource);
        within("resource", resource, &mut |name, value| {
            let empty = match value {
                Value::Null => true,
                Value::String(text) => text.trim().is_empty(),
                Value::Array(list) => list.is_empty(),
                Value::Object(map) => map.is_empty(),
                _ => false,
            };
            assert!(!empty, "ele-1: {name} is empty in {resource}");
            if name == "reference" {
                let named = value.as_str().unwrap();
                assert!(
                    addresses.contains(named),
                    "{named} leads nowhere in {resource}"
                );
            }
            if let ("valueQuantity" | "low" | "high", Some(code)) = (name, value.get("code")) {
                assert!(
                    value["system"] == "http://unitsofmeasure.org" && code.is_string(),
                    "qty-3"
                );
            }
            let time = name.ends_with("DateTime")
                || matches!(
                    name,
                    "lastUpdated" | "issued" | "recordedDate" | "authoredOn" | "time"
                );
            if time {
                let read = chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap());
                assert!(read.is_ok(), "{name}: {value}");
            }
        });
    }
}

fn of_its_type(resource: &Value) {
    let name = resource["resourceType"].as_str().unwrap();
    let of = |all: &'static [(&str, &str)]| {
        let own = all.iter().find(|(own, _)| *own == name);
        let own = own.unwrap_or_else(|| panic!("{name} is not expected"));
        own.1
            .split(' ')
            .filter(|element| !element.is_empty())
            .collect::<Vec<_>>()
    };
    for element in of(NEEDED) {
        assert!(
            !resource[element].is_null(),
            "{name}.{element} is missing in {resource}"
        );
    }
    for element in resource.as_object().unwrap().keys() {
        let common = ["resourceType", "id", "meta", "extension"];
        let known = of(KNOWN).contains(&element.as_str()) || common.contains(&element.as_str());
        assert!(known, "{name} has no {element}");
    }
    let code = |element: &str| resource[element]["coding"][0]["code"].as_str();
    let status = resource["status"].as_str().unwrap_or_default();
    let statuses: &[&str] = match name {
        "Condition" | "AllergyIntolerance" => {
            let (clinical, verified) = (code("clinicalStatus"), code("verificationStatus"));
            assert_eq!(
                clinical.is_none(),
                verified == Some("entered-in-error"),
                "con-5, ait-1, ait-2"
            );
            let over = !resource["abatementDateTime"].is_null();
            let gone = matches!(clinical, Some("inactive" | "resolved" | "remission"));
            assert!(!over || gone, "con-4");
            return;
        }
        "Encounter" => &[
            "planned",
            "arrived",
            "triaged",
            "in-progress",
            "onleave",
            "finished",
            "cancelled",
            "entered-in-error",
            "unknown",
        ],
        "Composition" => {
            for section in resource["section"].as_array().into_iter().flatten() {
                let div = section["text"]["div"].as_str().unwrap();
                assert!(
                    div.starts_with("<div xmlns=\"http://www.w3.org/1999/xhtml\">")
                        && div.ends_with("</div>"),
                    "txt-1"
                );
                assert!(section["text"]["status"] == "additional", "cmp-1");
            }
            &["preliminary", "final", "amended", "entered-in-error"]
        }
        "ServiceRequest" => &[
            "draft",
            "active",
            "on-hold",
            "revoked",
            "completed",
            "entered-in-error",
            "unknown",
        ],
        "DiagnosticReport" => &[
            "registered",
            "partial",
            "preliminary",
            "final",
            "amended",
            "corrected",
            "appended",
            "cancelled",
            "entered-in-error",
            "unknown",
        ],
        "Observation" => {
            let parts = resource["component"].as_array().into_iter().flatten();
            for part in parts {
                assert!(!part["code"].is_null() && !part["valueQuantity"].is_null());
            }
            let vital = resource["category"][0]["coding"][0]["code"] == "vital-signs";
            assert!(!vital || !resource["effectiveDateTime"].is_null(), "vs-1");
            &[
                "registered",
                "preliminary",
                "final",
                "amended",
                "corrected",
                "cancelled",
                "entered-in-error",
                "unknown",
            ]
        }
        "Appointment" => {
            assert!(
                resource["start"].is_string() == resource["end"].is_string(),
                "app-2"
            );
            let called_off = !resource["cancelationReason"].is_null();
            assert!(
                !called_off || matches!(status, "cancelled" | "noshow"),
                "app-4"
            );
            for one in resource["participant"].as_array().unwrap() {
                assert!(!one["actor"].is_null(), "app-1");
            }
            &[
                "proposed",
                "pending",
                "booked",
                "arrived",
                "fulfilled",
                "cancelled",
                "noshow",
                "entered-in-error",
                "checked-in",
                "waitlist",
            ]
        }
        "MedicationRequest" => &[
            "active",
            "on-hold",
            "cancelled",
            "completed",
            "entered-in-error",
            "stopped",
            "draft",
            "unknown",
        ],
        "MedicationStatement" => &[
            "active",
            "completed",
            "entered-in-error",
            "intended",
            "stopped",
            "on-hold",
            "unknown",
            "not-taken",
        ],
        "Immunization" => &["completed", "entered-in-error", "not-done"],
        "DocumentReference" => {
            for one in resource["content"].as_array().unwrap() {
                assert!(one["attachment"]["contentType"].is_string(), "att-1");
            }
            &["current", "superseded", "entered-in-error"]
        }
        "Coverage" => &["active", "cancelled", "draft", "entered-in-error"],
        "CareTeam" => &[
            "proposed",
            "active",
            "suspended",
            "inactive",
            "entered-in-error",
        ],
        "Patient" => {
            let contacts = resource["contact"].as_array().into_iter().flatten();
            for contact in contacts {
                assert!(
                    !contact["name"].is_null() || !contact["telecom"].is_null(),
                    "pat-1"
                );
            }
            return;
        }
        _ => return,
    };
    assert!(statuses.contains(&status), "{name} cannot be {status}");
}
