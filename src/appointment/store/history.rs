//! What was done to appointments after they were made: written with each change, in its transaction.

use crate::db::Tx;
use crate::error::Fault;
use entity::code::AppointmentStatus;
use entity::id::UserId;
use entity::{appointment, appointment_change};
use sea_orm::{ActiveValue::Set, EntityTrait as _};

/// Notes that these appointments, which stood there, are now as they are; nobody did it when it was time.
pub(super) async fn note(
    tx: &Tx,
    from: AppointmentStatus,
    by: Option<UserId>,
    changed: &[appointment::Model],
) -> Result<(), Fault> {
    if changed.is_empty() {
        return Ok(());
    }
    let rows = changed.iter().map(|row| appointment_change::ActiveModel {
        appointment_id: Set(row.id),
        version: Set(row.version),
        from_status: Set(from),
        status: Set(row.status),
        cancellation_reason: Set(row.cancellation_reason),
        occurred_at: Set(row.updated_at),
        recorded_by: Set(by),
    });
    appointment_change::Entity::insert_many(rows)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}
