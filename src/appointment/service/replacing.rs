//! One appointment in the place of another, both or neither: at another time, with another doctor, or both.

use super::fact;
use super::hours::placed;
use super::rescheduling::RescheduleRefusal;
use crate::accept;
use crate::access::Granted;
use crate::appointment::lifecycle::{self, Move, Stuck};
use crate::appointment::store;
use crate::db::Tx;
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::schedule::slots::Need;
use crate::state::{Card, State};
use crate::vault::Place;
use chrono::{DateTime, TimeDelta, Utc};
use entity::appointment;
use entity::cell::Sealed;
use entity::code::{AppointmentStatus, CancellationReason, EventKind};
use entity::id::{AppointmentId, DoctorId, UserId};
use sea_orm::{ActiveValue::Set, IntoActiveModel};

/// What is to stand in an appointment's place.
#[derive(Clone, Debug)]
pub(super) struct Replacement {
    /// Of which.
    pub old: appointment::Model,
    /// As whoever asks knows it.
    pub expected_version: i32,
    /// Which move it is.
    pub doing: Move,
    /// The new one's id.
    pub id: AppointmentId,
    /// With whom, and their zone.
    pub doctor: (DoctorId, String),
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// What the visit asks of a time.
    pub need: Need,
    /// Sealed for the new one.
    pub reason: Option<Sealed>,
    /// So long before its beginning it can be moved at the latest.
    pub cutoff: TimeDelta,
    /// Whether the doctor must agree to it first.
    pub needs_approval: bool,
    /// Whether the doctor offers that time.
    pub is_offered: bool,
    /// Who does it.
    pub user: UserId,
    /// When.
    pub now: DateTime<Utc>,
}

/// The reason of an appointment as the one in its place keeps it: a cell is bound to its row.
pub(super) fn resealed(
    state: &State,
    card: &Card,
    new: AppointmentId,
) -> Result<Option<Sealed>, Fault> {
    let Some(cell) = &card.row.reason else {
        return Ok(None);
    };
    let key = card.patient.key(&state.vault)?;
    let old = Place::new("appointment", "reason", card.row.id.0);
    let text: String = key.open(old, cell)?;
    Ok(Some(
        key.seal(Place::new("appointment", "reason", new.0), &text)?,
    ))
}

/// The keys of the locks for it: doctors before the patient, always, and of two doctors the same one first.
fn locks(with: &Replacement) -> Vec<String> {
    let [old, patient] = store::locks(with.old.doctor_id, with.old.patient_id);
    let [new, _] = store::locks(with.doctor.0, with.old.patient_id);
    let mut keys = vec![old, new];
    keys.sort_unstable();
    keys.dedup();
    keys.push(patient);
    keys
}

/// Puts it there, and tells of both.
///
/// # Errors
/// Those of the database; not found when the old one is gone.
pub(super) async fn replace(
    tx: &mut Tx,
    granted: Granted,
    with: Replacement,
) -> Outcome<AppointmentId, RescheduleRefusal> {
    tx.lock(&locks(&with)).await?;
    let old = store::hold(tx, granted, with.old.id).await?;
    let old = old.ok_or(Fault::NotFound)?;
    if old.version != with.expected_version {
        return Ok(Err(RescheduleRefusal::Conflict));
    }
    let moved = lifecycle::after(old.status, with.doing, old.starts_at, with.now);
    let status = accept!(moved.map_err(|stuck| match stuck {
        Stuck::WrongState => RescheduleRefusal::WrongState,
        Stuck::TooEarly | Stuck::TooLate => RescheduleRefusal::TooLate,
    }));
    if old.starts_at < with.now + with.cutoff {
        return Ok(Err(RescheduleRefusal::TooLate));
    }
    let (doctor, zone) = with.doctor;
    if (old.starts_at, old.doctor_id) == (with.starts_at, doctor) {
        return Ok(Err(RescheduleRefusal::SameTime));
    }
    if with.needs_approval {
        return Ok(Err(RescheduleRefusal::NeedsApproval));
    }
    if !with.is_offered {
        return Ok(Err(RescheduleRefusal::NotAvailable));
    }
    let length = old.ends_at - old.starts_at;
    let new = appointment::Model {
        id: with.id,
        doctor_id: doctor,
        zone,
        starts_at: with.starts_at,
        ends_at: with.starts_at + length,
        // What was asked for is still to be accepted; what was agreed stays so, and whoever had come early has not come yet.
        status: match old.status {
            AppointmentStatus::Proposed => AppointmentStatus::Proposed,
            _ => AppointmentStatus::Booked,
        },
        confirmed_at: None,
        reason: with.reason,
        replaces_id: Some(old.id),
        source_index: None,
        version: 1,
        created_at: with.now,
        updated_at: with.now,
        recorded_by: Some(with.user),
        ..old.clone()
    };
    let new = placed(new, &with.need);
    // The old one first: its own time must not stand in the way.
    let mut change = old.clone().into_active_model();
    change.status = Set(status);
    change.cancellation_reason = Set(Some(CancellationReason::Rescheduled));
    change.version = Set(old.version + 1);
    change.updated_at = Set(with.now);
    let from = (old.status, with.user);
    let old = accept!(store::update(tx, granted, from, change).await?);
    let mut told = vec![
        fact(EventKind::AppointmentCancelled, &old),
        fact(EventKind::AppointmentCreated, &new),
    ];
    told.extend(accept!(
        store::take(tx, granted, new, with.need.capacity).await?
    ));
    log::append(tx, &told).await?;
    Ok(Ok(with.id))
}
