//! Selects and writes of break-glass grants. What a viewer does wants proof that the policy was asked; what the clock does,
//! and a grant that is replaced, wants none.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use crate::access::Granted;
use crate::db::{Db, Stretch, Tx, Window};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::code::BreakGlassEnd;
use entity::id::{BreakGlassGrantId, PatientId, SessionId};
use entity::{break_glass_grant as grant, session};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel,
    JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef, Select,
};
use std::sync::Arc;

/// Grants that are looked through at once for whether they have lapsed.
const MOST: u64 = 500;

/// The key of the lock behind which a record is opened in a session.
#[must_use]
pub fn lock(session: SessionId, patient: PatientId) -> String {
    format!("glass:{session}:{patient}")
}

/// Grants with the sessions they were given in.
fn with_sessions() -> sea_orm::SelectTwo<grant::Entity, session::Entity> {
    let given_in: RelationDef = grant::Entity::belongs_to(session::Entity)
        .from(grant::Column::SessionId)
        .to(session::Column::Id)
        .into();
    grant::Entity::find()
        .join(JoinType::LeftJoin, given_in)
        .select_also(session::Entity)
}

/// Grants whose end nobody has noted although their time is over or their session has ended, each with its session.
///
/// # Errors
/// Those of the database.
pub async fn lapsed(
    db: &Db,
    now: DateTime<Utc>,
) -> Result<Vec<(grant::Model, Option<session::Model>)>, Fault> {
    let over = Condition::any()
        .add(grant::Column::ExpiresAt.lte(now))
        .add(session::Column::Id.is_null())
        .add(session::Column::RevokedAt.is_not_null())
        .add(session::Column::IdleExpiresAt.lte(now))
        .add(session::Column::ExpiresAt.lte(now));
    Ok(with_sessions()
        .filter(grant::Column::EndedAt.is_null())
        .filter(over)
        .order_by_asc(grant::Column::Id)
        .limit(MOST)
        .all(db.read())
        .await?)
}

/// The grant on this record in this session whose end is not noted, if there is one. Call it behind [`lock`].
///
/// # Errors
/// Those of the database.
pub async fn unended(
    tx: &Tx,
    _: Granted,
    session: SessionId,
    patient: PatientId,
) -> Result<Option<grant::Model>, Fault> {
    Ok(grant::Entity::find()
        .filter(grant::Column::SessionId.eq(session))
        .filter(grant::Column::PatientId.eq(patient))
        .filter(grant::Column::EndedAt.is_null())
        .one(tx.connection())
        .await?)
}

/// Writes a new grant.
///
/// # Errors
/// Those of the database.
pub async fn insert(tx: &Tx, _: Granted, row: grant::Model) -> Result<(), Fault> {
    grant::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Ends a grant that is in force; none when it has ended already.
///
/// # Errors
/// Those of the database.
pub async fn end(
    tx: &Tx,
    _: Granted,
    id: BreakGlassGrantId,
    now: DateTime<Utc>,
    how: BreakGlassEnd,
) -> Result<Option<grant::Model>, Fault> {
    note_end(tx, (id, now, how), grant::Column::ExpiresAt.gt(now)).await
}

/// Notes how and when a grant ended by itself; none when that was noted already.
///
/// # Errors
/// Those of the database.
pub async fn lapse(
    tx: &Tx,
    id: BreakGlassGrantId,
    at: DateTime<Utc>,
    how: BreakGlassEnd,
) -> Result<Option<grant::Model>, Fault> {
    note_end(tx, (id, at, how), Expr::val(1).eq(1)).await
}

async fn note_end(
    tx: &Tx,
    (id, at, how): (BreakGlassGrantId, DateTime<Utc>, BreakGlassEnd),
    condition: Expr,
) -> Result<Option<grant::Model>, Fault> {
    let change = grant::ActiveModel {
        ended_at: Set(Some(at)),
        end_reason: Set(Some(how)),
        ..Default::default()
    };
    let ended = grant::Entity::update_many()
        .set(change)
        .col_expr(
            grant::Column::Version,
            Expr::col(grant::Column::Version).add(1),
        )
        .filter(grant::Column::Id.eq(id))
        .filter(grant::Column::EndedAt.is_null())
        .filter(condition)
        .exec_with_returning(tx.connection())
        .await?;
    Ok(ended.into_iter().next())
}

/// Writes down a review; none when there is one already.
///
/// # Errors
/// Those of the database.
pub async fn review(
    tx: &Tx,
    _: Granted,
    id: BreakGlassGrantId,
    change: grant::ActiveModel,
) -> Result<Option<grant::Model>, Fault> {
    let reviewed = grant::Entity::update_many()
        .set(change)
        .col_expr(
            grant::Column::Version,
            Expr::col(grant::Column::Version).add(1),
        )
        .filter(grant::Column::Id.eq(id))
        .filter(grant::Column::ReviewedAt.is_null())
        .exec_with_returning(tx.connection())
        .await?;
    Ok(reviewed.into_iter().next())
}

/// Which grants of a list are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Reviewed, or not.
    pub reviewed: Option<bool>,
    /// Begun before this instant.
    pub before: Option<DateTime<Utc>>,
    /// On this patient's record.
    pub patient: Option<PatientId>,
}

fn filtered(filter: &Filter) -> Select<grant::Entity> {
    let mut select = grant::Entity::find();
    match filter.reviewed {
        Some(true) => select = select.filter(grant::Column::ReviewedAt.is_not_null()),
        Some(false) => select = select.filter(grant::Column::ReviewedAt.is_null()),
        None => {}
    }
    if let Some(before) = filter.before {
        select = select.filter(grant::Column::StartsAt.lte(before));
    }
    if let Some(patient) = filter.patient {
        select = select.filter(grant::Column::PatientId.eq(patient));
    }
    select
}

/// Grants, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list(
    db: &Db,
    _: Granted,
    filter: &Filter,
    window: &Window<BreakGlassGrantId>,
) -> Result<Stretch<Arc<grant::Model>>, Fault> {
    let columns = [grant::Column::Id.into_expr()];
    let select = window.over(filtered(filter), columns, |id| [(*id).into()]);
    Ok(window.cut(select.all(db.read()).await?).map(Arc::new))
}

/// How many the whole list has.
///
/// # Errors
/// Those of the database.
pub async fn count(db: &Db, filter: &Filter) -> Result<i64, Fault> {
    let count = filtered(filter).count(db.read()).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}
