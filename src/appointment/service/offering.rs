//! Times for those who wait for one, in the transaction of whoever offers them: held, booked, let go. No viewer stands behind
//! a hold that is made here: whoever put the patient on the waiting list was asked then.

use super::fact;
use super::hours::placed;
use super::moving::is_away;
use super::slots::{LONGEST, calendar};
use crate::access::Granted;
use crate::appointment::store::{self, Taken};
use crate::db::Tx;
use crate::error::Fault;
use crate::event::log::Fact;
use crate::schedule::hours::Span;
use crate::schedule::slots::{self, Need, Slot};
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{AppointmentStatus, CancellationReason, EventKind};
use entity::id::{AppointmentId, DoctorId, PatientId, UserId, VisitTypeId};
use entity::{appointment, doctor, visit_type};
use sea_orm::{ActiveValue::Set, IntoActiveModel as _};
use std::collections::HashMap;
use std::sync::Arc;

/// A time for somebody who waits.
#[derive(Clone, Debug)]
pub struct Offering {
    /// The id that the hold gets.
    pub id: AppointmentId,
    /// For whom.
    pub patient: PatientId,
    /// With whom.
    pub doctor: Arc<doctor::Model>,
    /// For what.
    pub kind: Arc<visit_type::Model>,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when it is held.
    pub until: DateTime<Utc>,
}

/// What has become of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It still holds.
    Held,
    /// It was made a booking.
    Booked,
    /// It was called off.
    LetGo,
    /// Its time is over.
    Lapsed,
}

/// It holds no more, or is of no use: the doctor is away then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeld;

/// The times that a doctor can be booked at now and in the next 93 days, in order, for each of these kinds of visits: what
/// `slots` answers to whoever asks.
///
/// # Errors
/// Those of the database.
pub async fn open_times(
    state: &State,
    doctor: DoctorId,
    kinds: &[Arc<visit_type::Model>],
) -> Result<HashMap<VisitTypeId, Vec<Slot>>, Fault> {
    let now = state.clock.now();
    let within = Span {
        from: now,
        until: now + LONGEST,
    };
    let doctors = [doctor];
    let (calendar, mut busy) = futures_util::try_join!(
        calendar(state, doctor),
        store::busy(&state.db, &doctors, within)
    )?;
    let taken = slots::Taken::of(busy.remove(&doctor).unwrap_or_default());
    let free = |kind: &Arc<visit_type::Model>| {
        let need = Need::from(&**kind);
        let free = calendar.free(doctor, &need, within, now, &taken).collect();
        (kind.id, free)
    };
    Ok(kinds.iter().map(free).collect())
}

/// When these patients have appointments that are not over.
///
/// # Errors
/// Those of the database.
pub async fn taken_of(
    state: &State,
    patients: Vec<PatientId>,
) -> Result<HashMap<PatientId, Vec<Span>>, Fault> {
    store::taken_of(&state.db, patients).await
}

/// The keys of the locks behind which a time of this doctor and patient is given away.
#[must_use]
pub fn locks(doctor: DoctorId, patient: PatientId) -> [String; 2] {
    store::locks(doctor, patient)
}

/// Holds a time; the refusal is that somebody has it. Returns what is to be told. Call it behind [`locks`].
///
/// # Errors
/// Those of the database.
pub async fn hold_for(tx: &Tx, offering: &Offering) -> Result<Result<Vec<Fact>, Taken>, Fault> {
    let (now, kind) = (tx.clock().now(), &offering.kind);
    let need = Need::from(&**kind);
    let row = appointment::Model {
        id: offering.id,
        patient_id: offering.patient,
        doctor_id: offering.doctor.id,
        visit_type_id: Some(kind.id),
        starts_at: offering.starts_at,
        ends_at: offering.starts_at + TimeDelta::minutes(kind.minutes.into()),
        zone: offering.doctor.zone.clone(),
        modality: kind.modality,
        status: AppointmentStatus::Pending,
        confirmed_at: None,
        reason: None,
        cancellation_reason: None,
        replaces_id: None,
        source_index: None,
        version: 1,
        created_at: now,
        updated_at: now,
        recorded_by: None,
        blocked_from: offering.starts_at,
        blocked_until: offering.starts_at,
        group_key: offering.id.0,
        seat: 0,
        hold_expires_at: Some(offering.until),
        series_id: None,
        occurrence: None,
    };
    let row = placed(row, &need);
    let created = fact(EventKind::AppointmentCreated, &row);
    let granted = Granted::for_a_wish_that_is_kept();
    let told = store::take(tx, granted, row, need.capacity).await?;
    Ok(told.map(|mut told| {
        told.push(created);
        told
    }))
}

/// What has become of a hold; one whose time is over is called off on the way. Returns also what is to be told of that. Call
/// it behind [`locks`].
///
/// # Errors
/// Those of the database.
pub async fn outcome_of(tx: &Tx, id: AppointmentId) -> Result<(Outcome, Vec<Fact>), Fault> {
    let row = store::hold(tx, Granted::for_a_wish_that_is_kept(), id).await?;
    let row = row.ok_or_else(|| Fault::internal("an offer without its hold"))?;
    let is_over = row.hold_expires_at.is_some_and(|at| at <= tx.clock().now());
    let moved = Some(CancellationReason::Rescheduled);
    Ok(match (row.status, row.cancellation_reason) {
        (AppointmentStatus::Pending, _) if is_over => {
            (Outcome::Lapsed, store::release(tx, vec![id]).await?)
        }
        (AppointmentStatus::Pending, _) => (Outcome::Held, Vec::new()),
        (AppointmentStatus::Cancelled, Some(CancellationReason::HoldExpired)) => {
            (Outcome::Lapsed, Vec::new())
        }
        // Whoever has booked it has moved it since.
        (AppointmentStatus::Cancelled, reason) if reason == moved => (Outcome::Booked, Vec::new()),
        (AppointmentStatus::Cancelled | AppointmentStatus::EnteredInError, _) => {
            (Outcome::LetGo, Vec::new())
        }
        _ => (Outcome::Booked, Vec::new()),
    })
}

/// The hold, if it still holds.
async fn held(
    tx: &Tx,
    granted: Granted,
    id: AppointmentId,
) -> Result<Option<appointment::Model>, Fault> {
    let now = tx.clock().now();
    let row = store::hold(tx, granted, id).await?;
    Ok(row.filter(|row| {
        row.status == AppointmentStatus::Pending && row.hold_expires_at.is_some_and(|at| at > now)
    }))
}

/// Makes a booking of a hold. Returns what is to be told. Call it behind [`locks`].
///
/// # Errors
/// Those of the database.
pub async fn confirm_held(
    tx: &Tx,
    granted: Granted,
    id: AppointmentId,
    by: UserId,
) -> Result<Result<Vec<Fact>, NotHeld>, Fault> {
    let Some(row) = held(tx, granted, id).await? else {
        return Ok(Err(NotHeld));
    };
    if is_away(tx, &row).await? {
        return Ok(Err(NotHeld));
    }
    let now = tx.clock().now();
    let (from, version) = ((row.status, by), row.version + 1);
    let mut change = row.into_active_model();
    change.status = Set(AppointmentStatus::Booked);
    change.confirmed_at = Set(Some(now));
    change.hold_expires_at = Set(None);
    change.version = Set(version);
    change.updated_at = Set(now);
    match store::update(tx, granted, from, change).await? {
        Ok(row) => Ok(Ok(vec![fact(EventKind::AppointmentUpdated, &row)])),
        Err(_) => Ok(Err(NotHeld)),
    }
}

/// Calls a hold off, if it still holds. Returns what is to be told. Call it behind [`locks`].
///
/// # Errors
/// Those of the database.
pub async fn let_go(
    tx: &Tx,
    granted: Granted,
    id: AppointmentId,
    (by, reason): (UserId, CancellationReason),
) -> Result<Vec<Fact>, Fault> {
    let Some(row) = held(tx, granted, id).await? else {
        return Ok(Vec::new());
    };
    let (from, version) = ((row.status, by), row.version + 1);
    let mut change = row.into_active_model();
    change.status = Set(AppointmentStatus::Cancelled);
    change.cancellation_reason = Set(Some(reason));
    change.version = Set(version);
    change.updated_at = Set(tx.clock().now());
    let row = store::update(tx, granted, from, change).await?;
    let told = |row| fact(EventKind::AppointmentCancelled, &row);
    Ok(row.ok().map(told).into_iter().collect())
}
