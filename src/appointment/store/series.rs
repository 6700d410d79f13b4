//! Series: what they were booked by, their appointments, and what stands in the way of many at once.

use super::overlap;
use crate::access::Granted;
use crate::appointment::series::{Standing, Wish};
use crate::db::{Kind, Tx};
use crate::error::Fault;
use entity::code::{AppointmentStatus, CancellationReason};
use entity::id::{AppointmentId, DoctorId, SeriesId, UserId};
use entity::{absence, appointment, appointment_series};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockType};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use std::collections::BTreeSet;

/// The appointments of a series that stand, in the order of the rule; inside a transaction of PostgreSQL's they are held
/// with [`hold_members`].
///
/// # Errors
/// Those of the database.
pub async fn members<C: ConnectionTrait>(
    connection: &C,
    series: SeriesId,
) -> Result<Vec<appointment::Model>, Fault> {
    Ok(standing_members(series).all(connection).await?)
}

/// The same, held against other writers until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn hold_members(
    tx: &Tx,
    _: Granted,
    series: SeriesId,
) -> Result<Vec<appointment::Model>, Fault> {
    let select = match tx.kind() {
        Kind::Postgres => standing_members(series).lock(LockType::Update),
        Kind::Sqlite => standing_members(series),
    };
    Ok(select.all(tx.connection()).await?)
}

fn standing_members(series: SeriesId) -> sea_orm::Select<appointment::Entity> {
    appointment::Entity::find()
        .filter(appointment::Column::SeriesId.eq(series))
        .filter(appointment::Column::Status.is_in(AppointmentStatus::LIVE))
        .order_by_asc(appointment::Column::Occurrence)
}

/// The series as it is now, held against other writers until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn hold_series(
    tx: &Tx,
    _: Granted,
    id: SeriesId,
) -> Result<Option<appointment_series::Model>, Fault> {
    let select = appointment_series::Entity::find_by_id(id);
    let select = match tx.kind() {
        Kind::Postgres => select.lock(LockType::Update),
        Kind::Sqlite => select,
    };
    Ok(select.one(tx.connection()).await?)
}

/// Writes a new series.
///
/// # Errors
/// Those of the database.
pub async fn insert_series(
    tx: &Tx,
    _: Granted,
    row: appointment_series::Model,
) -> Result<(), Fault> {
    appointment_series::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Writes series that nobody has asked for through a verb.
///
/// # Errors
/// Those of the database.
pub async fn insert_series_rows(
    tx: &Tx,
    rows: Vec<appointment_series::Model>,
) -> Result<(), Fault> {
    let rows = rows
        .into_iter()
        .map(|row| row.into_active_model().reset_all());
    appointment_series::Entity::insert_many(rows)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Counts a change of a series; of who receives from now on, if that is said.
///
/// # Errors
/// Those of the database.
pub async fn touch_series(tx: &Tx, id: SeriesId, doctor: Option<DoctorId>) -> Result<(), Fault> {
    let mut update = appointment_series::Entity::update_many()
        .col_expr(
            appointment_series::Column::Version,
            Expr::col(appointment_series::Column::Version).add(1),
        )
        .col_expr(
            appointment_series::Column::UpdatedAt,
            Expr::value(tx.clock().now()),
        )
        .filter(appointment_series::Column::Id.eq(id));
    if let Some(doctor) = doctor {
        update = update.col_expr(appointment_series::Column::DoctorId, Expr::value(doctor));
    }
    update.exec(tx.connection()).await?;
    Ok(())
}

/// What of these appointments' doctors and patients stands where one of them is wanted; not those that are to be replaced.
/// One statement, each time looked up by its own stretch of the index. Its word counts behind the locks only.
///
/// # Errors
/// Those of the database.
pub async fn standing<C: ConnectionTrait>(
    connection: &C,
    _: Granted,
    wanted: &[Wish],
    replaced: &[AppointmentId],
) -> Result<Vec<Standing>, Fault> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut any = Condition::any();
    for (row, _) in wanted {
        let from = row.blocked_from - super::LONGEST - super::LONGEST_BUFFER;
        let until = row.blocked_until + super::LONGEST_BUFFER;
        let near = || {
            Condition::all()
                .add(appointment::Column::StartsAt.gt(from))
                .add(appointment::Column::StartsAt.lt(until))
        };
        any = any
            .add(near().add(appointment::Column::DoctorId.eq(row.doctor_id)))
            .add(near().add(appointment::Column::PatientId.eq(row.patient_id)));
    }
    let rows = appointment::Entity::find()
        .filter(appointment::Column::Status.is_in(AppointmentStatus::LIVE))
        .filter(any)
        .all(connection)
        .await?;
    let stands = rows.iter().filter(|row| !replaced.contains(&row.id));
    Ok(stands.map(Standing::from).collect())
}

/// When the doctors of these appointments are away while one of them is wanted, or near that. Its word counts behind the
/// locks only.
///
/// # Errors
/// Those of the database.
pub async fn absences<C: ConnectionTrait>(
    connection: &C,
    wanted: impl Iterator<Item = &appointment::Model> + Clone,
) -> Result<Vec<absence::Model>, Fault> {
    let from = wanted.clone().map(|row| row.starts_at).min();
    let until = wanted.clone().map(|row| row.ends_at).max();
    let (Some(from), Some(until)) = (from, until) else {
        return Ok(Vec::new());
    };
    let doctors: BTreeSet<_> = wanted.map(|row| row.doctor_id).collect();
    Ok(absence::Entity::find()
        .filter(absence::Column::DoctorId.is_in(doctors))
        .filter(absence::Column::EndsAt.gt(from))
        .filter(absence::Column::StartsAt.lt(until))
        .all(connection)
        .await?)
}

/// Writes new appointments whose times are free, which was asked behind the locks.
///
/// # Errors
/// Those of the database.
pub async fn insert_all(tx: &Tx, _: Granted, rows: Vec<appointment::Model>) -> Result<(), Fault> {
    let rows = rows
        .into_iter()
        .map(|row| row.into_active_model().reset_all());
    match appointment::Entity::insert_many(rows)
        .exec_without_returning(tx.connection())
        .await
    {
        Ok(_) => Ok(()),
        Err(error) => {
            let _whose = overlap(error)?;
            Err(Fault::internal("a time was refused that nobody has taken"))
        }
    }
}

/// Calls off these appointments, which are held, and notes who did it; returns them as they are then.
///
/// # Errors
/// Those of the database.
pub async fn call_off(
    tx: &Tx,
    _: Granted,
    held: &[appointment::Model],
    reason: CancellationReason,
    by: UserId,
) -> Result<Vec<appointment::Model>, Fault> {
    let now = tx.clock().now();
    let called_off = appointment::Entity::update_many()
        .col_expr(
            appointment::Column::Status,
            Expr::value(AppointmentStatus::Cancelled),
        )
        .col_expr(appointment::Column::CancellationReason, Expr::value(reason))
        .col_expr(
            appointment::Column::Version,
            Expr::col(appointment::Column::Version).add(1),
        )
        .col_expr(appointment::Column::UpdatedAt, Expr::value(now))
        .filter(appointment::Column::Id.is_in(held.iter().map(|row| row.id)))
        .exec_with_returning(tx.connection())
        .await?;
    for from in AppointmentStatus::LIVE {
        let stood = |row: &&appointment::Model| {
            let before = held.iter().find(|one| one.id == row.id);
            before.is_some_and(|one| one.status == from)
        };
        let some: Vec<_> = called_off.iter().filter(stood).cloned().collect();
        super::history::note(tx, from, Some(by), &some).await?;
    }
    Ok(called_off)
}
