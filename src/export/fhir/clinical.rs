//! Conditions, allergies, medications, immunizations.

use super::{
    Resource, Told, code, coded, concept, instant, is_theirs, list_of_words, moment, notes, own,
    period, reference, words,
};
use crate::chart::content::{
    Allergy, Condition, Immunization, MedicationRequest, MedicationStatement, Reaction,
};
use crate::chart::provenance::AgentRole::{Author, Enterer, Informant, Performer};
use entity::chart_record;
use entity::code::RecordStatus;
use serde_json::{Value, json};

const CONDITION_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
const CONDITION_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
const ALLERGY_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
const ALLERGY_VERIFICATION: &str =
    "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";

/// Where something stands and how sure that is: what was entered in error has no clinical status (con-5, ait-2).
fn standing(
    resource: Resource,
    status: RecordStatus,
    verification: Value,
    (clinical, verified): (&str, &str),
) -> Resource {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match status {
        RecordStatus::EnteredInError => {
            resource.with("verificationStatus", coded(verified, "entered-in-error"))
        }
        status => {
            let resource = resource.with("clinicalStatus", coded(clinical, &text(&code(status))));
            match verification.is_null() {
                true => resource,
                false => resource.with("verificationStatus", coded(verified, &text(&verification))),
            }
        }
    }
}

pub(super) fn condition(row: &chart_record::Model, said: &Condition, told: &Told) -> Resource {
    use RecordStatus::{Active, Recurrence, Relapse};
    let systems = (CONDITION_CLINICAL, CONDITION_VERIFICATION);
    // An abatement goes with no condition that is there (con-4).
    let is_there = matches!(said.status, Active | Recurrence | Relapse);
    let abated = moment(said.abated_at);
    let (over, beside) = match is_there {
        true => (Value::Null, abated),
        false => (abated, Value::Null),
    };
    let resource = Resource::of("Condition", row, told);
    standing(resource, said.status, code(said.verification), systems)
        .with("severity", words(said.severity.as_deref()))
        .with("code", concept(&said.code))
        .with("bodySite", list_of_words(said.body_site.as_deref()))
        .with("subject", reference(row.patient_id.0))
        .with("onsetDateTime", moment(said.onset_at))
        .with("abatementDateTime", over)
        .extended(own::ABATED, "valueDateTime", beside)
        .with("recordedDate", instant(told.recorded(row)))
        .with("recorder", told.one(Enterer))
        .with("asserter", told.one_elsewhere(Informant))
        .with("note", notes(said.note.as_ref()))
}

fn reaction(reaction: &Reaction) -> Value {
    let mut value = json!({ "manifestation": [{ "text": reaction.manifestation }] });
    match reaction.severity.as_deref() {
        Some(known @ ("mild" | "moderate" | "severe")) => value["severity"] = known.into(),
        Some(words) => {
            value["extension"] = json!([{ "url": own::SEVERITY, "valueString": words }]);
        }
        None => {}
    }
    value
}

pub(super) fn allergy(row: &chart_record::Model, said: &Allergy, told: &Told) -> Resource {
    let systems = (ALLERGY_CLINICAL, ALLERGY_VERIFICATION);
    let reactions = said.reactions.iter().flatten().map(reaction);
    let category = said.category.map(code).into_iter();
    let resource = Resource::of("AllergyIntolerance", row, told);
    standing(resource, said.status, code(said.verification), systems)
        .with("type", code(said.allergy_type))
        .with("category", category.collect::<Vec<_>>())
        .with("criticality", code(said.criticality))
        .with("code", concept(&said.substance))
        .with("patient", reference(row.patient_id.0))
        .with("onsetDateTime", moment(said.onset_at))
        .with("recordedDate", instant(told.recorded(row)))
        .with("recorder", told.one(Enterer))
        .with("asserter", told.one_elsewhere(Informant))
        .with("note", notes(said.note.as_ref()))
        .with("reaction", reactions.collect::<Vec<_>>())
}

/// How it is taken; nothing when nobody says.
fn dosage(text: Option<&String>, route: Option<&String>, as_needed: Option<bool>) -> Value {
    let mut dosage = serde_json::Map::new();
    if let Some(text) = text {
        dosage.insert("text".to_owned(), text.as_str().into());
    }
    if let Some(as_needed) = as_needed {
        dosage.insert("asNeededBoolean".to_owned(), as_needed.into());
    }
    if let Some(route) = route {
        dosage.insert("route".to_owned(), json!({ "text": route }));
    }
    match dosage.is_empty() {
        true => Value::Null,
        false => json!([dosage]),
    }
}

pub(super) fn request(
    row: &chart_record::Model,
    said: &MedicationRequest,
    told: &Told,
) -> Resource {
    let how = dosage(said.dosage.as_ref(), said.route.as_ref(), said.as_needed);
    let valid = period(None, said.ends_at.map(instant));
    let dispense = match valid.is_null() {
        true => Value::Null,
        false => json!({ "validityPeriod": valid }),
    };
    Resource::of("MedicationRequest", row, told)
        .with("status", code(said.status))
        .with("intent", "order")
        .with("medicationCodeableConcept", concept(&said.medication))
        .with("subject", reference(row.patient_id.0))
        .with("authoredOn", moment(said.authored_at))
        .with("requester", told.one(Author))
        .with("recorder", told.one_elsewhere(Enterer))
        .with("reasonCode", list_of_words(said.reason.as_deref()))
        .with("note", notes(said.note.as_ref()))
        .with("dosageInstruction", how)
        .with("dispenseRequest", dispense)
}

pub(super) fn statement(
    row: &chart_record::Model,
    said: &MedicationStatement,
    told: &Told,
) -> Resource {
    let source = match is_theirs(row) {
        true => reference(row.patient_id.0),
        false => told.one_elsewhere(Informant),
    };
    let taken = period(said.taken_from.map(instant), said.taken_until.map(instant));
    Resource::of("MedicationStatement", row, told)
        .with("status", code(said.status))
        .with("medicationCodeableConcept", concept(&said.medication))
        .with("subject", reference(row.patient_id.0))
        .with("effectivePeriod", taken)
        .with("dateAsserted", instant(told.recorded(row)))
        .with("informationSource", source)
        .with("reasonCode", list_of_words(said.reason.as_deref()))
        .with("note", notes(said.note.as_ref()))
        .with("dosage", dosage(said.dosage.as_ref(), None, None))
}

pub(super) fn immunization(
    row: &chart_record::Model,
    said: &Immunization,
    told: &Told,
) -> Resource {
    let performers = told.elsewhere(Performer).into_iter();
    let performers = performers.map(|actor| json!({ "actor": actor }));
    let dose = said
        .dose_number
        .map(|dose| json!([{ "doseNumberPositiveInt": dose }]));
    Resource::of("Immunization", row, told)
        .with("status", code(said.status))
        .with("statusReason", words(said.status_reason.as_deref()))
        .with("vaccineCode", concept(&said.vaccine))
        .with("patient", reference(row.patient_id.0))
        .with("occurrenceDateTime", instant(said.occurred_at))
        .with("recorded", instant(told.recorded(row)))
        .with("lotNumber", said.lot_number.clone())
        .with("site", words(said.site.as_deref()))
        .with("performer", performers.collect::<Vec<_>>())
        .with("note", notes(said.note.as_ref()))
        .with("protocolApplied", dose)
}
