//! Selects and writes of proposals. What is read by key is read by the process's loaders; changes want proof that the policy was
//! asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use crate::access::{Actor, Granted};
use crate::db::{Db, Kind, Stretch, Tx, Window};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::cell::Sealed;
use entity::change_proposal::{self, Column};
use entity::code::{ProposalKind, ProposalStatus, Roles};
use entity::id::{ChangeProposalId, PatientId, RecordId, UserId};
use entity::{care_team_member, patient};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockType};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, Condition, EntityTrait,
    IntoActiveModel as _, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};
use std::sync::Arc;

/// The key of the lock behind which a patient asks for changes.
#[must_use]
pub fn asking(patient: PatientId) -> String {
    format!("proposals:{patient}")
}

/// Writes a new proposal.
///
/// # Errors
/// Those of the database.
pub async fn insert(tx: &Tx, _: Granted, row: change_proposal::Model) -> Result<(), Fault> {
    insert_row(tx, row).await
}

/// The same for samples, which ask no policy.
///
/// # Errors
/// Those of the database.
pub async fn insert_row(tx: &Tx, row: change_proposal::Model) -> Result<(), Fault> {
    // `reset_all`: what came from a model counts as unchanged, and is to be written all the same.
    change_proposal::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// The proposals of a patient on which nobody has decided.
///
/// # Errors
/// Those of the database.
pub async fn open_of(tx: &Tx, patient: PatientId) -> Result<Vec<change_proposal::Model>, Fault> {
    Ok(change_proposal::Entity::find()
        .filter(Column::PatientId.eq(patient))
        .filter(Column::Status.eq(ProposalStatus::Pending))
        .all(tx.connection())
        .await?)
}

/// How a proposal ends.
#[derive(Clone)]
pub struct Ending {
    /// As what.
    pub status: ProposalStatus,
    /// The word on it, and whose.
    pub word: Option<(Sealed, UserId)>,
    /// Of a new entry that was put into the chart: which.
    pub record: Option<RecordId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Ends a proposal of this version on which nobody has decided; false when there is a word on it by now, or it is another version.
///
/// # Errors
/// Those of the database.
pub async fn end(
    tx: &Tx,
    _: Granted,
    (id, expected_version): (ChangeProposalId, i32),
    ending: Ending,
) -> Result<bool, Fault> {
    let (decision, by) = ending.word.unzip();
    let mut change = change_proposal::ActiveModel {
        status: Set(ending.status),
        decision: Set(decision),
        decided_at: Set(Some(ending.at)),
        decided_by: Set(by),
        version: Set(expected_version + 1),
        ..Default::default()
    };
    if ending.record.is_some() {
        change.record_id = Set(ending.record);
    }
    let ended = change_proposal::Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(ProposalStatus::Pending))
        .filter(Column::Version.eq(expected_version))
        .exec(tx.connection())
        .await?;
    Ok(ended.rows_affected > 0)
}

/// Where a proposal stands, and its version, held against whoever else would end it until the transaction does.
///
/// # Errors
/// Those of the database.
pub async fn hold(tx: &Tx, id: ChangeProposalId) -> Result<Option<(ProposalStatus, i32)>, Fault> {
    let select = change_proposal::Entity::find_by_id(id)
        .select_only()
        .columns([Column::Status, Column::Version]);
    let select = match tx.kind() {
        Kind::Postgres => select.lock(LockType::Update),
        Kind::Sqlite => select,
    };
    Ok(select.into_tuple().one(tx.connection()).await?)
}

/// What this one may decide on, in words of SQL: as a doctor what those of their care teams ask for, as far as they are cleared;
/// as an administrator what anybody's demographics should say. Nothing of their own.
fn waiting_for(actor: &Actor, now: DateTime<Utc>) -> Select<change_proposal::Entity> {
    let mut any = Condition::any().add(Expr::val(1).eq(0));
    if actor.roles.any_of(Roles::ADMIN) {
        any = any.add(Column::Kind.eq(ProposalKind::Demographics));
    }
    if let Some(doctor) = actor.doctor.filter(|_| actor.roles.any_of(Roles::DOCTOR)) {
        let holds = Condition::any()
            .add(care_team_member::Column::EndsAt.is_null())
            .add(care_team_member::Column::EndsAt.gt(now));
        let team = care_team_member::Entity::find()
            .select_only()
            .column(care_team_member::Column::PatientId)
            .filter(care_team_member::Column::DoctorId.eq(doctor))
            .filter(care_team_member::Column::StartsAt.lte(now))
            .filter(holds)
            .into_query();
        let panel = patient::Entity::find()
            .select_only()
            .column(patient::Column::Id)
            .filter(patient::Column::Id.in_subquery(team))
            .filter(patient::Column::Confidentiality.is_in(actor.clearance.up_to()))
            .into_query();
        any = any.add(Column::PatientId.in_subquery(panel));
    }
    let select = change_proposal::Entity::find()
        .filter(Column::Status.eq(ProposalStatus::Pending))
        .filter(any);
    match actor.patient {
        Some(own) => select.filter(Column::PatientId.ne(own)),
        None => select,
    }
}

/// The proposals that wait for this one, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list(
    db: &Db,
    _: Granted,
    actor: &Actor,
    window: &Window<ChangeProposalId>,
) -> Result<Stretch<Arc<change_proposal::Model>>, Fault> {
    let select = waiting_for(actor, db.clock().now());
    let select = window.over(select, [Column::Id.into_expr()], |id| [(*id).into()]);
    let rows = select.all(db.read()).await?;
    Ok(window.cut(rows).map(Arc::new))
}

/// How many wait for this one.
///
/// # Errors
/// Those of the database.
pub async fn count(db: &Db, _: Granted, actor: &Actor) -> Result<i64, Fault> {
    let waiting = waiting_for(actor, db.clock().now());
    let count = waiting.count(db.read()).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}
