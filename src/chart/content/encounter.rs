//! Encounters: visits, planned, going on, or over.

use super::text::{self, Concept, in_order};
use super::{Editable, coded, content, done_at_visits};
use crate::patient::input::{At as _, Checks, Invalid, Problem};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::code::RecordStatus;
use entity::id::DoctorId;
use serde::{Deserialize, Serialize};

coded! {
    /// What kind of visit it is: HL7 v3 ActCode, as FHIR encounter class has it.
    EncounterClass {
        /// HL7 `AMB`.
        Ambulatory = "AMB",
        /// HL7 `EMER`.
        Emergency = "EMER",
        /// HL7 `HH`.
        HomeHealth = "HH",
        /// HL7 `IMP`.
        Inpatient = "IMP",
        /// HL7 `OBSENC`.
        Observation = "OBSENC",
        /// HL7 `SS`.
        ShortStay = "SS",
        /// HL7 `VR`.
        Virtual = "VR",
    }
    /// What a doctor does at a visit: HL7 v3 ParticipationType.
    ParticipantRole {
        /// HL7 `ATND`.
        Attender = "ATND",
        /// HL7 `ADM`.
        Admitter = "ADM",
        /// HL7 `CON`.
        Consultant = "CON",
        /// HL7 `DIS`.
        Discharger = "DIS",
        /// HL7 `PPRF`.
        PrimaryPerformer = "PPRF",
        /// HL7 `REF`.
        Referrer = "REF",
        /// HL7 `SPRF`.
        SecondaryPerformer = "SPRF",
    }
}

/// The most doctors at one visit.
const MOST_PARTICIPANTS: usize = 20;
/// Nobody is called back later than this.
pub(super) const LATEST_FOLLOW_UP: TimeDelta = TimeDelta::days(10 * 366);

/// A doctor at a visit.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Participant {
    /// Who.
    pub doctor: DoctorId,
    /// What they do there.
    pub role: ParticipantRole,
}

content! {
    /// A visit.
    Encounter, EncounterEdit {
        /// Where it stands.
        must status: RecordStatus,
        /// What kind it is.
        must class: EncounterClass,
        /// What is done there.
        may visit: Concept,
        /// What for.
        may reason: Concept,
        /// When it began, or is to begin.
        may starts_at: DateTime<Utc>,
        /// When it was over, or is to be.
        may ends_at: DateTime<Utc>,
        /// Which doctors take part.
        may participants: Vec<Participant>,
        /// On which day the patient is to come again.
        may follow_up_on: NaiveDate,
        /// What else there is to say.
        may note: String,
    }
}

impl Encounter {
    /// The states that can be given.
    const STATUSES: &[RecordStatus] = &[
        RecordStatus::Planned,
        RecordStatus::InProgress,
        RecordStatus::Finished,
        RecordStatus::Cancelled,
    ];

    /// Whether a visit goes from one state to the other: only forward, and what never began is called off.
    #[must_use]
    pub fn goes(from: RecordStatus, to: RecordStatus) -> bool {
        use RecordStatus::{Cancelled, Finished, InProgress, Planned};
        from == to
            || matches!(
                (from, to),
                (Planned, InProgress | Finished | Cancelled) | (InProgress, Finished)
            )
    }

    /// Its times: what goes on has begun, and what is over has ended, by now if nobody says when.
    fn period(&self, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        match self.status {
            RecordStatus::InProgress => (Some(self.starts_at.unwrap_or(now)), self.ends_at),
            RecordStatus::Finished => (
                Some(self.starts_at.or(self.ends_at).unwrap_or(now)),
                Some(self.ends_at.unwrap_or(now)),
            ),
            _ => (self.starts_at, self.ends_at),
        }
    }
}

/// A time that has come, or of what is only planned also one that has not.
fn moment(
    at: Option<DateTime<Utc>>,
    is_planned: bool,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Problem> {
    match at {
        Some(at) if is_planned && at > now + LATEST_FOLLOW_UP => Err(Problem::InTheFuture),
        Some(at) if is_planned && at > now => Ok(Some(at)),
        at => at.map(|at| text::past(at, now)).transpose(),
    }
}

fn follow_up(day: NaiveDate, now: DateTime<Utc>) -> Result<NaiveDate, Problem> {
    let today = now.date_naive();
    if day < today - TimeDelta::days(1) {
        Err(Problem::TooEarly)
    } else if day > today + LATEST_FOLLOW_UP {
        Err(Problem::InTheFuture)
    } else {
        Ok(day)
    }
}

fn participants(all: &[Participant]) -> Result<Vec<Participant>, Problem> {
    let mut kept: Vec<Participant> = Vec::with_capacity(all.len());
    for one in all {
        if !kept.contains(one) {
            kept.push(*one);
        }
    }
    match kept.len() > MOST_PARTICIPANTS {
        true => Err(Problem::TooMany),
        false => Ok(kept),
    }
}

done_at_visits!(Encounter, |visit| visit.starts_at);

impl Editable for Encounter {
    const RECORD: &'static str = "recordEncounter";
    const UPDATE: &'static str = "updateEncounter";

    type Edit = EncounterEdit;

    fn edited(self, edit: EncounterEdit) -> Self {
        self.after(edit)
    }

    fn checked(&self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let is_planned = matches!(self.status, RecordStatus::Planned | RecordStatus::Cancelled);
        let (starts_at, ends_at) = self.period(now);
        let concept = |concept: &Option<Concept>| concept.as_ref().map(text::concept).transpose();
        let status = checks.take(text::status(self.status, Self::STATUSES).at("status"));
        let visit = checks.take(concept(&self.visit).at("visit"));
        let reason = checks.take(concept(&self.reason).at("reason"));
        let begins = checks.take(moment(starts_at, is_planned, now).at("startsAt"));
        let ends = checks.take(moment(ends_at, is_planned, now).at("endsAt"));
        let ordered = checks.take(in_order(starts_at, ends_at).at("endsAt"));
        let doctors = self.participants.as_deref().map(participants).transpose();
        let doctors = checks.take(doctors.at("participants"));
        // A day that was given long ago is kept as it is.
        let again = match self.status {
            RecordStatus::Finished => Ok(self.follow_up_on),
            _ => self.follow_up_on.map(|day| follow_up(day, now)).transpose(),
        };
        let again = checks.take(again.at("followUpOn"));
        let note = checks.take(text::note(self.note.as_ref()).at("note"));
        checks.end(|| {
            ordered?;
            Some(Self {
                status: status?,
                class: self.class,
                visit: visit?,
                reason: reason?,
                starts_at: begins?,
                ends_at: ends?,
                participants: doctors?,
                follow_up_on: again?,
                note: note?,
            })
        })
    }

    fn follows(&self, before: &Self) -> Result<(), Invalid> {
        match Self::goes(before.status, self.status) {
            true => Ok(()),
            false => Err(Problem::NotGivenHere).at("status"),
        }
    }

    fn names(&self) -> Vec<(DoctorId, Vec<String>)> {
        let all = self.participants.iter().flatten().enumerate();
        all.map(|(place, one)| {
            let path = [
                "participants".to_owned(),
                place.to_string(),
                "doctorId".to_owned(),
            ];
            (one.doctor, path.to_vec())
        })
        .collect()
    }
}
