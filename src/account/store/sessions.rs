//! The table of sessions.

use super::held;
use crate::access::Granted;
use crate::auth::{Standing, Standings};
use crate::batch::Batcher;
use crate::db::{Db, Tx};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::code::{Confidentiality, Roles, UserStatus};
use entity::id::{DoctorId, PatientId, SessionId, UserId};
use entity::{doctor, patient, refresh_token, session, user};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel,
    JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef,
};
use std::collections::HashMap;
use std::sync::Arc;

/// Sessions that a list shows at most, the newest first.
const SHOWN: u64 = 100;

/// What [`crate::account::authenticate`] asks: sessions with their users, in one statement for any number of them.
#[must_use]
pub fn standings(db: &Db) -> Standings {
    let db = db.clone();
    Standings::new(Batcher::new(move |keys: Vec<SessionId>| {
        let db = db.clone();
        async move { look_up(&db, keys).await }
    }))
}

#[derive(FromQueryResult)]
struct Row {
    session: SessionId,
    user: UserId,
    session_epoch: i32,
    user_epoch: i32,
    idle_expires_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    status: UserStatus,
    roles: Roles,
    mfa_enrolled_at: Option<DateTime<Utc>>,
    clearance: Confidentiality,
    patient: Option<PatientId>,
    doctor: Option<DoctorId>,
}

async fn look_up(
    db: &Db,
    keys: Vec<SessionId>,
) -> Result<HashMap<SessionId, Arc<Standing>>, Fault> {
    let whose: RelationDef = session::Entity::belongs_to(user::Entity)
        .from(session::Column::UserId)
        .to(user::Column::Id)
        .into();
    let record: RelationDef = session::Entity::belongs_to(patient::Entity)
        .from(session::Column::UserId)
        .to(patient::Column::UserId)
        .into();
    let practice: RelationDef = session::Entity::belongs_to(doctor::Entity)
        .from(session::Column::UserId)
        .to(doctor::Column::UserId)
        .into();
    let rows = session::Entity::find()
        .select_only()
        .column_as(session::Column::Id, "session")
        .column_as(session::Column::UserId, "user")
        .column_as(session::Column::AuthEpoch, "session_epoch")
        .column_as(user::Column::AuthEpoch, "user_epoch")
        .column(session::Column::IdleExpiresAt)
        .column(session::Column::ExpiresAt)
        .column(session::Column::RevokedAt)
        .column(user::Column::Status)
        .column(user::Column::Roles)
        .column(user::Column::MfaEnrolledAt)
        .column(user::Column::Clearance)
        .column_as(patient::Column::Id, "patient")
        .column_as(doctor::Column::Id, "doctor")
        .join(JoinType::InnerJoin, whose)
        .join(JoinType::LeftJoin, record)
        .join(JoinType::LeftJoin, practice)
        .filter(session::Column::Id.is_in(keys))
        .into_model::<Row>()
        .all(db.read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let standing = Standing {
                session: row.session,
                user: row.user,
                session_epoch: row.session_epoch,
                user_epoch: row.user_epoch,
                idle_expires_at: row.idle_expires_at,
                expires_at: row.expires_at,
                revoked_at: row.revoked_at,
                status: row.status,
                roles: row.roles,
                mfa_enrolled: row.mfa_enrolled_at.is_some(),
                clearance: row.clearance,
                patient: row.patient,
                doctor: row.doctor,
            };
            (row.session, Arc::new(standing))
        })
        .collect())
}

/// A session, whoever's it is: the caller asks the policy about its owner.
pub async fn session(db: &Db, id: SessionId) -> Result<Option<session::Model>, Fault> {
    Ok(session::Entity::find_by_id(id).one(db.read()).await?)
}

/// The live sessions of an account, the newest first.
pub async fn live_sessions(
    db: &Db,
    _: Granted,
    user: UserId,
) -> Result<Vec<session::Model>, Fault> {
    let now = db.clock().now();
    Ok(session::Entity::find()
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::IdleExpiresAt.gt(now))
        .filter(session::Column::ExpiresAt.gt(now))
        .order_by_desc(session::Column::Id)
        .limit(SHOWN)
        .all(db.read())
        .await?)
}

/// The session as it is now, held against other writers: the refreshes of one session follow one another.
pub async fn hold_session(tx: &Tx, id: SessionId) -> Result<Option<session::Model>, Fault> {
    let select = held(tx, session::Entity::find_by_id(id));
    Ok(select.one(tx.connection()).await?)
}

/// Writes a new session.
pub async fn insert_session(tx: &Tx, row: session::Model) -> Result<(), Fault> {
    session::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Writes that a held session was used: until when it lasts now, and under which epoch.
pub async fn renew_session(tx: &Tx, row: &session::Model) -> Result<(), Fault> {
    session::Entity::update_many()
        .col_expr(session::Column::AuthEpoch, Expr::val(row.auth_epoch))
        .col_expr(session::Column::LastUsedAt, Expr::val(row.last_used_at))
        .col_expr(
            session::Column::IdleExpiresAt,
            Expr::val(row.idle_expires_at),
        )
        .filter(session::Column::Id.eq(row.id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// This session of this account, if it is live.
fn live_one(user: UserId, id: SessionId, now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(session::Column::Id.eq(id))
        .add(session::Column::UserId.eq(user))
        .add(session::Column::RevokedAt.is_null())
        .add(session::Column::IdleExpiresAt.gt(now))
        .add(session::Column::ExpiresAt.gt(now))
}

/// Notes that the owner of a live session has just proved who they are. Says whether it is still live.
pub async fn prove_session(tx: &Tx, user: UserId, id: SessionId) -> Result<bool, Fault> {
    let now = tx.clock().now();
    let proved = session::Entity::update_many()
        .col_expr(session::Column::ProvedAt, Expr::val(now))
        .filter(live_one(user, id, now))
        .exec(tx.connection())
        .await?;
    Ok(proved.rows_affected > 0)
}

/// Ends a session, unless it is over already. Says whether it has.
pub async fn end_session(tx: &Tx, user: UserId, id: SessionId) -> Result<bool, Fault> {
    let now = tx.clock().now();
    let ended = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::val(now))
        .filter(live_one(user, id, now))
        .exec(tx.connection())
        .await?;
    Ok(ended.rows_affected > 0)
}

/// Ends all live sessions of an account but one, or all, and says which.
pub async fn end_sessions(
    tx: &Tx,
    _: Granted,
    user: UserId,
    but: Option<SessionId>,
) -> Result<Vec<session::Model>, Fault> {
    end(tx, user, but).await
}

/// Ends all live sessions of an account whose patient is erased, and says which those were.
pub async fn end_every_session(tx: &Tx, user: UserId) -> Result<Vec<session::Model>, Fault> {
    end(tx, user, None).await
}

async fn end(tx: &Tx, user: UserId, but: Option<SessionId>) -> Result<Vec<session::Model>, Fault> {
    let now = tx.clock().now();
    let mut update = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::val(now))
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::IdleExpiresAt.gt(now))
        .filter(session::Column::ExpiresAt.gt(now));
    if let Some(but) = but {
        update = update.filter(session::Column::Id.ne(but));
    }
    Ok(update.exec_with_returning(tx.connection()).await?)
}

/// Deletes all sessions of an account with their tokens, and says which were live.
pub async fn delete_sessions(tx: &Tx, user: UserId) -> Result<Vec<SessionId>, Fault> {
    let now = tx.clock().now();
    let all = session::Entity::find()
        .filter(session::Column::UserId.eq(user))
        .all(tx.connection())
        .await?;
    let ids = all.iter().map(|session| session.id);
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::SessionId.is_in(ids))
        .exec(tx.connection())
        .await?;
    session::Entity::delete_many()
        .filter(session::Column::UserId.eq(user))
        .exec(tx.connection())
        .await?;
    let live = |session: &session::Model| {
        session.revoked_at.is_none() && session.idle_expires_at > now && session.expires_at > now
    };
    let live = all.into_iter().filter(live).map(|session| session.id);
    Ok(live.collect())
}

/// Deletes sessions that were over before `before`, with their tokens. Returns how many.
pub async fn delete_old_sessions(tx: &Tx, before: DateTime<Utc>) -> Result<u64, Fault> {
    let old = || session::Column::ExpiresAt.lt(before);
    let ids = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(old())
        .into_query();
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::SessionId.in_subquery(ids))
        .exec(tx.connection())
        .await?;
    let deleted = session::Entity::delete_many()
        .filter(old())
        .exec(tx.connection())
        .await?;
    Ok(deleted.rows_affected)
}
