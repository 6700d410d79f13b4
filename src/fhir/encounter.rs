//! What is taken of an Encounter: the appointment that it was. Knows no other resource.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{has_tag, understood};
use super::observation::mentions;
use super::own;
use super::part::{
    Identifier, ImportedCoding, ImportedConcept, WireCoding, WireConcept, identifiers,
};
use super::provenance::{ImportedAgent, agents};
use super::reference::{Mention, Reference, WireReference};
use super::refusal::{Problem, Refusal};
use super::time::{day_of, instant};
use super::wire::{Few, Text, read, read_list, read_sound, read_text};

/// How long an encounter is taken to last, in minutes, when its end is not told or is its beginning.
pub const ASSUMED_MINUTES: i64 = 15;

/// Where the appointment stands that an encounter came from; a subset of FHIR's appointment statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppointmentState {
    /// FHIR `booked`.
    Booked,
    /// FHIR `arrived`.
    Arrived,
    /// FHIR `fulfilled`.
    Fulfilled,
    /// FHIR `cancelled`. An encounter gives no reason.
    Cancelled,
    /// FHIR `entered-in-error`.
    EnteredInError,
}

impl AppointmentState {
    /// The state that goes with an R4 encounter status. None for `unknown` and for what R4 does not have.
    ///
    /// From `arrived` to the last moment before `finished` the patient is, or is counted as, in the house, which the
    /// appointment calls arrived: also `onleave`, after which they come back.
    #[must_use]
    pub fn of_encounter(status: &str) -> Option<Self> {
        Some(match status {
            "planned" => Self::Booked,
            "arrived" | "triaged" | "in-progress" | "onleave" => Self::Arrived,
            "finished" => Self::Fulfilled,
            "cancelled" => Self::Cancelled,
            "entered-in-error" => Self::EnteredInError,
            _ => return None,
        })
    }

    /// The code as it is stored and exchanged.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Booked => "BOOKED",
            Self::Arrived => "ARRIVED",
            Self::Fulfilled => "FULFILLED",
            Self::Cancelled => "CANCELLED",
            Self::EnteredInError => "ENTERED_IN_ERROR",
        }
    }
}

/// A visit, as an appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedEncounter {
    /// All identifiers.
    pub identifiers: Vec<Identifier>,
    /// Where the appointment stands.
    pub state: AppointmentState,
    /// Whether it is told to go on still, whenever it was to end.
    pub goes_on: bool,
    /// When it began, as it is told; always, unless it is only planned, was called off or never was.
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ended, as it is told; not before `starts_at`. An admission may last for days.
    pub ends_at: Option<DateTime<Utc>>,
    /// The day on which it began and the one on which it ended, where no more is told of its beginning.
    pub days: Option<(NaiveDate, Option<NaiveDate>)>,
    /// Ambulatory (`AMB`), emergency (`EMER`), virtual (`VR`)….
    pub class: Option<ImportedCoding>,
    /// What kind of visit.
    pub visit: Option<ImportedConcept>,
    /// Why the patient came.
    pub reason: Option<ImportedConcept>,
    /// Why else, and what kind of visit it was besides, in words.
    pub besides: Vec<String>,
    /// The conditions that they came for.
    pub reasons: Vec<Mention>,
    /// Who came.
    pub subject: Reference,
    /// Who saw them, main performers and attending doctors first.
    pub practitioners: Vec<Reference>,
    /// What each of them did there, by the HL7 v3 code of a participation, where that is told.
    pub roles: Vec<Option<String>>,
    /// Where.
    pub service_provider: Option<Reference>,
    /// On which day the patient is to come again.
    pub follow_up_on: Option<NaiveDate>,
    /// What else there is to say.
    pub note: Option<String>,
    /// Whether the patient was shown it.
    pub shared: bool,
    /// The appointment that it is of.
    pub appointment: Option<Reference>,
    /// Whether it is told that there was none.
    pub is_without_appointment: bool,
    /// Who had to do with it, those who saw the patient too.
    pub agents: Vec<ImportedAgent>,
}

impl ImportedEncounter {
    /// From when until when it lasted, as long as it lasted: [`ASSUMED_MINUTES`] for want of a better end. None when nobody says
    /// when it began.
    #[must_use]
    pub fn time(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let start = self.starts_at?;
        // Systems that stamp a visit once write the same instant twice.
        let told = self.ends_at.filter(|end| *end > start);
        let assumed = || start.checked_add_signed(TimeDelta::minutes(ASSUMED_MINUTES));
        Some((start, told.or_else(assumed)?))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    identifier: Option<&'a RawValue>,
    status: Option<&'a RawValue>,
    class: Option<&'a RawValue>,
    #[serde(rename = "type")]
    kind: Option<&'a RawValue>,
    reason_code: Option<&'a RawValue>,
    reason_reference: Option<&'a RawValue>,
    subject: Option<&'a RawValue>,
    participant: Option<&'a RawValue>,
    period: Option<&'a RawValue>,
    service_provider: Option<&'a RawValue>,
    extension: Option<&'a RawValue>,
    appointment: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct WirePeriod {
    start: Option<Text>,
    end: Option<Text>,
}

#[derive(Deserialize)]
struct WireParticipant {
    #[serde(rename = "type")]
    roles: Option<Few<WireConcept>>,
    individual: Option<WireReference>,
}

/// Reads the resource.
pub(super) fn encounter(resource: &RawValue) -> Result<ImportedEncounter, Refusal> {
    let wire: Wire =
        read(Some(resource), "resource")?.ok_or(Refusal::new("resource", Problem::Missing))?;
    let status =
        read_text(wire.status, "status")?.ok_or(Refusal::new("status", Problem::Missing))?;
    let state = AppointmentState::of_encounter(&status)
        .ok_or(Refusal::new("status", Problem::UnknownCode))?;
    let told = read::<WirePeriod>(wire.period, "period")?.unwrap_or_default();
    let days = days(&told)?;
    let (starts_at, ends_at) = match days {
        Some(_) => (None, None),
        None => period(told)?,
    };
    if starts_at.is_none()
        && days.is_none()
        && matches!(
            state,
            AppointmentState::Arrived | AppointmentState::Fulfilled
        )
    {
        return Err(Refusal::new("period.start", Problem::Missing));
    }
    let kinds = read_list::<WireConcept>(wire.kind, "type")?;
    let mut kinds = kinds.into_iter().filter_map(WireConcept::whole);
    let visit = kinds.next();
    let reasons = read_list::<WireConcept>(wire.reason_code, "reasonCode")?;
    let mut reasons = reasons.into_iter().filter_map(WireConcept::whole);
    let reason = reasons.next();
    let words = |concept: ImportedConcept| concept.words().map(str::to_owned);
    let besides = kinds.chain(reasons).filter_map(words).collect();
    let found = practitioners(read_sound(wire.participant));
    let follow_up = own::extension(wire.extension, own::FOLLOW_UP)?;
    let appointments = read_list::<WireReference>(wire.appointment, "appointment")?;
    let mut appointments = appointments.into_iter();
    let service_provider = read::<WireReference>(wire.service_provider, "serviceProvider")?;
    Ok(ImportedEncounter {
        identifiers: identifiers(read_list(wire.identifier, "identifier")?),
        state,
        goes_on: status == "in-progress",
        starts_at,
        ends_at,
        class: read::<WireCoding>(wire.class, "class")?.and_then(WireCoding::read),
        days,
        visit,
        reason,
        besides,
        reasons: mentions(wire.reason_reference, "reasonReference", "Condition")?,
        subject: subject(read(wire.subject, "subject")?, "subject")?,
        roles: found.iter().map(|(_, role, _)| role.clone()).collect(),
        practitioners: found.into_iter().map(|(_, _, who)| who).collect(),
        service_provider: service_provider.and_then(|reference| reference.read("Organization")),
        follow_up_on: follow_up.as_deref().and_then(day_of),
        note: own::extension(wire.extension, own::NOTE)?,
        shared: understood(resource)?,
        appointment: appointments.find_map(|one| one.read("Appointment")),
        is_without_appointment: has_tag(resource, own::WITHOUT_APPOINTMENT)?,
        agents: agents("Encounter", resource)?,
    })
}

/// The days of a period whose beginning is told to the day.
fn days(told: &WirePeriod) -> Result<Option<(NaiveDate, Option<NaiveDate>)>, Refusal> {
    let day = |text: &Option<Text>| day_of(text.as_ref()?.text());
    let start = told.start.as_ref().map(Text::text);
    let Some(Ok(start)) = start.map(super::time::day) else {
        return Ok(None);
    };
    match day(&told.end) {
        Some(end) if end < start => Err(Refusal::new("period", Problem::Malformed)),
        end => Ok(Some((start, end))),
    }
}

/// When it began and when it ended, each if it is told.
type Period = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

fn period(wire: WirePeriod) -> Result<Period, Refusal> {
    let read = |text: Option<Text>, element| {
        let text = text.and_then(Text::said);
        text.map(|text| instant(&text).map_err(|problem| Refusal::new(element, problem)))
            .transpose()
    };
    let start = read(wire.start, "period.start")?;
    // An end that is told to the day says nothing of a time.
    let end = wire.end.filter(|end| super::time::day(end.text()).is_err());
    let end = read(end, "period.end")?;
    // What is assumed of its end must be a time too.
    let is_time = |start: DateTime<Utc>| {
        let end = start.checked_add_signed(TimeDelta::minutes(ASSUMED_MINUTES));
        end.is_some()
    };
    let is_ordered = start.zip(end).is_none_or(|(start, end)| start <= end);
    match is_ordered && start.is_none_or(is_time) {
        true => Ok((start, end)),
        false => Err(Refusal::new("period", Problem::Malformed)),
    }
}

/// Who came: one patient. FHIR allows a group too.
pub(super) fn subject(
    wire: Option<WireReference>,
    element: &'static str,
) -> Result<Reference, Refusal> {
    let wire = wire.ok_or(Refusal::new(element, Problem::Missing))?;
    let reference = wire
        .read("Patient")
        .ok_or(Refusal::new(element, Problem::NotTaken))?;
    match reference.resource_type() {
        None | Some("Patient") => Ok(reference),
        Some(_) => Err(Refusal::new(element, Problem::NotTaken)),
    }
}

/// Those who treat, each with whether they are behind those who lead, and with what they did. Relatives, and roles that are
/// entries of their own, are left out.
fn practitioners(wire: Vec<WireParticipant>) -> Vec<(bool, Option<String>, Reference)> {
    let mut found: Vec<(bool, Option<String>, Reference)> = wire
        .into_iter()
        .filter_map(|participant| {
            let roles = participant.roles.unwrap_or_default().0.into_iter();
            let codes = roles
                .filter_map(|role| role.read().coding)
                .map(|coding| coding.code);
            let codes: Vec<String> = codes.collect();
            let leading = codes
                .iter()
                .find(|code| matches!(code.as_str(), "PPRF" | "ATND"));
            let role = leading.or(codes.first()).cloned();
            let reference = participant.individual?.read("Practitioner")?;
            Some((leading.is_none(), role, reference))
        })
        .filter(|(_, _, reference)| {
            reference
                .resource_type()
                .is_none_or(|name| name == "Practitioner")
        })
        .collect();
    found.sort_by_key(|(behind, ..)| *behind);
    found
}
