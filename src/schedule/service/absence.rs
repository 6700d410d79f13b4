//! A doctor's absences: marking, changing, ending. What is booked stays booked until somebody resolves it; from the moment
//! on that an absence is noted nobody is given its time, and from its end on it is open again.

use super::{changed, store};
use crate::accept;
use crate::access::{Action, Granted, Resource, Viewer, require};
use crate::db::{Stretch, Tx, Window};
use crate::doctor::DoctorRecord;
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::state::State;
use crate::vault::Place;
use chrono::{DateTime, TimeDelta, Utc};
use entity::absence;
use entity::cell::Sealed;
use entity::code::AbsenceKind;
use entity::id::{AbsenceId, DoctorId};
use serde::Serialize;
use std::sync::Arc;

/// How long an absence may be, and how far ahead it may begin.
const LONGEST: TimeDelta = TimeDelta::days(731);
/// How long a reason may be, in characters.
const LONGEST_REASON: usize = 500;
/// How many absences a doctor can have, those that are over too.
const MOST: u64 = 2_000;

/// Say that a doctor is away.
#[derive(Clone, Serialize)]
pub struct MarkAbsence {
    /// Who.
    #[serde(serialize_with = "id_text")]
    pub doctor: DoctorId,
    /// What for.
    pub kind: AbsenceKind,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Why, in words.
    pub reason: Option<String>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Change this of an absence; what is absent stays.
#[derive(Clone, Serialize)]
pub struct UpdateAbsence {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub absence: AbsenceId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// What for.
    pub kind: Option<AbsenceKind>,
    /// From when.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when.
    pub ends_at: Option<DateTime<Utc>>,
    /// Why, in words; empty for no words.
    pub reason: Option<String>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Let an absence end now; one that has not begun never was.
#[derive(Clone, Serialize)]
pub struct EndAbsence {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub absence: AbsenceId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why an absence is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsenceRefusal {
    /// The end is not after the beginning, or has passed; or it is too long, or too far ahead.
    InvalidPeriod,
    /// The reason is too long, or has control characters.
    InvalidReason,
    /// It is over, or was ended.
    Over,
    /// The doctor has too many already.
    TooMany,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Whether an absence can be then; pure.
fn period(
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), AbsenceRefusal> {
    let fits = starts_at < ends_at
        && now < ends_at
        && ends_at - starts_at <= LONGEST
        && starts_at - now <= LONGEST;
    if fits {
        Ok(())
    } else {
        Err(AbsenceRefusal::InvalidPeriod)
    }
}

/// A reason as it is kept: trimmed, none when empty.
fn words(reason: Option<&str>) -> Result<Option<&str>, AbsenceRefusal> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let wrong = |reason: &str| {
        reason.chars().count() > LONGEST_REASON
            || reason.chars().any(|c| c.is_control() && c != '\n')
    };
    match reason {
        Some(reason) if wrong(reason) => Err(AbsenceRefusal::InvalidReason),
        reason => Ok(reason),
    }
}

async fn sealed(
    state: &State,
    (doctor, id): (DoctorId, AbsenceId),
    reason: &str,
) -> Result<Sealed, Fault> {
    let key = key(state, doctor).await?;
    Ok(key.seal(place(id), reason)?)
}

fn place(id: AbsenceId) -> Place {
    Place::new("absence", "reason", id.0)
}

async fn key(state: &State, doctor: DoctorId) -> Result<Arc<crate::vault::DataKey>, Fault> {
    let row = state.loaders.doctors.load(doctor).await?;
    let record = DoctorRecord::new(row.ok_or(Fault::NotFound)?);
    Ok(record.key(&state.vault)?)
}

/// Why, in words, for whoever has found the absence; none when none were given.
///
/// # Errors
/// When the words do not open.
pub async fn absence_reason(state: &State, row: &absence::Model) -> Result<Option<String>, Fault> {
    let Some(cell) = &row.reason else {
        return Ok(None);
    };
    let key = key(state, row.doctor_id).await?;
    Ok(Some(key.open(place(row.id), cell)?))
}

/// The absence, for the doctor and for administrators.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that the viewer may know of.
pub async fn find_absence(
    state: &State,
    viewer: &Viewer,
    id: AbsenceId,
) -> Result<absence::Model, Fault> {
    viewer.signed_in()?;
    let found = store::absence(&state.db, id).await?;
    let found = found.ok_or(Fault::NotFound)?;
    require(viewer, Action::Read, &Resource::Absence(found.doctor_id))?;
    Ok(found)
}

/// The absence, and the word of the policy that the viewer may change it and what it is in the way of.
///
/// # Errors
/// As [`find_absence`].
pub async fn keep_absence(
    state: &State,
    viewer: &Viewer,
    id: AbsenceId,
) -> Result<(absence::Model, Granted), Fault> {
    let found = find_absence(state, viewer, id).await?;
    let granted = require(viewer, Action::Update, &Resource::Absence(found.doctor_id))?;
    Ok((found, granted))
}

/// A doctor's absences, the newest beginning first.
///
/// # Errors
/// Those of the database; [`Fault::NotFound`] for whoever may not know of them.
pub async fn absences(
    state: &State,
    viewer: &Viewer,
    doctor: DoctorId,
    window: &Window<(DateTime<Utc>, AbsenceId)>,
) -> Result<Stretch<absence::Model>, Fault> {
    let granted = require(viewer, Action::Read, &Resource::Absence(doctor))?;
    store::absences(&state.db, granted, doctor, window).await
}

/// Says that a doctor is away.
///
/// # Errors
/// Those of the database; forbidden for whoever may not say that of this doctor; not found when there is none.
pub async fn mark_absence(
    state: &State,
    viewer: &Viewer,
    command: MarkAbsence,
) -> Outcome<AbsenceId, AbsenceRefusal> {
    let user = viewer.signed_in()?.user;
    let doctor = command.doctor;
    // That there is such a doctor, everybody may know who comes here.
    let granted = require(viewer, Action::Create, &Resource::Absence(doctor));
    let granted = granted.map_err(|fault| match fault {
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })?;
    if state.loaders.doctors.load(doctor).await?.is_none() {
        return Err(Fault::NotFound);
    }
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "markAbsence", key, &command)?;
    let id: AbsenceId = state.clock.new_id();
    let now = state.clock.now();
    let checked = words(command.reason.as_deref())
        .and_then(|reason| period(command.starts_at, command.ends_at, now).map(|()| reason));
    let change = match checked {
        Err(refusal) => Err(refusal),
        Ok(reason) => Ok(Change::Add(absence::Model {
            id,
            doctor_id: doctor,
            kind: command.kind,
            starts_at: command.starts_at,
            ends_at: command.ends_at,
            ended_at: None,
            reason: match reason {
                Some(reason) => Some(sealed(state, (doctor, id), reason).await?),
                None => None,
            },
            version: 1,
            created_at: now,
            updated_at: now,
            recorded_by: Some(user),
        })),
    };
    write(state, viewer, (granted, doctor), claim, change, id).await
}

/// Changes an absence: what is taken off it is open again, what is added is closed.
///
/// # Errors
/// Those of the database; not found when there is none that the viewer may know of.
pub async fn update_absence(
    state: &State,
    viewer: &Viewer,
    command: UpdateAbsence,
) -> Outcome<AbsenceId, AbsenceRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, granted) = keep_absence(state, viewer, command.absence).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "updateAbsence", key, &command)?;
    let (id, doctor) = (row.id, row.doctor_id);
    let change = updated(state, command, row).await?.map(Change::Update);
    write(state, viewer, (granted, doctor), claim, change, id).await
}

async fn updated(
    state: &State,
    command: UpdateAbsence,
    row: absence::Model,
) -> Outcome<absence::Model, AbsenceRefusal> {
    let now = state.clock.now();
    if row.version != command.expected_version {
        return Ok(Err(AbsenceRefusal::Conflict));
    }
    if row.until() <= now {
        return Ok(Err(AbsenceRefusal::Over));
    }
    let starts_at = command.starts_at.unwrap_or(row.starts_at);
    let ends_at = command.ends_at.unwrap_or(row.ends_at);
    accept!(period(starts_at, ends_at, now));
    let reason = match &command.reason {
        None => row.reason.clone(),
        Some(reason) => match accept!(words(Some(reason))) {
            None => None,
            Some(reason) => Some(sealed(state, (row.doctor_id, row.id), reason).await?),
        },
    };
    Ok(Ok(absence::Model {
        kind: command.kind.unwrap_or(row.kind),
        starts_at,
        ends_at,
        reason,
        version: row.version + 1,
        updated_at: now,
        ..row
    }))
}

/// Lets an absence end now; one that has not begun never was.
///
/// # Errors
/// Those of the database; not found when there is none that the viewer may know of.
pub async fn end_absence(
    state: &State,
    viewer: &Viewer,
    command: EndAbsence,
) -> Outcome<AbsenceId, AbsenceRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, granted) = keep_absence(state, viewer, command.absence).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "endAbsence", key, &command)?;
    let (id, doctor, now) = (row.id, row.doctor_id, state.clock.now());
    let change = if row.version != command.expected_version {
        Err(AbsenceRefusal::Conflict)
    } else if row.until() <= now || row.ended_at.is_some() {
        Err(AbsenceRefusal::Over)
    } else {
        Ok(Change::Update(absence::Model {
            ended_at: Some(now),
            version: row.version + 1,
            updated_at: now,
            ..row
        }))
    };
    write(state, viewer, (granted, doctor), claim, change, id).await
}

/// A change of a doctor's absences, ready to be written.
#[derive(Clone)]
enum Change {
    Add(absence::Model),
    Update(absence::Model),
}

/// Writes the change, unless its key has an answer already. It waits for whoever is taking a time of the doctor's: they are
/// done before, or find the doctor away.
async fn write(
    state: &State,
    viewer: &Viewer,
    (granted, doctor): (Granted, DoctorId),
    claim: Option<idempotency::Key>,
    change: Result<Change, AbsenceRefusal>,
    id: AbsenceId,
) -> Outcome<AbsenceId, AbsenceRefusal> {
    let shared = Arc::new((claim, change));
    let written = state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (claim, change) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    AbsenceRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(AbsenceId(id)));
                }
                let change = accept!(change.clone());
                tx.lock(&[crate::schedule::time_of(doctor)]).await?;
                accept!(apply(tx, granted, doctor, change).await?);
                log::append(tx, &[changed(doctor)]).await?;
                Ok(Ok(id))
            })
        })
        .await;
    state.loaders.availability.forget(doctor);
    written
}

async fn apply(
    tx: &Tx,
    granted: Granted,
    doctor: DoctorId,
    change: Change,
) -> Outcome<(), AbsenceRefusal> {
    match change {
        Change::Add(row) => {
            if store::count_absences(tx.connection(), doctor).await? >= MOST {
                return Ok(Err(AbsenceRefusal::TooMany));
            }
            store::insert_absence(tx, granted, row).await?;
        }
        Change::Update(row) => {
            if !store::update_absence(tx, granted, &row).await? {
                return Ok(Err(AbsenceRefusal::Conflict));
            }
        }
    }
    Ok(Ok(()))
}
