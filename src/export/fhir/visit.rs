//! What is written and ordered at visits: encounters, notes, orders.

use super::{
    Resource, Writer, Written, at_visit, code, coding, concept, instant, moment, named, notes, own,
    period, reference, to_writer,
};
use crate::chart::content::{Encounter, Order, VisitNote};
use entity::chart_record;
use serde_json::{Value, json};

const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const LOINC: &str = crate::chart::vital::LOINC;
const SNOMED: &str = "http://snomed.info/sct";

pub(super) fn encounter(row: &chart_record::Model, said: &Encounter) -> Written {
    let participants = said.participants.iter().flatten();
    let doctors = participants.clone().map(|one| one.doctor).collect();
    let participants = participants.map(|one| {
        json!({
            "type": [{ "coding": [{ "system": PARTICIPATION, "code": code(one.role) }] }],
            "individual": reference(one.doctor.0),
        })
    });
    let listed = |one: &Option<_>| one.as_ref().map(|one| json!([concept(one)]));
    let appointment = row.appointment_id.map(|id| json!([reference(id.0)]));
    let resource = Resource::of("Encounter", row)
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
    Written {
        resources: vec![resource],
        doctors,
    }
}

/// A note as a Composition: in its parts, or in one section.
pub(super) fn note(
    row: &chart_record::Model,
    said: &VisitNote,
    writer: Option<Writer>,
) -> Resource {
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
    let free = said.text.iter().map(|text| section_of("Note", text));
    let author = match to_writer(writer) {
        Value::Null => json!({ "display": "Not known" }),
        writer => writer,
    };
    let signed = row.signed_at.map(
        |at| json!([{ "mode": "professional", "time": instant(at), "party": author.clone() }]),
    );
    let added_to = row
        .parent_id
        .map(|note| json!([{ "code": "appends", "targetReference": reference(note.0) }]));
    let title = said.title.as_deref().unwrap_or(own::UNTITLED);
    // What was signed stays as it is: that it was entered in error stands beside it.
    Resource::of("Composition", row)
        .with("status", code(row.status))
        .with(
            "type",
            json!({ "coding": [{ "system": LOINC, "code": "11506-3", "display": "Progress note" }] }),
        )
        .with("subject", reference(row.patient_id.0))
        .with("encounter", at_visit(row))
        .with("date", instant(row.signed_at.unwrap_or(row.created_at)))
        .with("author", json!([author]))
        .with("title", title)
        .with("attester", signed)
        .with("relatesTo", added_to)
        .with("section", parts.chain(free).collect::<Vec<_>>())
}

fn section_of(title: &str, text: &str) -> Value {
    let text = json!({ "status": "additional", "div": own::narrative(text) });
    json!({ "title": title, "text": text })
}

pub(super) fn order(row: &chart_record::Model, said: &Order, writer: Option<Writer>) -> Resource {
    let category = json!([{ "coding": [{ "system": SNOMED, "code": code(said.category) }] }]);
    Resource::of("ServiceRequest", row)
        .with("status", code(said.status))
        .with("intent", "order")
        .with("category", category)
        .with("priority", code(said.priority))
        .with("code", concept(&said.code))
        .with("subject", reference(row.patient_id.0))
        .with("encounter", at_visit(row))
        .with("occurrenceDateTime", moment(said.occurs_at))
        .with("authoredOn", instant(row.effective_at))
        .with("requester", to_writer(writer))
        .with("performer", named(said.performer.as_deref()))
        .with(
            "reasonCode",
            said.reason.as_ref().map(|reason| json!([concept(reason)])),
        )
        .with("note", notes(said.note.as_ref()))
}
