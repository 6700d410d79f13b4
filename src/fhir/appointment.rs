//! What is taken of an Appointment. Knows no other resource.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{list_of_words, needed_code, understood, whole, words};
use super::own;
use super::part::{Identifier, WireConcept, identifiers};
use super::reference::{Reference, WireReference};
use super::refusal::{Problem, Refusal};
use super::time::instant;
use super::wire::{Text, read, read_list, read_text};

const STATUS: [&str; 9] = [
    "proposed",
    "pending",
    "booked",
    "checked-in",
    "arrived",
    "fulfilled",
    "cancelled",
    "noshow",
    "entered-in-error",
];

/// A time that was agreed, or asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedAppointment {
    /// All identifiers.
    pub identifiers: Vec<Identifier>,
    /// FHIR status; none of a waiting list.
    pub status: &'static str,
    /// Why it was called off, by FHIR's codes.
    pub cancellation: Vec<String>,
    /// The same in words.
    pub cancellation_words: Option<String>,
    /// What kind of visit, in words.
    pub kind: Option<String>,
    /// What for, in words.
    pub reason: Option<String>,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends; after it begins.
    pub ends_at: DateTime<Utc>,
    /// How patient and doctor meet, by our code.
    pub modality: Option<String>,
    /// Who takes part: the patient, practitioners, rooms.
    pub actors: Vec<Reference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    identifier: Option<&'a RawValue>,
    status: Option<&'a RawValue>,
    cancelation_reason: Option<&'a RawValue>,
    service_type: Option<&'a RawValue>,
    reason_code: Option<&'a RawValue>,
    start: Option<&'a RawValue>,
    end: Option<&'a RawValue>,
    participant: Option<&'a RawValue>,
    extension: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireParticipant {
    actor: Option<WireReference>,
    status: Option<Text>,
}

/// Reads the resource.
pub(super) fn appointment(resource: &RawValue) -> Result<ImportedAppointment, Refusal> {
    understood(resource)?;
    let wire: Wire = whole(resource)?;
    let time = |raw, element| {
        let text = read_text(raw, element)?.ok_or(Refusal::new(element, Problem::Missing))?;
        instant(&text).map_err(|problem| Refusal::new(element, problem))
    };
    let (starts_at, ends_at) = (time(wire.start, "start")?, time(wire.end, "end")?);
    if ends_at <= starts_at {
        return Err(Refusal::new("end", Problem::Malformed));
    }
    let called_off = read::<WireConcept>(wire.cancelation_reason, "cancelationReason")?;
    let called_off = called_off.and_then(WireConcept::whole);
    let codes = called_off.iter().flat_map(|concept| &concept.codings);
    let codes = codes.map(|coding| coding.code.clone()).collect();
    let actors = read_list::<WireParticipant>(wire.participant, "participant")?.into_iter();
    // Who declined takes no part.
    let declined = |one: &WireParticipant| {
        one.status
            .as_ref()
            .is_some_and(|it| it.text() == "declined")
    };
    let actors: Vec<Reference> = actors
        .filter(|one| !declined(one))
        .filter_map(|one| one.actor?.read("Practitioner"))
        .collect();
    Ok(ImportedAppointment {
        identifiers: identifiers(read_list(wire.identifier, "identifier")?),
        status: needed_code(wire.status, "status", &STATUS)?,
        cancellation: codes,
        cancellation_words: words(wire.cancelation_reason, "cancelationReason")?,
        kind: list_of_words(wire.service_type, "serviceType")?,
        reason: list_of_words(wire.reason_code, "reasonCode")?,
        starts_at,
        ends_at,
        modality: own::extension(wire.extension, own::MODALITY)?,
        actors,
    })
}
