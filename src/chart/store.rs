//! Selects and writes of the chart. What is read by key is read by the process's loaders; changes want proof that the
//! policy was asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

pub mod alert;
pub mod source;
pub mod threshold;

use super::sealed::{SealedChange, SealedRecord};
use crate::access::Granted;
use crate::db::{Db, Tx, breaks};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::code::{RecordKind, RecordStatus};
use entity::id::{PanelId, PatientId, RecordId};
use entity::{chart_record, chart_version};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, DbErr, EntityTrait, IntoActiveModel as _, Iterable as _,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::sync::Arc;

/// Parameters a statement; SQLite takes 32,766 (SQLite, "Implementation Limits").
const PARAMETERS: usize = 30_000;

/// Writes new entries with their first versions; false when one is the visit of an appointment that has one. Nothing more is
/// to be written in the transaction then.
///
/// # Errors
/// Those of the database.
pub async fn insert(tx: &Tx, _: Granted, rows: Vec<SealedRecord>) -> Result<bool, Fault> {
    match write(tx, rows).await {
        Err(error) if breaks(&error, "chart_one_visit", "chart_record.appointment_id") => Ok(false),
        written => written.map(|()| true).map_err(Into::into),
    }
}

/// The same for samples, which ask no policy.
///
/// # Errors
/// Those of the database.
pub async fn insert_rows(tx: &Tx, rows: Vec<SealedRecord>) -> Result<(), Fault> {
    Ok(write(tx, rows).await?)
}

async fn write(tx: &Tx, rows: Vec<SealedRecord>) -> Result<(), DbErr> {
    for some in rows.chunks(PARAMETERS / chart_record::Column::iter().count()) {
        // `reset_all`: what came from a model counts as unchanged, and is to be written all the same.
        let records = some
            .iter()
            .map(|row| row.record.clone().into_active_model().reset_all());
        chart_record::Entity::insert_many(records)
            .exec_without_returning(tx.connection())
            .await?;
        let versions = some
            .iter()
            .map(|row| row.version.clone().into_active_model().reset_all());
        chart_version::Entity::insert_many(versions)
            .exec_without_returning(tx.connection())
            .await?;
    }
    Ok(())
}

/// Changes an entry of this patient, and notes the version that comes of it; false when its version is another by now.
///
/// # Errors
/// Those of the database.
pub async fn update(
    tx: &Tx,
    _: Granted,
    patient: PatientId,
    change: SealedChange,
) -> Result<bool, Fault> {
    let changed = chart_record::Entity::update_many()
        .set(change.row)
        .filter(chart_record::Column::Id.eq(change.id))
        .filter(chart_record::Column::PatientId.eq(patient))
        .filter(chart_record::Column::Version.eq(change.from))
        .exec(tx.connection())
        .await?;
    if changed.rows_affected == 0 {
        return Ok(false);
    }
    chart_version::Entity::insert(change.version.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(true)
}

/// How many entries of a kind a chart has, those entered in error too.
///
/// # Errors
/// Those of the database.
pub async fn count(tx: &Tx, patient: PatientId, kind: RecordKind) -> Result<u64, Fault> {
    Ok(chart_record::Entity::find()
        .filter(chart_record::Column::PatientId.eq(patient))
        .filter(chart_record::Column::Kind.eq(kind))
        .count(tx.connection())
        .await?)
}

/// Which entries of a chart are asked for.
pub struct Wish {
    /// Of these kinds.
    pub kinds: Vec<RecordKind>,
    /// Standing so; all but those entered in error when there are none.
    pub statuses: Vec<RecordStatus>,
    /// From this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Until before this one.
    pub to: Option<DateTime<Utc>>,
    /// So many at most.
    pub most: u64,
}

/// The entries of this patient that are asked for, by when they happened.
///
/// # Errors
/// Those of the database.
pub async fn search(
    db: &Db,
    _: Granted,
    patient: PatientId,
    wish: Wish,
) -> Result<Vec<Arc<chart_record::Model>>, Fault> {
    use chart_record::Column;
    let status = match wish.statuses.is_empty() {
        true => Column::Status.ne(RecordStatus::EnteredInError),
        false => Column::Status.is_in(wish.statuses),
    };
    let mut select = chart_record::Entity::find()
        .filter(Column::PatientId.eq(patient))
        .filter(Column::Kind.is_in(wish.kinds))
        .filter(status);
    if let Some(from) = wish.from {
        select = select.filter(Column::EffectiveAt.gte(from));
    }
    if let Some(to) = wish.to {
        select = select.filter(Column::EffectiveAt.lt(to));
    }
    let rows = select
        .order_by_asc(Column::EffectiveAt)
        .order_by_asc(Column::Id)
        .limit(wish.most)
        .all(db.read())
        .await?;
    Ok(rows.into_iter().map(Arc::new).collect())
}

/// The next entries of this patient after one, by their ids, of all kinds and however they stand.
///
/// # Errors
/// Those of the database.
pub async fn after(
    db: &Db,
    _: Granted,
    patient: PatientId,
    after: Option<RecordId>,
    most: u64,
) -> Result<Vec<chart_record::Model>, Fault> {
    let mut select =
        chart_record::Entity::find().filter(chart_record::Column::PatientId.eq(patient));
    if let Some(after) = after {
        select = select.filter(chart_record::Column::Id.gt(after));
    }
    Ok(select
        .order_by_asc(chart_record::Column::Id)
        .limit(most)
        .all(db.read())
        .await?)
}

/// The key of the lock behind which medications are ordered for this patient.
#[must_use]
pub fn prescribing(patient: PatientId) -> String {
    format!("prescribing:{patient}")
}

/// What of a patient's chart an order is held against, as it stands: active allergies, and active medications of either kind.
///
/// # Errors
/// Those of the database.
pub async fn held_against(tx: &Tx, patient: PatientId) -> Result<Vec<chart_record::Model>, Fault> {
    let kinds = [
        RecordKind::Allergy,
        RecordKind::MedicationRequest,
        RecordKind::MedicationStatement,
    ];
    Ok(chart_record::Entity::find()
        .filter(chart_record::Column::PatientId.eq(patient))
        .filter(chart_record::Column::Kind.is_in(kinds))
        .filter(chart_record::Column::Status.eq(RecordStatus::Active))
        .order_by_asc(chart_record::Column::Id)
        .all(tx.connection())
        .await?)
}

/// The vital signs of this patient that were taken together.
///
/// # Errors
/// Those of the database.
pub async fn panel(
    db: &Db,
    _: Granted,
    patient: PatientId,
    panel: PanelId,
) -> Result<Vec<Arc<chart_record::Model>>, Fault> {
    let rows = chart_record::Entity::find()
        .filter(chart_record::Column::PanelId.eq(panel))
        .filter(chart_record::Column::PatientId.eq(patient))
        .order_by_asc(chart_record::Column::Id)
        .all(db.read())
        .await?;
    Ok(rows.into_iter().map(Arc::new).collect())
}
