//! Selects and writes of the chart. What is read by key is read by the process's loaders; changes want proof that the
//! policy was asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

pub mod alert;
pub mod threshold;

use super::sealed::{SealedChange, SealedRecord};
use crate::access::Granted;
use crate::db::{Db, Tx};
use crate::error::Fault;
use entity::code::{RecordKind, RecordStatus};
use entity::id::{PanelId, PatientId};
use entity::{chart_record, chart_version};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, EntityTrait, IntoActiveModel as _, PaginatorTrait,
    QueryFilter, QueryOrder,
};
use std::sync::Arc;

/// Rows a statement: 13 columns each, and SQLite takes 32,766 parameters.
const MOST: usize = 1500;

/// Writes new entries with their first versions.
///
/// # Errors
/// Those of the database.
pub async fn insert(tx: &Tx, _: Granted, rows: Vec<SealedRecord>) -> Result<(), Fault> {
    insert_rows(tx, rows).await
}

/// The same for samples, which ask no policy.
///
/// # Errors
/// Those of the database.
pub async fn insert_rows(tx: &Tx, rows: Vec<SealedRecord>) -> Result<(), Fault> {
    for some in rows.chunks(MOST) {
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
