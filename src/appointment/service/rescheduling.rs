//! Moving to another time: a new appointment that replaces the old one, both or neither.

use super::booking::{BookRefusal, check_time};
use super::hours::{need, offered, placed};
use super::{fact, granted};
use crate::accept;
use crate::access::{Action, Relationship, Viewer};
use crate::appointment::lifecycle::{self, Move, Stuck};
use crate::appointment::store::{self, Taken};
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency::{self, Claim};
use crate::state::State;
use crate::vault::Place;
use chrono::{DateTime, TimeDelta, Utc};
use entity::appointment;
use entity::code::{CancellationReason, EventKind};
use entity::id::AppointmentId;
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use std::sync::Arc;

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
    /// It is at that time already.
    SameTime,
    /// The doctor's hours do not offer that time.
    NotAvailable,
    /// The doctor must accept visits of this type: ask for the other time instead.
    NeedsApproval,
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
    let time = check_time(command.starts_at, now).map_err(|refusal| match refusal {
        BookRefusal::NotAFullMinute => RescheduleRefusal::NotAFullMinute,
        BookRefusal::TooFarAhead => RescheduleRefusal::TooFarAhead,
        _ => RescheduleRefusal::InThePast,
    });
    let by_patient = granted.relationship() == Relationship::OneSelf;
    let kind = match card.row.visit_type_id {
        Some(kind) => state.loaders.visit_types.load(kind).await?,
        None => None,
    };
    let needs_approval = by_patient && kind.as_ref().is_some_and(|kind| kind.requires_approval);
    let need = need(kind.as_deref(), card.row.ends_at - card.row.starts_at);
    let doctor = card.row.doctor_id;
    let is_offered = !by_patient || offered(state, doctor, &need, command.starts_at).await?;
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
            let key = card.patient.key(&state.vault)?;
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
        .write(viewer, move |tx| {
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
                // Not before: what was in the future at the first try may be past when it is repeated.
                accept!(time);
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
                if old.starts_at == command.starts_at {
                    return Ok(Err(RescheduleRefusal::SameTime));
                }
                if needs_approval {
                    // The doctor has agreed to that time, and not to any other.
                    return Ok(Err(RescheduleRefusal::NeedsApproval));
                }
                if !is_offered {
                    return Ok(Err(RescheduleRefusal::NotAvailable));
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
                let new = placed(new, &need);
                // The old one first: its own time must not stand in the way.
                let mut change = old.clone().into_active_model();
                change.status = Set(status);
                change.cancellation_reason = Set(Some(CancellationReason::Rescheduled));
                change.version = Set(old.version + 1);
                change.updated_at = Set(now);
                let from = (old.status, user);
                let old = accept!(store::update(tx, granted, from, change).await?);
                let mut told = vec![
                    fact(EventKind::AppointmentCancelled, &old),
                    fact(EventKind::AppointmentCreated, &new),
                ];
                told.extend(accept!(store::take(tx, granted, new, need.capacity).await?));
                log::append(tx, &told).await?;
                Ok(Ok(new_id))
            })
        })
        .await
}
