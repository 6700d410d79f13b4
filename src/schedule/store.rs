//! Selects and writes of doctors' hours. Whoever changes shows that the policy was asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use crate::access::Granted;
use crate::db::{Db, Stretch, Tx, Window};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::id::{AbsenceId, AvailabilityExceptionId, AvailabilityRuleId, DoctorId};
use entity::{absence, availability_exception as exception, availability_rule as rule};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel as _,
    PaginatorTrait, QueryFilter,
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

/// The absence, if there is one.
///
/// # Errors
/// Those of the database.
pub async fn absence(db: &Db, id: AbsenceId) -> Result<Option<absence::Model>, Fault> {
    Ok(absence::Entity::find_by_id(id).one(db.read()).await?)
}

/// A doctor's absences, the newest beginning first.
///
/// # Errors
/// Those of the database.
pub async fn absences(
    db: &Db,
    _: Granted,
    doctor: DoctorId,
    window: &Window<(DateTime<Utc>, AbsenceId)>,
) -> Result<Stretch<absence::Model>, Fault> {
    let columns = [
        absence::Column::StartsAt.into_expr(),
        absence::Column::Id.into_expr(),
    ];
    let select = absence::Entity::find().filter(absence::Column::DoctorId.eq(doctor));
    let select = window.over_newest(select, columns, |(starts_at, id)| {
        [(*starts_at).into(), (*id).into()]
    });
    Ok(window.cut(select.all(db.read()).await?))
}

/// How many absences a doctor has, those that are over too.
///
/// # Errors
/// Those of the database.
pub async fn count_absences<C: ConnectionTrait>(
    connection: &C,
    doctor: DoctorId,
) -> Result<u64, Fault> {
    let all = absence::Entity::find().filter(absence::Column::DoctorId.eq(doctor));
    Ok(all.count(connection).await?)
}

/// Writes an absence.
///
/// # Errors
/// Those of the database.
pub async fn insert_absence(tx: &Tx, _: Granted, row: absence::Model) -> Result<(), Fault> {
    absence::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Writes absences that nobody has marked through a verb.
///
/// # Errors
/// Those of the database.
pub async fn insert_absences(tx: &Tx, rows: Vec<absence::Model>) -> Result<(), Fault> {
    let rows = rows
        .into_iter()
        .map(|row| row.into_active_model().reset_all());
    absence::Entity::insert_many(rows)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Writes an absence over what it was; false when that has another version by now.
///
/// # Errors
/// Those of the database.
pub async fn update_absence(tx: &Tx, _: Granted, row: &absence::Model) -> Result<bool, Fault> {
    let changed = absence::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(absence::Column::Id.eq(row.id))
        .filter(absence::Column::Version.eq(row.version - 1))
        .exec(tx.connection())
        .await?;
    Ok(changed.rows_affected > 0)
}
