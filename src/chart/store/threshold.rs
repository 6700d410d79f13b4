//! Selects and writes of the bounds that care teams set. A version is added, and never changed.

use crate::access::Granted;
use crate::db::Tx;
use crate::error::Fault;
use entity::cell::BlindIndex;
use entity::id::PatientId;
use entity::vital_threshold as threshold;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder,
};

/// The key of the lock behind which bounds of this patient are set.
#[must_use]
pub fn lock(patient: PatientId) -> String {
    format!("bounds:{patient}")
}

/// All bounds that were ever set for this patient, the first first.
///
/// # Errors
/// Those of the database.
pub async fn of(tx: &Tx, patient: PatientId) -> Result<Vec<threshold::Model>, Fault> {
    Ok(threshold::Entity::find()
        .filter(threshold::Column::PatientId.eq(patient))
        .order_by_asc(threshold::Column::Version)
        .all(tx.connection())
        .await?)
}

/// The newest version of one measure's bounds; 0 when none were ever set. Call it behind [`lock`].
///
/// # Errors
/// Those of the database.
pub async fn newest(tx: &Tx, patient: PatientId, measure: &BlindIndex) -> Result<i32, Fault> {
    let row = threshold::Entity::find()
        .filter(threshold::Column::PatientId.eq(patient))
        .filter(threshold::Column::MeasureIndex.eq(measure.clone()))
        .order_by_desc(threshold::Column::Version)
        .one(tx.connection())
        .await?;
    Ok(row.map_or(0, |row| row.version))
}

/// Writes a version of bounds.
///
/// # Errors
/// Those of the database.
pub async fn insert(tx: &Tx, _: Granted, row: threshold::Model) -> Result<(), Fault> {
    threshold::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}
