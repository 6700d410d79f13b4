//! Selects and writes of doctors' hours. Whoever changes shows that the policy was asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use crate::access::Granted;
use crate::db::{Db, Tx};
use crate::error::Fault;
use entity::id::{AvailabilityExceptionId, AvailabilityRuleId, DoctorId};
use entity::{availability_exception as exception, availability_rule as rule};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, EntityTrait, IntoActiveModel as _, PaginatorTrait,
    QueryFilter,
};

/// The rule, if there is one.
///
/// # Errors
/// Those of the database.
pub async fn rule(db: &Db, id: AvailabilityRuleId) -> Result<Option<rule::Model>, Fault> {
    Ok(rule::Entity::find_by_id(id).one(db.read()).await?)
}

/// The exception, if there is one.
///
/// # Errors
/// Those of the database.
pub async fn exception(
    db: &Db,
    id: AvailabilityExceptionId,
) -> Result<Option<exception::Model>, Fault> {
    Ok(exception::Entity::find_by_id(id).one(db.read()).await?)
}

/// How many rules and exceptions a doctor has, those that are over too.
///
/// # Errors
/// Those of the database.
pub async fn counts(tx: &Tx, doctor: DoctorId) -> Result<(u64, u64), Fault> {
    let rules = rule::Entity::find().filter(rule::Column::DoctorId.eq(doctor));
    let exceptions = exception::Entity::find().filter(exception::Column::DoctorId.eq(doctor));
    Ok((
        rules.count(tx.connection()).await?,
        exceptions.count(tx.connection()).await?,
    ))
}

/// Writes rules.
///
/// # Errors
/// Those of the database.
pub async fn insert_rules(tx: &Tx, rows: Vec<rule::Model>) -> Result<(), Fault> {
    for some in rows.chunks(500) {
        let rows = some.iter().cloned();
        rule::Entity::insert_many(rows.map(|row| row.into_active_model().reset_all()))
            .exec_without_returning(tx.connection())
            .await?;
    }
    Ok(())
}

/// Writes a rule over what it was; false when that has another version by now, or is gone.
///
/// # Errors
/// Those of the database.
pub async fn update_rule(tx: &Tx, _: Granted, row: &rule::Model) -> Result<bool, Fault> {
    let changed = rule::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(rule::Column::Id.eq(row.id))
        .filter(rule::Column::Version.eq(row.version - 1))
        .exec(tx.connection())
        .await?;
    Ok(changed.rows_affected > 0)
}

/// Takes a rule away; false when it has another version by now, or is gone.
///
/// # Errors
/// Those of the database.
pub async fn delete_rule(
    tx: &Tx,
    _: Granted,
    id: AvailabilityRuleId,
    version: i32,
) -> Result<bool, Fault> {
    let deleted = rule::Entity::delete_many()
        .filter(rule::Column::Id.eq(id))
        .filter(rule::Column::Version.eq(version))
        .exec(tx.connection())
        .await?;
    Ok(deleted.rows_affected > 0)
}

/// Writes an exception.
///
/// # Errors
/// Those of the database.
pub async fn insert_exception(tx: &Tx, _: Granted, row: exception::Model) -> Result<(), Fault> {
    exception::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Takes an exception away.
///
/// # Errors
/// Those of the database.
pub async fn delete_exception(
    tx: &Tx,
    _: Granted,
    id: AvailabilityExceptionId,
) -> Result<(), Fault> {
    exception::Entity::delete_by_id(id)
        .exec(tx.connection())
        .await?;
    Ok(())
}
