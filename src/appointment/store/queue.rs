//! Who has come, and was called in.

use crate::db::Tx;
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::{appointment, attendance};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};

/// Notes that somebody has come to this appointment.
///
/// # Errors
/// Those of the database.
pub async fn note_arrival(
    tx: &Tx,
    row: &appointment::Model,
    at: DateTime<Utc>,
) -> Result<(), Fault> {
    insert(tx, row, at, None).await
}

/// Notes that they were called in; false when they had been already. Of one who came before arrivals were noted, the last
/// change of the appointment is when they came.
///
/// # Errors
/// Those of the database.
pub async fn note_call(
    tx: &Tx,
    row: &appointment::Model,
    at: DateTime<Utc>,
) -> Result<bool, Fault> {
    let called = attendance::Entity::update_many()
        .col_expr(attendance::Column::CalledAt, Expr::value(at))
        .filter(attendance::Column::AppointmentId.eq(row.id))
        .filter(attendance::Column::CalledAt.is_null())
        .exec(tx.connection())
        .await?;
    if called.rows_affected > 0 {
        return Ok(true);
    }
    let noted = attendance::Entity::find_by_id(row.id)
        .count(tx.connection())
        .await?;
    if noted > 0 {
        return Ok(false);
    }
    insert(tx, row, row.updated_at, Some(at)).await?;
    Ok(true)
}

async fn insert(
    tx: &Tx,
    row: &appointment::Model,
    arrived_at: DateTime<Utc>,
    called_at: Option<DateTime<Utc>>,
) -> Result<(), Fault> {
    attendance::Entity::insert(attendance::ActiveModel {
        appointment_id: Set(row.id),
        doctor_id: Set(row.doctor_id),
        arrived_at: Set(arrived_at),
        called_at: Set(called_at),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}
