//! Files: what is known of them. Their bytes are had by a link of their own, one by one.

use super::{Resource, instant, meta, reference};
use crate::document::detail::{Category, Detail};
use entity::code::{MediaType, RecordSource, ScanState};
use entity::document;
use serde_json::{Value, json};

const LOINC: &str = crate::chart::vital::LOINC;

/// What it is about, by LOINC.
fn category(category: Category) -> Value {
    let (code, words) = match category {
        Category::Consultation => ("11488-4", "Consultation"),
        Category::Consent => ("59284-0", "Consent"),
        Category::DischargeSummary => ("18842-5", "Discharge summary"),
        Category::Imaging => ("18748-4", "Imaging"),
        Category::Insurance => ("64290-0", "Insurance card"),
        Category::LaboratoryReport => ("11502-2", "Laboratory report"),
        Category::Photograph => ("72170-4", "Photograph"),
        Category::Prescription => ("57833-6", "Prescription"),
        Category::Referral => ("57133-1", "Referral"),
        Category::Other => return json!({ "text": "Other" }),
    };
    json!({ "coding": [{ "system": LOINC, "code": code }], "text": words })
}

/// A file, without its bytes.
#[must_use]
pub fn document(row: &document::Model, said: &Detail) -> Resource {
    let media_type = match row.media_type {
        MediaType::Pdf => "application/pdf",
        MediaType::Png => "image/png",
        MediaType::Jpeg => "image/jpeg",
        MediaType::Text => "text/plain",
    };
    let attachment = json!({
        "contentType": media_type,
        "size": row.size,
        "title": said.file_name,
        "creation": instant(row.created_at),
    });
    let docs = match row.scan {
        ScanState::Clean => "final",
        ScanState::Quarantined => "preliminary",
        ScanState::Refused => "entered-in-error",
    };
    let author = match row.source {
        RecordSource::Patient => json!([reference(row.patient_id.0)]),
        RecordSource::Clinic => Value::Null,
    };
    Resource::new("DocumentReference", row.id.0)
        .with("meta", meta(row.version, row.updated_at))
        .with("status", super::code(row.status))
        .with("docStatus", docs)
        .with("type", category(said.category))
        .with("subject", reference(row.patient_id.0))
        .with("date", instant(row.created_at))
        .with("author", author)
        .with(
            "description",
            said.description.as_ref().unwrap_or(&said.title).as_str(),
        )
        .with("content", json!([{ "attachment": attachment }]))
}
