//! The table of refresh tokens. Each write names the state it expects, so that of two at once only one succeeds.

use crate::db::Tx;
use crate::error::Fault;
use entity::cell::Digest;
use entity::id::SessionId;
use entity::refresh_token;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter,
};
use uuid::Uuid;

/// The token of this hash.
pub async fn token(tx: &Tx, hash: &Digest) -> Result<Option<refresh_token::Model>, Fault> {
    let select = refresh_token::Entity::find_by_id(hash.clone());
    Ok(select.one(tx.connection()).await?)
}

/// Writes a new token.
pub async fn insert_token(tx: &Tx, row: refresh_token::Model) -> Result<(), Fault> {
    refresh_token::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Uses a token up. Says whether it was there to be used.
pub async fn use_up(tx: &Tx, hash: &Digest) -> Result<bool, Fault> {
    let used = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::val(tx.clock().now()))
        .filter(refresh_token::Column::Hash.eq(hash.clone()))
        .filter(refresh_token::Column::UsedAt.is_null())
        .filter(refresh_token::Column::Revoked.eq(false))
        .exec(tx.connection())
        .await?;
    Ok(used.rows_affected == 1)
}

/// The token of the session that was last given for this one, if it was not taken back.
pub async fn live_child(
    tx: &Tx,
    session: SessionId,
    parent: &Digest,
) -> Result<Option<refresh_token::Model>, Fault> {
    Ok(refresh_token::Entity::find()
        .filter(refresh_token::Column::SessionId.eq(session))
        .filter(refresh_token::Column::Parent.eq(parent.clone()))
        .filter(refresh_token::Column::Revoked.eq(false))
        .one(tx.connection())
        .await?)
}

/// Takes a token back that nobody has used, nor the access token issued with it. Says whether it could.
pub async fn take_back(tx: &Tx, hash: &Digest) -> Result<bool, Fault> {
    let taken = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::Revoked, Expr::val(true))
        .filter(refresh_token::Column::Hash.eq(hash.clone()))
        .filter(refresh_token::Column::UsedAt.is_null())
        .filter(refresh_token::Column::AccessUsedAt.is_null())
        .filter(refresh_token::Column::Revoked.eq(false))
        .exec(tx.connection())
        .await?;
    Ok(taken.rows_affected == 1)
}

/// Takes back whatever token of the session could still be used.
pub async fn revoke_tokens(tx: &Tx, session: SessionId) -> Result<(), Fault> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::Revoked, Expr::val(true))
        .filter(refresh_token::Column::SessionId.eq(session))
        .filter(refresh_token::Column::UsedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Whether a token is still the one its refresh gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issue {
    /// It is.
    Stands,
    /// The refresh token that came with it has been taken back: its answer was lost, or went to somebody else.
    TakenBack,
}

/// Notes that the access token of this name has been used, so that the refresh token it came with can no longer be taken
/// back; and says whether it already has been.
///
/// # Errors
/// Those of the database.
pub async fn note_access(tx: &Tx, session: SessionId, name: Uuid) -> Result<Issue, Fault> {
    let noted = refresh_token::Entity::update_many()
        .col_expr(
            refresh_token::Column::AccessUsedAt,
            Expr::val(tx.clock().now()),
        )
        .filter(named(session, name))
        .filter(refresh_token::Column::AccessUsedAt.is_null())
        .filter(refresh_token::Column::Revoked.eq(false))
        .exec(tx.connection())
        .await?;
    if noted.rows_affected > 0 {
        return Ok(Issue::Stands);
    }
    issue(tx.connection(), session, name).await
}

/// Whether the access token of this name has been taken back.
///
/// # Errors
/// Those of the database.
pub async fn issue<C: ConnectionTrait>(
    connection: &C,
    session: SessionId,
    name: Uuid,
) -> Result<Issue, Fault> {
    let revoked = refresh_token::Entity::find()
        .filter(named(session, name))
        .filter(refresh_token::Column::Revoked.eq(true))
        .filter(refresh_token::Column::AccessUsedAt.is_null())
        .count(connection)
        .await?;
    Ok(if revoked > 0 {
        Issue::TakenBack
    } else {
        Issue::Stands
    })
}

/// The row of an access token. Its name is the first half of the hash, so the row is found in a range of the primary key.
fn named(session: SessionId, name: Uuid) -> Condition {
    let half = name.as_bytes().as_slice();
    let (least, most) = ([half, &[0; 16]].concat(), [half, &[0xff; 16]].concat());
    Condition::all()
        .add(refresh_token::Column::Hash.between(Digest(least), Digest(most)))
        .add(refresh_token::Column::SessionId.eq(session))
}
