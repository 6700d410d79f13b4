//! What is written and ordered at visits: encounters, notes, orders.

use super::{
    Resource, Told, Written, at_visit, code, coding, concept, instant, moment, named, notes, own,
    period, reference,
};
use crate::chart::content::{Encounter, Order, VisitNote};
use crate::chart::provenance::AgentRole::{Author, Performer};
use entity::chart_record;
use serde_json::{Value, json};

const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const LOINC: &str = crate::chart::vital::LOINC;
const SNOMED: &str = "http://snomed.info/sct";

pub(super) fn encounter(row: &chart_record::Model, said: &Encounter, told: &Told) -> Written {
    let participants = said.participants.iter().flatten();
    let doctors = participants.clone().map(|one| one.doctor).collect();
    let participants = participants.map(|one| {
        json!({
            "type": [{ "coding": [{ "system": PARTICIPATION, "code": code(one.role) }] }],
            "individual": reference(one.doctor.0),
        })
    });
    // Those who took part elsewhere, and are nobody here.
    let others = told.elsewhere(Performer).into_iter();
    let others = others.map(|who| json!({ "individual": who }));
    let participants = participants.chain(others);
    let listed = |one: &Option<_>| one.as_ref().map(|one| json!([concept(one)]));
    let appointment = row.appointment_id.map(|id| json!([reference(id.0)]));
    let resource = Resource::of("Encounter", row, told)
        .with("status", code(said.status))
        .with(
            "class",
            json!({ "system": ACT_CODE, "code": code(said.class) }),
        )
        .with("type", listed(&said.visit))
        .with("subject", reference(row.patient_id.0))
        .with("participant", participants.collect::<Vec<_>>())
        .with("appointment", appointment)
        .with(
            "period",
            period(said.starts_at.map(instant), said.ends_at.map(instant)),
        )
        .with("reasonCode", listed(&said.reason))
        .extended(
            own::FOLLOW_UP,
            "valueDate",
            said.follow_up_on.map(|day| day.to_string()),
        )
        .extended(own::NOTE, "valueString", said.note.clone());
    let resource = match row.appointment_id {
        Some(_) => resource,
        None => resource.tagged(own::WITHOUT_APPOINTMENT),
    };
    Written {
        resources: vec![resource],
        doctors,
    }
}

/// A note as a Composition: in its parts, or in one section.
pub(super) fn note(row: &chart_record::Model, said: &VisitNote, told: &Told) -> Resource {
    let texts = [
        &said.subjective,
        &said.objective,
        &said.assessment,
        &said.plan,
    ];
    let parts = own::SECTIONS.iter().zip(texts);
    let parts = parts.filter_map(|((section, title), text)| {
        let mut part = section_of(title, text.as_ref()?);
        part["code"] = json!({ "coding": [coding(LOINC, section)] });
        Some(part)
    });
    let free = said.text.iter().map(|text| section_of(own::SECTION, text));
    let mut authors = told.all(Author);
    if authors.is_empty() {
        authors.push(json!({ "display": own::NOBODY }));
    }
    let author = &authors[0];
    let signed = row
        .signed_at
        .map(|at| json!([{ "mode": "professional", "time": instant(at), "party": author }]));
    let added_to = row
        .parent_id
        .map(|note| json!([{ "code": "appends", "targetReference": reference(note.0) }]));
    let title = said.title.as_deref().unwrap_or(own::UNTITLED);
    // What was signed stays as it is: that it was entered in error stands beside it.
    Resource::of("Composition", row, told)
        .with("status", code(row.status))
        .with(
            "type",
            json!({ "coding": [{ "system": LOINC, "code": "11506-3", "display": "Progress note" }] }),
        )
        .with("subject", reference(row.patient_id.0))
        .with("encounter", at_visit(row))
        .with("date", instant(row.signed_at.unwrap_or(row.created_at)))
        .with("author", authors.clone())
        .with("title", title)
        .with("attester", signed)
        .with("relatesTo", added_to)
        .with("section", parts.chain(free).collect::<Vec<_>>())
}

fn section_of(title: &str, text: &str) -> Value {
    let text = json!({ "status": "additional", "div": own::narrative(text) });
    json!({ "title": title, "text": text })
}

pub(super) fn order(row: &chart_record::Model, said: &Order, told: &Told) -> Resource {
    let category = json!([{ "coding": [{ "system": SNOMED, "code": code(said.category) }] }]);
    Resource::of("ServiceRequest", row, told)
        .with("status", code(said.status))
        .with("intent", "order")
        .with("category", category)
        .with("priority", code(said.priority))
        .with("code", concept(&said.code))
        .with("subject", reference(row.patient_id.0))
        .with("encounter", at_visit(row))
        .with("occurrenceDateTime", moment(said.occurs_at))
        .with("authoredOn", instant(row.effective_at))
        .with("requester", told.one(Author))
        .with("performer", named(said.performer.as_deref()))
        .with(
            "reasonCode",
            said.reason.as_ref().map(|reason| json!([concept(reason)])),
        )
        .with("note", notes(said.note.as_ref()))
}
