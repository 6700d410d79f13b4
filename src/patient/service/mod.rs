//! The verbs: each asks the policy, refuses before it writes, and writes its event with its change.

mod confidentiality;
mod coverage;
mod create;
mod erase;
mod register;
mod update;

pub use confidentiality::{SetConfidentiality, SetConfidentialityRefusal, set_confidentiality};
pub use coverage::{
    AddCoverage, AddCoverageRefusal, RemoveCoverage, RemoveCoverageRefusal, UpdateCoverage,
    UpdateCoverageRefusal, add_coverage, find_coverage, remove_coverage, update_coverage,
};
pub use create::{CreatePatient, CreateRefusal, create_patient};
pub use erase::{ErasePatientKey, EraseRefusal, erase_patient, erase_patient_key};
pub use register::{RegisterPatient, RegisterRefusal, register_patient};
pub use update::{Revision, UpdatePatient, UpdateRefusal, prepare_update, update_patient};

use super::PatientRecord;
use super::cells::{ContactChannel, Edit, PartOfDay, Preferences};
use super::normal;
use super::store::{self, Needles};
use super::token;
use crate::access::facts;
use crate::access::{Action, Permit, Resource, Viewer, require};
use crate::db::{Stretch, Tx, Window};
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::{self, Fact};
use crate::state::State;
use chrono::NaiveDate;
use entity::code::EventKind;
use entity::id::{PatientId, UserId};
use entity::patient;
use serde::Serialize;
use std::sync::Arc;

/// The longest text that is searched for, in characters.
const LONGEST_SEARCH: usize = 200;
/// The most words of a name that are searched for at once.
const MOST_WORDS: usize = 8;

/// The patient, if the viewer may know who they are.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that they may know of.
pub async fn find_patient(
    state: &State,
    viewer: &Viewer,
    id: PatientId,
) -> Result<PatientRecord, Fault> {
    viewer.signed_in()?;
    match state.loaders.patients.load(id).await? {
        Some(row) if may_identify(state, viewer, &row).await? => Ok(PatientRecord::new(row)),
        _ => Err(Fault::NotFound),
    }
}

/// Whether the viewer may know who this is.
///
/// # Errors
/// Those of the database.
pub async fn may_identify(
    state: &State,
    viewer: &Viewer,
    row: &patient::Model,
) -> Result<bool, Fault> {
    state
        .permits(viewer, Action::Read, row, Resource::Identity)
        .await
}

/// Leave to follow this stream, if the viewer has it: a patient's by whoever may read what describes them, the clinic's by whoever
/// runs it. The streams of doctors and accounts are other rooms' to open.
///
/// # Errors
/// Those of the database.
pub async fn may_follow(
    state: &State,
    viewer: &Viewer,
    stream: &Stream,
) -> Result<Option<Permit>, Fault> {
    match stream {
        Stream::Clinic => {
            let may = require(viewer, Action::Read, &Resource::Clinic).is_ok();
            Ok(may.then(Permit::default))
        }
        Stream::Patient(patient) => match state.face(viewer, *patient).await? {
            None => Ok(None),
            Some(face) => {
                state
                    .permit(viewer, Action::Read, &*face, Resource::Demographics)
                    .await
            }
        },
        Stream::Doctor(_) | Stream::User(_) | Stream::Access(_) => Ok(None),
    }
}

/// What a patient is searched by; all that is given must fit.
#[derive(Clone, Default)]
pub struct Search {
    /// Beginnings of names, each word one.
    pub name: Option<String>,
    /// The date of birth.
    pub birth_date: Option<NaiveDate>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The telephone number, with its country's code.
    pub phone: Option<String>,
    /// The medical record number.
    pub mrn: Option<String>,
}

/// What the search looks up.
///
/// # Errors
/// [`Fault::BadRequest`] when a part cannot be searched for.
pub fn needles(state: &State, search: &Search) -> Result<Needles, Fault> {
    let index = state.vault.index();
    let parts = [&search.name, &search.email, &search.phone, &search.mrn];
    if parts
        .into_iter()
        .flatten()
        .any(|part| part.chars().nth(LONGEST_SEARCH).is_some())
    {
        return Err(Fault::BadRequest("A text searched for is too long."));
    }
    let mut needles = Needles::default();
    if let Some(email) = &search.email {
        let email = normal::email(email).ok_or(Fault::BadRequest(
            "The text searched for is not an e-mail address.",
        ))?;
        needles.tokens.push(token::of_email(index, &email));
    }
    if let Some(phone) = &search.phone {
        let phone = normal::phone(phone, None).ok_or(Fault::BadRequest(
            "The telephone number searched for needs its country's code, as in +1 555 010 0199.",
        ))?;
        needles.tokens.push(token::of_phone(index, &phone));
    }
    if let Some(day) = search.birth_date {
        needles.tokens.push(token::of_birth_date(index, day));
    }
    if let Some(name) = &search.name {
        let mut words = token::of_search(index, name);
        if words.is_empty() {
            return Err(Fault::BadRequest("The name searched for has no letters."));
        }
        words.truncate(MOST_WORDS);
        needles.tokens.append(&mut words);
    }
    if let Some(mrn) = &search.mrn {
        let mrn = token::of_mrn(index, mrn).ok_or(Fault::BadRequest(
            "The text searched for is not a record number.",
        ))?;
        needles.mrn = Some(mrn);
    }
    Ok(needles)
}

/// A page of the patients that the viewer may be shown: all that fit the search, or without one those in their care
/// (for an administrator, everybody).
///
/// # Errors
/// Those of the database; not found for whoever may list no patients.
pub async fn list_patients(
    state: &State,
    viewer: &Viewer,
    needles: &Needles,
    window: &Window<PatientId>,
) -> Result<Stretch<Arc<patient::Model>>, Fault> {
    require(viewer, Action::Read, &Resource::PatientList)?;
    store::list(&state.db, viewer, needles, window).await
}

/// How many patients the whole list has.
///
/// # Errors
/// Those of the database; not found for whoever may list no patients.
pub async fn count_patients(
    state: &State,
    viewer: &Viewer,
    needles: &Needles,
) -> Result<i64, Fault> {
    require(viewer, Action::Read, &Resource::PatientList)?;
    store::count(&state.db, viewer, needles).await
}

/// What is changed of what a patient asked the clinic to heed; what is absent stays.
#[derive(Clone, Default, Serialize)]
pub struct PreferencesEdit {
    /// Remind them of appointments by e-mail.
    pub reminders_by_email: Option<bool>,
    /// How to reach them.
    pub contact_by: Option<ContactChannel>,
    /// They need an interpreter.
    pub needs_interpreter: Option<bool>,
    /// When they like to come.
    pub part_of_day: Edit<PartOfDay>,
}

impl PreferencesEdit {
    /// The preferences after it.
    #[must_use]
    pub fn after(self, before: Preferences) -> Preferences {
        Preferences {
            reminders_by_email: self.reminders_by_email.unwrap_or(before.reminders_by_email),
            contact_by: self.contact_by.unwrap_or(before.contact_by),
            needs_interpreter: self.needs_interpreter.unwrap_or(before.needs_interpreter),
            part_of_day: self.part_of_day.after(before.part_of_day),
        }
    }
}

/// The day it is at the clinic.
#[must_use]
pub fn today(state: &State) -> NaiveDate {
    state
        .clock
        .now()
        .with_timezone(&state.rules.zone)
        .date_naive()
}

/// What a change of a patient's administrative data says to whoever it concerns.
fn changed(patient: PatientId, user: Option<UserId>, version: i32) -> Fact {
    let mut streams = vec![Stream::Clinic, Stream::Patient(patient)];
    streams.extend(user.map(Stream::User));
    Fact {
        kind: EventKind::PatientUpdated,
        subject: patient.0,
        version,
        streams,
    }
}

/// Says so to them, and to those who treat the patient: the last thing a transaction does.
async fn tell_changed(tx: &mut Tx, patient: PatientId, fact: Fact) -> Result<(), Fault> {
    tell_team(tx, patient, vec![fact]).await
}

/// Appends what has happened to a patient, for those of their care team too: the last thing a transaction does.
///
/// # Errors
/// Those of the database.
pub async fn tell_team(tx: &mut Tx, patient: PatientId, mut told: Vec<Fact>) -> Result<(), Fault> {
    address_team(tx, patient, &mut told).await?;
    log::append(tx, &told).await
}

/// Addresses what has happened to a patient to those of their care team too; only appending it may come after.
///
/// # Errors
/// Those of the database.
pub async fn address_team(tx: &Tx, patient: PatientId, told: &mut [Fact]) -> Result<(), Fault> {
    tx.lock(&[facts::team_lock(patient)]).await?;
    let team = facts::team(tx, patient).await?;
    for fact in told {
        let doctors = team.iter().copied().map(Stream::Doctor);
        fact.streams.extend(doctors);
    }
    Ok(())
}
