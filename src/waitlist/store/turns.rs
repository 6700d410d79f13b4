//! Whose turn it is to look: claimed by one copy, so that not all do the same work. Nothing but work depends on it.

use crate::db::{Db, Tx, among};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::id::DoctorId;
use entity::waitlist_turn::{self as turn, Column};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, Iterable as _, QueryFilter as _,
    QuerySelect as _,
};
use std::collections::HashSet;

async fn claim(
    tx: &Tx,
    row: (DoctorId, i64),
    columns: impl IntoIterator<Item = Column>,
    free: Expr,
) -> Result<bool, Fault> {
    let (doctor, seen) = row;
    let row = turn::ActiveModel {
        doctor_id: Set(doctor),
        seen: Set(seen),
        looked_at: Set(tx.clock().now()),
    };
    let claimed = turn::Entity::insert(row)
        .on_conflict(
            OnConflict::column(Column::DoctorId)
                .update_columns(columns)
                .action_and_where(free)
                .to_owned(),
        )
        .exec_without_returning(tx.connection())
        .await?;
    Ok(claimed > 0)
}

/// Takes the turn to look upon this event of the doctor's stream; false when another has.
///
/// # Errors
/// Those of the database.
pub async fn take_turn(tx: &Tx, doctor: DoctorId, seq: i64) -> Result<bool, Fault> {
    let columns = Column::iter().skip(1);
    let free = Expr::col((turn::Entity, Column::Seen)).lt(seq);
    claim(tx, (doctor, seq), columns, free).await
}

/// Takes the turn to look at all, if nobody has since then.
///
/// # Errors
/// Those of the database.
pub async fn take_round(tx: &Tx, doctor: DoctorId, since: DateTime<Utc>) -> Result<bool, Fault> {
    let free = Expr::col((turn::Entity, Column::LookedAt)).lte(since);
    claim(tx, (doctor, 0), [Column::LookedAt], free).await
}

/// At whose times, of these doctors, somebody has looked since then.
///
/// # Errors
/// Those of the database.
pub async fn looked_since(
    db: &Db,
    doctors: &HashSet<DoctorId>,
    since: DateTime<Utc>,
) -> Result<HashSet<DoctorId>, Fault> {
    if doctors.is_empty() {
        return Ok(HashSet::new());
    }
    let these = among(db.kind(), Column::DoctorId, doctors.iter().copied());
    let looked: Vec<DoctorId> = turn::Entity::find()
        .select_only()
        .column(Column::DoctorId)
        .filter(these)
        .filter(Column::LookedAt.gt(since))
        .into_tuple()
        .all(db.read())
        .await?;
    Ok(looked.into_iter().collect())
}
