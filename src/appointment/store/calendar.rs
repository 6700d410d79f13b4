//! What the calendar asks of appointments: when doctors are taken, and which holds there are.

use crate::db::{Db, Tx, among};
use crate::error::Fault;
use crate::schedule::hours::Span;
use crate::schedule::slots::Busy;
use chrono::{DateTime, Utc};
use entity::appointment;
use entity::code::AppointmentStatus;
use entity::id::{AppointmentId, DoctorId, PatientId, UserId};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;
use uuid::Uuid;

/// That a live appointment is no hold whose time is over.
fn stands(now: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(appointment::Column::Status.ne(AppointmentStatus::Pending))
        .add(appointment::Column::HoldExpiresAt.is_null())
        .add(appointment::Column::HoldExpiresAt.gt(now))
}

/// What of these doctors' time stands in the way of visits that begin between these instants; of whom nothing does, is not
/// among them. It names nobody.
///
/// # Errors
/// Those of the database.
pub async fn busy(
    db: &Db,
    doctors: &[DoctorId],
    within: Span,
) -> Result<HashMap<DoctorId, Vec<Busy>>, Fault> {
    // What is taken can be as long as what is looked for, and each can have buffers that meet the other's.
    let around = super::LONGEST + super::LONGEST_BUFFER + super::LONGEST_BUFFER;
    let these = among(
        db.kind(),
        appointment::Column::DoctorId,
        doctors.iter().copied(),
    );
    let rows: Vec<(DoctorId, DateTime<Utc>, DateTime<Utc>, Uuid)> = appointment::Entity::find()
        .select_only()
        .columns([
            appointment::Column::DoctorId,
            appointment::Column::BlockedFrom,
            appointment::Column::BlockedUntil,
            appointment::Column::GroupKey,
        ])
        .filter(these)
        .filter(appointment::Column::StartsAt.lt(within.until + around))
        .filter(appointment::Column::StartsAt.gt(within.from - around))
        .filter(appointment::Column::Status.is_in(AppointmentStatus::LIVE))
        .filter(stands(db.clock().now()))
        .into_tuple()
        .all(db.read())
        .await?;
    let mut busy: HashMap<DoctorId, Vec<Busy>> = HashMap::new();
    for (doctor, from, until, group_key) in rows {
        busy.entry(doctor).or_default().push(Busy {
            span: Span { from, until },
            group_key,
        });
    }
    Ok(busy)
}

/// Where these patients are between these instants, by which appointment.
///
/// # Errors
/// Those of the database.
pub async fn whereabouts(
    db: &Db,
    patients: impl IntoIterator<Item = PatientId>,
    within: Span,
) -> Result<HashMap<PatientId, Vec<(AppointmentId, Span)>>, Fault> {
    let rows: Vec<(PatientId, AppointmentId, DateTime<Utc>, DateTime<Utc>)> =
        appointment::Entity::find()
            .select_only()
            .columns([
                appointment::Column::PatientId,
                appointment::Column::Id,
                appointment::Column::StartsAt,
                appointment::Column::EndsAt,
            ])
            .filter(among(db.kind(), appointment::Column::PatientId, patients))
            .filter(appointment::Column::StartsAt.lt(within.until + super::LONGEST))
            .filter(appointment::Column::StartsAt.gt(within.from - super::LONGEST))
            .filter(appointment::Column::Status.is_in(AppointmentStatus::LIVE))
            .filter(stands(db.clock().now()))
            .into_tuple()
            .all(db.read())
            .await?;
    let mut found: HashMap<PatientId, Vec<(AppointmentId, Span)>> = HashMap::new();
    for (patient, appointment, from, until) in rows {
        let visits = found.entry(patient).or_default();
        visits.push((appointment, Span { from, until }));
    }
    Ok(found)
}

/// How many holds this user has made that still hold.
///
/// # Errors
/// Those of the database.
pub async fn held_by(tx: &Tx, user: UserId) -> Result<u64, Fault> {
    Ok(appointment::Entity::find()
        .filter(appointment::Column::Status.eq(AppointmentStatus::Pending))
        .filter(appointment::Column::RecordedBy.eq(user))
        .filter(appointment::Column::HoldExpiresAt.gt(tx.clock().now()))
        .count(tx.connection())
        .await?)
}

/// Some of the holds whose time is over, the first of them first.
///
/// # Errors
/// Those of the database.
pub async fn expired_holds(db: &Db, most: u64) -> Result<Vec<AppointmentId>, Fault> {
    Ok(appointment::Entity::find()
        .select_only()
        .column(appointment::Column::Id)
        .filter(appointment::Column::Status.eq(AppointmentStatus::Pending))
        .filter(appointment::Column::HoldExpiresAt.lte(db.clock().now()))
        .order_by_asc(appointment::Column::HoldExpiresAt)
        .limit(most)
        .into_tuple()
        .all(db.read())
        .await?)
}

/// When these patients have appointments that are not over.
///
/// # Errors
/// Those of the database.
pub async fn taken_of(
    db: &Db,
    patients: Vec<PatientId>,
) -> Result<HashMap<PatientId, Vec<Span>>, Fault> {
    let now = db.clock().now();
    let these = among(db.kind(), appointment::Column::PatientId, patients);
    let rows: Vec<(PatientId, DateTime<Utc>, DateTime<Utc>)> = appointment::Entity::find()
        .select_only()
        .columns([
            appointment::Column::PatientId,
            appointment::Column::StartsAt,
            appointment::Column::EndsAt,
        ])
        .filter(these)
        .filter(appointment::Column::EndsAt.gt(now))
        .filter(appointment::Column::Status.is_in(AppointmentStatus::LIVE))
        .filter(stands(now))
        .into_tuple()
        .all(db.read())
        .await?;
    let mut taken: HashMap<PatientId, Vec<Span>> = HashMap::new();
    for (patient, from, until) in rows {
        let span = Span { from, until };
        taken.entry(patient).or_default().push(span);
    }
    Ok(taken)
}
