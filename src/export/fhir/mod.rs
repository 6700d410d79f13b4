//! From what the clinic keeps to FHIR R4 resources. Pure: it reads no database and no clock, and asks no policy.
//!
//! Every resource has the id that it has here (a UUID), its version and when it was last written. References are the addresses of
//! entries in the same bundle (`urn:uuid:…`). What R4 has no element for stands in extensions of ours ([`crate::fhir::own`]), and
//! what is empty is left out, as FHIR wants. The rules of structure that R4 has beside its elements (con-4, con-5, ait-1, ait-2,
//! app-3, qty-3…) are kept where they are written; tests/it/export.rs holds whole bundles to them.

mod clinical;
mod file;
mod person;
mod report;
mod told;
mod visit;
mod vital;

pub use file::document;
pub use person::{appointment, care_team, coverage, patient, practitioner};

use crate::chart::content::Concept;
use crate::chart::provenance::Provenance;
use crate::chart::sealed;
use crate::state::Face;
use crate::vault::{Unreadable, Vault};
use chrono::{DateTime, SecondsFormat, Utc};
use entity::chart_record;
use entity::code::{Coding, RecordKind, RecordSource};
use entity::id::{DoctorId, PatientId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use told::Told;
use uuid::Uuid;

/// A resource under way.
pub struct Resource {
    id: Uuid,
    map: Map<String, Value>,
}

impl Resource {
    fn new(resource_type: &str, id: Uuid) -> Self {
        let mut map = Map::new();
        map.insert("resourceType".to_owned(), resource_type.into());
        map.insert("id".to_owned(), id.to_string().into());
        Self { id, map }
    }

    /// One of a chart, with its version, where it came from, and whether the patient is shown it.
    fn of(resource_type: &str, row: &chart_record::Model, told: &Told) -> Self {
        let mut meta = meta(row.version, row.updated_at);
        if let Some(source) = told.source() {
            meta["source"] = source.into();
        }
        let resource = Self::new(resource_type, row.id.0).with("meta", meta);
        match row.shared_at {
            Some(_) => resource.tagged(own::SHARED),
            None => resource,
        }
    }

    /// With this tag of ours.
    fn tagged(mut self, code: &str) -> Self {
        let tag = json!({ "system": own::TAGS, "code": code });
        if let Some(meta) = self.map.get_mut("meta") {
            match meta.get_mut("tag") {
                Some(Value::Array(tags)) => tags.push(tag),
                _ => meta["tag"] = json!([tag]),
            }
        }
        self
    }

    /// With this element; without it where there is nothing to say.
    fn with(mut self, element: &str, value: impl Into<Value>) -> Self {
        match value.into() {
            Value::Null => {}
            Value::Array(list) if list.is_empty() => {}
            value => drop(self.map.insert(element.to_owned(), value)),
        }
        self
    }

    /// With an extension of ours, of this type; without it where there is nothing to say.
    fn extended(mut self, url: &str, kind: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            let all = self.map.entry("extension").or_insert_with(|| json!([]));
            if let Value::Array(all) = all {
                all.push(json!({ "url": url, kind: value }));
            }
        }
        self
    }

    /// As an entry of a bundle of search results: what was asked for, or what comes with it.
    #[must_use]
    pub fn entry(self, mode: &str) -> Value {
        json!({
            "fullUrl": address(self.id),
            "resource": self.map,
            "search": { "mode": mode },
        })
    }
}

pub use crate::fhir::own;

/// Who wrote an entry, as far as that is somebody with a resource.
#[derive(Clone, Copy)]
pub enum Writer {
    /// The patient.
    Patient(PatientId),
    /// A doctor.
    Doctor(DoctorId),
}

/// The resources that an entry of a chart is, and the doctors that they name.
#[derive(Default)]
pub struct Written {
    /// The resources.
    pub resources: Vec<Resource>,
    /// Who is named.
    pub doctors: Vec<DoctorId>,
}

impl From<Resource> for Written {
    fn from(resource: Resource) -> Self {
        Self {
            resources: vec![resource],
            doctors: Vec::new(),
        }
    }
}

/// An entry of a chart as resources.
///
/// # Errors
/// When its cell does not open.
pub fn record(
    face: &Face,
    vault: &Vault,
    row: &chart_record::Model,
    writer: Option<Writer>,
) -> Result<Written, Unreadable> {
    let provenance = Provenance::open(face, vault, row)?;
    let told = &Told::new(row.patient_id, writer, provenance);
    let mut written: Written = match row.kind {
        RecordKind::Condition => {
            clinical::condition(row, &sealed::open(face, vault, row)?, told).into()
        }
        RecordKind::Allergy => {
            clinical::allergy(row, &sealed::open(face, vault, row)?, told).into()
        }
        RecordKind::MedicationRequest => {
            clinical::request(row, &sealed::open(face, vault, row)?, told).into()
        }
        RecordKind::MedicationStatement => {
            clinical::statement(row, &sealed::open(face, vault, row)?, told).into()
        }
        RecordKind::Immunization => {
            clinical::immunization(row, &sealed::open(face, vault, row)?, told).into()
        }
        RecordKind::Vital => vital::vital(row, &sealed::open(face, vault, row)?, told).into(),
        RecordKind::Encounter => visit::encounter(row, &sealed::open(face, vault, row)?, told),
        RecordKind::VisitNote => visit::note(row, &sealed::open(face, vault, row)?, told).into(),
        RecordKind::Order => visit::order(row, &sealed::open(face, vault, row)?, told).into(),
        RecordKind::TestResult => report::report(row, &sealed::open(face, vault, row)?, told),
    };
    written.doctors.extend(told.doctors());
    Ok(written)
}

/// The version and the time of the last change.
fn meta(version: i32, updated_at: DateTime<Utc>) -> Value {
    json!({ "versionId": version.to_string(), "lastUpdated": instant(updated_at) })
}

/// The address of an entry.
fn address(id: Uuid) -> String {
    format!("urn:uuid:{id}")
}

fn reference(id: Uuid) -> Value {
    json!({ "reference": address(id) })
}

fn to_writer(writer: Option<Writer>) -> Value {
    match writer {
        Some(Writer::Patient(id)) => reference(id.0),
        Some(Writer::Doctor(id)) => reference(id.0),
        None => Value::Null,
    }
}

/// A reference to somebody who has no resource.
fn named(name: Option<&str>) -> Value {
    match name {
        Some(name) => json!([{ "display": name }]),
        None => Value::Null,
    }
}

/// The visit that an entry is of.
fn at_visit(row: &chart_record::Model) -> Value {
    row.encounter_id.map_or(Value::Null, |id| reference(id.0))
}

/// An instant, as a FHIR `instant` or `dateTime`.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn moment(at: Option<DateTime<Utc>>) -> Value {
    at.map_or(Value::Null, |at| instant(at).into())
}

fn coding(system: &str, code: &str) -> Value {
    json!({ "system": system, "code": code })
}

/// A concept of one code.
fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [coding(system, code)] })
}

/// A concept that is no more than words.
fn words(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| json!({ "text": text }))
}

/// The same where there may be several.
fn list_of_words(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| json!([{ "text": text }]))
}

fn concept(concept: &Concept) -> Value {
    let mut value = json!({ "text": concept.text });
    if !concept.codings.is_empty() {
        let codings = concept.codings.iter().map(coding_of);
        value["coding"] = codings.collect::<Vec<_>>().into();
    }
    value
}

fn coding_of(coding: &Coding) -> Value {
    json!({ "system": coding.system, "code": coding.code, "display": coding.display })
}

/// What else there is to say, as a list of annotations of one.
fn notes(note: Option<&String>) -> Value {
    note.map_or(Value::Null, |note| json!([{ "text": note }]))
}

/// A period; nothing where neither end is known.
fn period(start: Option<String>, end: Option<String>) -> Value {
    let mut period = Map::new();
    for (element, end) in [("start", start), ("end", end)] {
        if let Some(end) = end {
            period.insert(element.to_owned(), end.into());
        }
    }
    match period.is_empty() {
        true => Value::Null,
        false => Value::Object(period),
    }
}

/// A code of ours by the text that FHIR knows it by.
fn code<T: Serialize>(code: T) -> Value {
    serde_json::to_value(code).unwrap_or_default()
}

/// Whether something is the patient's own word.
fn is_theirs(row: &chart_record::Model) -> bool {
    row.source == RecordSource::Patient
}
