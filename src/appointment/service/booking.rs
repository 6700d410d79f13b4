//! Giving a time away: booking, asking, and moving to another time.

use super::{fact, granted};
use crate::accept;
use crate::access::{Action, PatientFacts, Relationship, Resource, Viewer, require};
use crate::appointment::lifecycle::{self, Move, Stuck};
use crate::appointment::store::{self, Taken};
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency::{self, Claim};
use crate::state::State;
use crate::vault::Place;
use chrono::{DateTime, TimeDelta, Utc};
use entity::appointment;
use entity::code::{AppointmentStatus, CancellationReason, EventKind};
use entity::id::{AppointmentId, DoctorId, PatientId, VisitTypeId};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, IntoActiveModel};
use std::sync::Arc;

/// How far ahead a time can be given away.
const FURTHEST: TimeDelta = TimeDelta::days(730);
/// How long a reason may be, in characters.
const LONGEST_REASON: usize = 500;

/// Give this time away.
#[derive(Clone, Debug)]
pub struct Book {
    /// To whom.
    pub patient: PatientId,
    /// With whom.
    pub doctor: DoctorId,
    /// For what; it says how long.
    pub visit_type: VisitTypeId,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Why, in the patient's words.
    pub reason: Option<String>,
    /// Only ask for it: the doctor accepts or declines.
    pub as_request: bool,
    /// Under which the answer is remembered.
    pub idempotency_key: Option<String>,
}

/// Why a time is not given away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookRefusal {
    /// The doctor's time is taken.
    SlotTaken,
    /// The patient has another appointment then.
    PatientBusy,
    /// The time has passed.
    InThePast,
    /// The time is too far ahead.
    TooFarAhead,
    /// A time begins at a full minute.
    NotAFullMinute,
    /// There is no such patient that the viewer may know of.
    PatientNotFound,
    /// There is no such doctor.
    DoctorNotFound,
    /// The doctor takes no new patients.
    NotAcceptingPatients,
    /// There is no such visit type, or it cannot be booked.
    VisitTypeNotFound,
    /// The doctor must accept visits of this type: ask for it instead.
    NeedsApproval,
    /// The reason is too long, or has control characters.
    InvalidReason,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Taken> for BookRefusal {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::Doctor => Self::SlotTaken,
            Taken::Patient => Self::PatientBusy,
        }
    }
}

/// When a time can be given away at all; pure.
fn check_time(starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), BookRefusal> {
    if starts_at.timestamp_subsec_nanos() != 0 || starts_at.timestamp() % 60 != 0 {
        Err(BookRefusal::NotAFullMinute)
    } else if starts_at < now {
        Err(BookRefusal::InThePast)
    } else if starts_at > now + FURTHEST {
        Err(BookRefusal::TooFarAhead)
    } else {
        Ok(())
    }
}

/// A reason as it is kept: trimmed, none when empty.
fn check_reason(reason: Option<&str>) -> Result<Option<&str>, BookRefusal> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let wrong = |reason: &str| {
        reason.chars().count() > LONGEST_REASON
            || reason.chars().any(|c| c.is_control() && c != '\n')
    };
    match reason {
        Some(reason) if wrong(reason) => Err(BookRefusal::InvalidReason),
        reason => Ok(reason),
    }
}

/// Books a time, or asks for it.
///
/// # Errors
/// Those of the database; unauthenticated when nobody is signed in.
pub async fn book(
    state: &State,
    viewer: &Viewer,
    command: Book,
) -> Outcome<AppointmentId, BookRefusal> {
    let user = viewer.signed_in()?.user;
    let Some(patient) = state.loaders.patients.load(command.patient).await? else {
        return Ok(Err(BookRefusal::PatientNotFound));
    };
    let facts = state.facts(viewer, &patient).await?;
    let resource = Resource::Appointment(facts, command.doctor);
    let granted = match require(viewer, Action::Book, &resource) {
        Ok(granted) => granted,
        Err(Fault::NotFound | Fault::Forbidden) => return Ok(Err(BookRefusal::PatientNotFound)),
        Err(fault) => return Err(fault),
    };
    accept!(check_time(command.starts_at, state.clock.now()));
    let reason = accept!(check_reason(command.reason.as_deref()));
    let Some(doctor) = state.loaders.doctors.load(command.doctor).await? else {
        return Ok(Err(BookRefusal::DoctorNotFound));
    };
    let known = facts_known(&facts);
    let by_patient = granted.relationship() == Relationship::OneSelf;
    if by_patient && !doctor.accepts_new_patients && !known {
        let seen_before = store::list(
            &state.db,
            viewer,
            &store::Filter {
                patient: Some(command.patient),
                doctor: Some(command.doctor),
                ..store::Filter::default()
            },
            1,
            None,
        )
        .await?;
        if seen_before.is_empty() {
            return Ok(Err(BookRefusal::NotAcceptingPatients));
        }
    }
    let visit_type = state.loaders.visit_types.load(command.visit_type).await?;
    let Some(visit_type) = visit_type.filter(|visit_type| visit_type.active) else {
        return Ok(Err(BookRefusal::VisitTypeNotFound));
    };
    if by_patient && visit_type.requires_approval && !command.as_request {
        return Ok(Err(BookRefusal::NeedsApproval));
    }

    let id: AppointmentId = state.clock.new_id();
    let reason = reason
        .map(|reason| seal_reason(state, &patient, id, reason))
        .transpose()?;
    let now = state.clock.now();
    let row = appointment::Model {
        id,
        patient_id: command.patient,
        doctor_id: command.doctor,
        visit_type_id: Some(visit_type.id),
        starts_at: command.starts_at,
        ends_at: command.starts_at + TimeDelta::minutes(visit_type.minutes.into()),
        zone: doctor.zone.clone(),
        modality: visit_type.modality,
        status: if command.as_request {
            AppointmentStatus::Proposed
        } else {
            AppointmentStatus::Booked
        },
        confirmed_at: None,
        reason,
        cancellation_reason: None,
        replaces_id: None,
        source_index: None,
        version: 1,
        created_at: now,
        updated_at: now,
        recorded_by: Some(user),
    };
    let mutation = if command.as_request {
        "requestAppointment"
    } else {
        "bookAppointment"
    };
    let claim = command.idempotency_key.as_ref().map(|key| {
        let input = format!(
            "{}|{}|{}|{}|{}",
            command.patient,
            command.doctor,
            command.visit_type,
            command.starts_at,
            command.reason.as_deref().unwrap_or_default()
        );
        idempotency::Key::new(&state.vault, user, mutation, key, input.as_bytes())
    });
    let claim = Arc::new(claim);
    state
        .db
        .write(move |tx| {
            let (row, claim) = (row.clone(), Arc::clone(&claim));
            Box::pin(async move {
                if let Some(key) = claim.as_ref() {
                    match idempotency::claim(tx, key, row.id.0).await? {
                        Claim::Fresh => {}
                        Claim::Replay(id) => return Ok(Ok(AppointmentId(id))),
                        Claim::Reused => return Ok(Err(BookRefusal::IdempotencyKeyReused)),
                    }
                }
                tx.lock(&store::locks(row.doctor_id, row.patient_id))
                    .await?;
                let time = (row.starts_at, row.ends_at);
                let taken = store::clash(tx, granted, row.doctor_id, row.patient_id, time).await?;
                if let Some(taken) = taken {
                    return Ok(Err(taken.into()));
                }
                let created = fact(EventKind::AppointmentCreated, &row);
                let id = row.id;
                accept!(store::insert(tx, granted, row.into_active_model().reset_all()).await?);
                log::append(tx, &[created]).await?;
                Ok(Ok(id))
            })
        })
        .await
}

fn facts_known(facts: &PatientFacts) -> bool {
    facts.care_team || facts.appointment
}

fn seal_reason(
    state: &State,
    patient: &entity::patient::Model,
    id: AppointmentId,
    reason: &str,
) -> Result<entity::cell::Sealed, Fault> {
    let key = state.vault.open_key(patient.id.0, &patient.data_key)?;
    Ok(key.seal(Place::new("appointment", "reason", id.0), reason)?)
}

/// Move an appointment to another time: a new one that replaces it, and the old one called off.
#[derive(Clone, Debug)]
pub struct Reschedule {
    /// Which.
    pub appointment: AppointmentId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// To when.
    pub starts_at: DateTime<Utc>,
    /// Under which the answer is remembered.
    pub idempotency_key: Option<String>,
}

/// Why an appointment is not moved to another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RescheduleRefusal {
    /// The doctor's time is taken.
    SlotTaken,
    /// The patient has another appointment then.
    PatientBusy,
    /// The new time has passed.
    InThePast,
    /// The new time is too far ahead.
    TooFarAhead,
    /// A time begins at a full minute.
    NotAFullMinute,
    /// Only a booked appointment can be moved.
    WrongState,
    /// It is too late for that.
    TooLate,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Taken> for RescheduleRefusal {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::Doctor => Self::SlotTaken,
            Taken::Patient => Self::PatientBusy,
        }
    }
}

/// Moves an appointment to another time; returns the one that replaces it.
///
/// # Errors
/// Those of the database; not found when the viewer may not see it.
pub async fn reschedule(
    state: &State,
    viewer: &Viewer,
    command: Reschedule,
) -> Outcome<AppointmentId, RescheduleRefusal> {
    let user = viewer.signed_in()?.user;
    let (card, granted) = granted(state, viewer, command.appointment, Action::Reschedule).await?;
    let now = state.clock.now();
    accept!(
        check_time(command.starts_at, now).map_err(|refusal| match refusal {
            BookRefusal::NotAFullMinute => RescheduleRefusal::NotAFullMinute,
            BookRefusal::TooFarAhead => RescheduleRefusal::TooFarAhead,
            _ => RescheduleRefusal::InThePast,
        })
    );
    let by_patient = granted.relationship() == Relationship::OneSelf;
    let cutoff = if by_patient {
        state.rules.cancel_cutoff
    } else {
        TimeDelta::zero()
    };
    let new_id: AppointmentId = state.clock.new_id();
    // A cell is bound to its row, so the reason is sealed anew for the new one.
    let reason = match &card.row.reason {
        None => None,
        Some(cell) => {
            let key = state
                .vault
                .open_key(card.patient.id.0, &card.patient.data_key)?;
            let old = Place::new("appointment", "reason", card.row.id.0);
            let text: String = key.open(old, cell)?;
            Some(key.seal(Place::new("appointment", "reason", new_id.0), &text)?)
        }
    };
    let claim = Arc::new(command.idempotency_key.as_ref().map(|key| {
        let input = format!(
            "{}|{}|{}",
            command.appointment, command.expected_version, command.starts_at
        );
        idempotency::Key::new(
            &state.vault,
            user,
            "rescheduleAppointment",
            key,
            input.as_bytes(),
        )
    }));
    state
        .db
        .write(move |tx| {
            let (command, claim, reason) = (command.clone(), Arc::clone(&claim), reason.clone());
            let (doctor, patient) = (card.row.doctor_id, card.row.patient_id);
            Box::pin(async move {
                if let Some(key) = claim.as_ref() {
                    match idempotency::claim(tx, key, new_id.0).await? {
                        Claim::Fresh => {}
                        Claim::Replay(id) => return Ok(Ok(AppointmentId(id))),
                        Claim::Reused => return Ok(Err(RescheduleRefusal::IdempotencyKeyReused)),
                    }
                }
                tx.lock(&store::locks(doctor, patient)).await?;
                let old = store::hold(tx, granted, command.appointment).await?;
                let old = old.ok_or(Fault::NotFound)?;
                if old.version != command.expected_version {
                    return Ok(Err(RescheduleRefusal::Conflict));
                }
                let moved = lifecycle::after(old.status, Move::Reschedule, old.starts_at, now);
                let status = accept!(moved.map_err(|stuck| match stuck {
                    Stuck::WrongState => RescheduleRefusal::WrongState,
                    Stuck::TooEarly | Stuck::TooLate => RescheduleRefusal::TooLate,
                }));
                if old.starts_at < now + cutoff {
                    return Ok(Err(RescheduleRefusal::TooLate));
                }
                let length = old.ends_at - old.starts_at;
                let new = appointment::Model {
                    id: new_id,
                    starts_at: command.starts_at,
                    ends_at: command.starts_at + length,
                    confirmed_at: None,
                    reason,
                    replaces_id: Some(old.id),
                    source_index: None,
                    version: 1,
                    created_at: now,
                    updated_at: now,
                    recorded_by: Some(user),
                    ..old.clone()
                };
                // The old one first: its own time must not stand in the way.
                let mut change = old.clone().into_active_model();
                change.status = Set(status);
                change.cancellation_reason = Set(Some(CancellationReason::Rescheduled));
                change.version = Set(old.version + 1);
                change.updated_at = Set(now);
                let old = accept!(store::update(tx, granted, change).await?);
                let time = (new.starts_at, new.ends_at);
                if let Some(taken) = store::clash(tx, granted, doctor, patient, time).await? {
                    return Ok(Err(taken.into()));
                }
                let facts = [
                    fact(EventKind::AppointmentCancelled, &old),
                    fact(EventKind::AppointmentCreated, &new),
                ];
                accept!(store::insert(tx, granted, new.into_active_model().reset_all()).await?);
                log::append(tx, &facts).await?;
                Ok(Ok(new_id))
            })
        })
        .await
}
