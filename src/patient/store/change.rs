//! Changing one patient, and the insurances of one.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use super::MrnTaken;
use crate::access::Granted;
use crate::db::{Db, Tx, breaks};
use crate::error::Fault;
use crate::patient::token::{Token, TokenKind};
use entity::cell::BlindIndex;
use entity::id::{CoverageId, PatientId};
use entity::{coverage, patient, patient_index};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
use std::sync::Arc;

/// The search tokens that a change puts in the place of those of the same kinds.
#[derive(Clone, Debug, Default)]
pub struct Retokened {
    /// The kinds whose old tokens go.
    pub kinds: Vec<TokenKind>,
    /// The new ones.
    pub tokens: Vec<Token>,
}

/// Whether a patient has this medical record number.
///
/// # Errors
/// Those of the database.
pub async fn mrn_taken(tx: &Tx, mrn: &BlindIndex) -> Result<bool, Fault> {
    let found = patient::Entity::find()
        .filter(patient::Column::MrnIndex.eq(mrn.clone()))
        .count(tx.connection())
        .await?;
    Ok(found > 0)
}

/// Changes a patient's row and tokens; none when its version is another by now.
///
/// # Errors
/// Those of the database.
pub async fn update(
    tx: &Tx,
    _: Granted,
    (id, expected_version): (PatientId, i32),
    change: patient::ActiveModel,
    retokened: Retokened,
) -> Result<Result<Option<patient::Model>, MrnTaken>, Fault> {
    let changed = patient::Entity::update_many()
        .set(change)
        .filter(patient::Column::Id.eq(id))
        .filter(patient::Column::Version.eq(expected_version))
        .exec_with_returning(tx.connection())
        .await;
    let row = match changed {
        Err(error) if breaks(&error, "patient_mrn_unique", "patient.mrn_index") => {
            return Ok(Err(MrnTaken));
        }
        changed => changed?.into_iter().next(),
    };
    if row.is_some() && !retokened.kinds.is_empty() {
        let kinds = retokened.kinds.iter().map(|kind| kind.stored());
        patient_index::Entity::delete_many()
            .filter(patient_index::Column::PatientId.eq(id))
            .filter(patient_index::Column::Kind.is_in(kinds))
            .exec(tx.connection())
            .await?;
        let tokens = retokened
            .tokens
            .into_iter()
            .map(|token| patient_index::ActiveModel {
                kind: Set(token.kind.stored()),
                token: Set(token.hash),
                patient_id: Set(id),
            });
        patient_index::Entity::insert_many(tokens)
            .exec_without_returning(tx.connection())
            .await?;
    }
    Ok(Ok(row))
}

/// An insurance, if there is one; whoever asks decides what may be seen of it.
///
/// # Errors
/// Those of the database.
pub async fn coverage(db: &Db, id: CoverageId) -> Result<Option<Arc<coverage::Model>>, Fault> {
    let row = coverage::Entity::find_by_id(id).one(db.read()).await?;
    Ok(row.map(Arc::new))
}

/// Writes a new insurance.
///
/// # Errors
/// Those of the database.
pub async fn insert_coverage(tx: &Tx, _: Granted, row: coverage::Model) -> Result<(), Fault> {
    coverage::Entity::insert(row.into_active_model())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Changes an insurance of this patient; false when its version is another by now, or it is gone.
///
/// # Errors
/// Those of the database.
pub async fn update_coverage(
    tx: &Tx,
    _: Granted,
    (id, patient, expected_version): (CoverageId, PatientId, i32),
    change: coverage::ActiveModel,
) -> Result<bool, Fault> {
    let changed = coverage::Entity::update_many()
        .set(change)
        .filter(coverage::Column::Id.eq(id))
        .filter(coverage::Column::PatientId.eq(patient))
        .filter(coverage::Column::Version.eq(expected_version))
        .exec(tx.connection())
        .await?;
    Ok(changed.rows_affected > 0)
}

/// Takes an insurance of this patient away; false when its version is another by now, or it is gone.
///
/// # Errors
/// Those of the database.
pub async fn delete_coverage(
    tx: &Tx,
    _: Granted,
    (id, patient, expected_version): (CoverageId, PatientId, i32),
) -> Result<bool, Fault> {
    let deleted = coverage::Entity::delete_many()
        .filter(coverage::Column::Id.eq(id))
        .filter(coverage::Column::PatientId.eq(patient))
        .filter(coverage::Column::Version.eq(expected_version))
        .exec(tx.connection())
        .await?;
    Ok(deleted.rows_affected > 0)
}
