//! Entries as others read them: a line of JSON each, ours or an `AuditEvent` of FHIR R4.

use super::AuditKey;
use entity::audit_entry::Model;
use entity::code::Roles;
use serde_json::{Value, json};

/// An entry as we name things.
#[must_use]
pub fn plain(key: &AuditKey, entry: &Model) -> Value {
    json!({
        "id": entry.id.to_string(),
        "occurredAt": entry.occurred_at,
        "node": entry.node,
        "requestId": entry.request_id,
        "operation": entry.operation,
        "actor": entry.actor,
        "session": entry.session,
        "roles": roles(entry.roles),
        "action": entry.action,
        "kinds": words(&entry.kinds),
        "objectKind": entry.object_kind,
        "objectId": entry.object_id,
        "patient": entry.patient_id,
        "fields": words(&entry.fields),
        "relationship": entry.relationship,
        "purpose": entry.purpose,
        "grant": entry.grant_id,
        "reason": entry.reason,
        "outcome": entry.outcome,
        "times": entry.times,
        "address": address(key, entry),
    })
}

fn words(text: &str) -> Vec<&str> {
    text.split(' ').filter(|word| !word.is_empty()).collect()
}

fn roles(bits: i32) -> Vec<&'static str> {
    let all = [
        (Roles::PATIENT, "PATIENT"),
        (Roles::DOCTOR, "DOCTOR"),
        (Roles::ADMIN, "ADMIN"),
        (Roles::ANALYST, "ANALYST"),
    ];
    let has = |role: &Roles| Roles(bits).any_of(*role);
    all.iter()
        .filter(|(role, _)| has(role))
        .map(|(_, name)| *name)
        .collect()
}

fn address(key: &AuditKey, entry: &Model) -> Option<String> {
    let opened = key.open_address(entry.address.as_ref()?).ok()?;
    Some(opened.to_string())
}

/// The entry as FHIR R4 says it; what FHIR has no place for stands in the details of its entity.
#[must_use]
pub fn fhir(key: &AuditKey, entry: &Model) -> Value {
    const TYPES: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
    const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
    const PURPOSES: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
    let (system, code, display) = match entry.action.as_str() {
        "SIGN_IN" | "PROVE_FACTOR" | "REFRESH" | "REUSE_TOKEN" => {
            (DICOM, "110114", "User Authentication")
        }
        "OPERATE" => (DICOM, "110100", "Application Activity"),
        _ => (TYPES, "rest", "RESTful Operation"),
    };
    let action = match entry.action.as_str() {
        "READ" => "R",
        "CREATE" | "BOOK" | "AMEND" => "C",
        "ERASE" => "D",
        "SIGN_IN" | "PROVE_FACTOR" | "REFRESH" | "REUSE_TOKEN" | "OPERATE" => "E",
        _ => "U",
    };
    let outcome = match entry.outcome.as_str() {
        "ALLOWED" => "0",
        // FHIR: the action could not be taken as it was asked for.
        _ => "4",
    };
    let mut agent = json!({ "requestor": true });
    agent["who"] = match entry.actor {
        Some(actor) => json!({ "identifier": { "value": actor.to_string() } }),
        None if entry.action == "OPERATE" => {
            json!({ "display": "an operator at the command line" })
        }
        None => json!({ "display": "nobody who was signed in" }),
    };
    if let Some(address) = address(key, entry) {
        // FHIR `network-type` 2: an IP address.
        agent["network"] = json!({ "address": address, "type": "2" });
    }
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": entry.id.to_string(),
        "type": { "system": system, "code": code, "display": display },
        "subtype": [{ "display": entry.operation }],
        "action": action,
        "recorded": entry.occurred_at,
        "outcome": outcome,
        "outcomeDesc": entry.outcome,
        "source": { "observer": { "identifier": { "value": entry.node.to_string() } } },
    });
    if let Some(purpose) = &entry.purpose {
        event["purposeOfEvent"] = json!([{ "coding": [{ "system": PURPOSES, "code": purpose }] }]);
        agent["purposeOfUse"] = event["purposeOfEvent"].clone();
    }
    event["agent"] = json!([agent]);
    let detail = |kind: &str, value: &str| {
        (!value.is_empty()).then(|| json!({ "type": kind, "valueString": value }))
    };
    let details: Vec<Value> = [
        detail("fields", &entry.fields),
        detail("kinds", &entry.kinds),
        detail(
            "relationship",
            entry.relationship.as_deref().unwrap_or_default(),
        ),
        detail("request", &entry.request_id),
        detail("times", &entry.times.to_string()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut about = json!({ "detail": details });
    about["what"] = match (entry.patient_id, entry.object_id) {
        (Some(patient), _) => json!({ "reference": format!("Patient/{patient}") }),
        (None, Some(id)) => {
            json!({ "identifier": { "value": id.to_string() }, "display": entry.object_kind })
        }
        (None, None) => json!({ "display": entry.object_kind }),
    };
    if entry.patient_id.is_some() {
        // FHIR `object-type` 1: a person; `object-role` 1: a patient.
        about["type"] = json!({ "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "1" });
        about["role"] =
            json!({ "system": "http://terminology.hl7.org/CodeSystem/object-role", "code": "1" });
    }
    event["entity"] = json!([about]);
    event
}
