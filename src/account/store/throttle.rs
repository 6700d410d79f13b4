//! The table of failures to sign in.

use crate::db::Tx;
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::cell::BlindIndex;
use entity::sign_in_throttle as throttle;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
};

/// What is known of these subjects; those without a row have failed in nothing. Call it behind their locks.
pub async fn failures(tx: &Tx, subjects: Vec<BlindIndex>) -> Result<Vec<throttle::Model>, Fault> {
    Ok(throttle::Entity::find()
        .filter(throttle::Column::Subject.is_in(subjects))
        .all(tx.connection())
        .await?)
}

/// Writes what is known of subjects now.
pub async fn record(tx: &Tx, rows: Vec<throttle::Model>) -> Result<(), Fault> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows
        .into_iter()
        .map(|row| row.into_active_model().reset_all());
    throttle::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::column(throttle::Column::Subject)
                .update_columns([
                    throttle::Column::Failures,
                    throttle::Column::BlockedUntil,
                    throttle::Column::UpdatedAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Forgets a subject's failures.
pub async fn clear(tx: &Tx, subject: &BlindIndex) -> Result<(), Fault> {
    throttle::Entity::delete_by_id(subject.clone())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Deletes what no longer decides anything: buckets of addresses (their levels are above any count of failures) that
/// have long drained, and failures within what is free anyway. Returns how many.
pub async fn delete_stale(
    tx: &Tx,
    most_failures: i64,
    drained: DateTime<Utc>,
    free_failures: i64,
    forgiven: DateTime<Utc>,
) -> Result<u64, Fault> {
    let bucket = Condition::all()
        .add(throttle::Column::Failures.gt(most_failures))
        .add(throttle::Column::UpdatedAt.lt(drained));
    let trifle = Condition::all()
        .add(throttle::Column::Failures.lte(free_failures))
        .add(throttle::Column::UpdatedAt.lt(forgiven));
    let deleted = throttle::Entity::delete_many()
        .filter(Condition::any().add(bucket).add(trifle))
        .exec(tx.connection())
        .await?;
    Ok(deleted.rows_affected)
}
