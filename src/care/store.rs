//! Selects and writes of care-team memberships. Changes want proof that the policy was asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

pub mod break_glass;

use crate::access::Granted;
use crate::db::{Db, Tx};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::care_team_member;
use entity::id::{CareTeamMemberId, DoctorId, PatientId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter,
};
use std::sync::Arc;

/// Rows a statement; SQLite takes 32,766 parameters and a membership has 9.
const CHUNK: usize = 2_000;

/// A membership, if there is one; whoever asks decides what may be seen of it.
///
/// # Errors
/// Those of the database.
pub async fn member(
    db: &Db,
    id: CareTeamMemberId,
) -> Result<Option<Arc<care_team_member::Model>>, Fault> {
    let row = care_team_member::Entity::find_by_id(id)
        .one(db.read())
        .await?;
    Ok(row.map(Arc::new))
}

/// The key of the lock behind which this doctor is brought into this patient's team.
#[must_use]
pub fn lock(doctor: DoctorId, patient: PatientId) -> String {
    format!("care:{doctor}:{patient}")
}

/// Whether the doctor is in the patient's team at some time of this stretch. Call it behind [`lock`].
///
/// # Errors
/// Those of the database.
pub async fn overlaps(
    tx: &Tx,
    _: Granted,
    (doctor, patient): (DoctorId, PatientId),
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
) -> Result<bool, Fault> {
    let mut select = care_team_member::Entity::find()
        .filter(care_team_member::Column::DoctorId.eq(doctor))
        .filter(care_team_member::Column::PatientId.eq(patient))
        .filter(
            Condition::any()
                .add(care_team_member::Column::EndsAt.is_null())
                .add(care_team_member::Column::EndsAt.gt(starts_at)),
        );
    if let Some(ends_at) = ends_at {
        select = select.filter(care_team_member::Column::StartsAt.lt(ends_at));
    }
    Ok(select.count(tx.connection()).await? > 0)
}

/// Writes a new membership.
///
/// # Errors
/// Those of the database.
pub async fn insert(tx: &Tx, _: Granted, row: care_team_member::Model) -> Result<(), Fault> {
    insert_rows(tx, vec![row]).await
}

/// Ends a membership of this patient's team; false when its version is another by now.
///
/// # Errors
/// Those of the database.
pub async fn end(
    tx: &Tx,
    _: Granted,
    (id, patient, expected_version): (CareTeamMemberId, PatientId, i32),
    ends_at: DateTime<Utc>,
) -> Result<bool, Fault> {
    let change = care_team_member::ActiveModel {
        ends_at: Set(Some(ends_at)),
        version: Set(expected_version + 1),
        ..Default::default()
    };
    let ended = care_team_member::Entity::update_many()
        .set(change)
        .filter(care_team_member::Column::Id.eq(id))
        .filter(care_team_member::Column::PatientId.eq(patient))
        .filter(care_team_member::Column::Version.eq(expected_version))
        .exec(tx.connection())
        .await?;
    Ok(ended.rows_affected > 0)
}

/// Writes many memberships at once, for import and samples.
///
/// # Errors
/// Those of the database.
pub async fn insert_rows(tx: &Tx, rows: Vec<care_team_member::Model>) -> Result<(), Fault> {
    let mut rest = rows;
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(CHUNK));
        let rows = rest
            .into_iter()
            .map(|row| row.into_active_model().reset_all());
        care_team_member::Entity::insert_many(rows)
            .exec_without_returning(tx.connection())
            .await?;
        rest = later;
    }
    Ok(())
}
