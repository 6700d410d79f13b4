//! The same key and input answer the same: also to a concurrent twin, also after a crash.
//!
//! A verb claims its caller's key first thing in its transaction, with the id of what is about to come of it. A twin
//! waits at the unique index until the first has ended, then finds its claim. A refused or failed transaction leaves no
//! claim behind. A key belongs to its user and mutation, and is forgotten after a day.

use crate::db::{Db, Tx};
use crate::error::{Fault, Outcome};
use crate::vault::Vault;
use chrono::TimeDelta;
use entity::cell::BlindIndex;
use entity::id::UserId;
use entity::idempotency;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use std::convert::Infallible;
use uuid::Uuid;

/// For how long an answer is remembered.
pub const REMEMBERED: TimeDelta = TimeDelta::hours(24);

/// A caller's key with what it was used for; neither the key nor the input can be read from it.
#[derive(Clone, Debug)]
pub struct Key {
    user: UserId,
    mutation: &'static str,
    key: BlindIndex,
    input: BlindIndex,
}

impl Key {
    /// The key as the caller gave it, and the whole input that decides whether it is the same request.
    #[must_use]
    pub fn new(
        vault: &Vault,
        user: UserId,
        mutation: &'static str,
        key: &str,
        input: &[u8],
    ) -> Self {
        Self {
            user,
            mutation,
            key: vault.index().of("idempotency key", key.as_bytes()),
            input: vault.index().of("idempotency input", input),
        }
    }
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The first of its key: go on.
    Fresh,
    /// Answered before: this is what came of it.
    Replay(Uuid),
    /// The key was used with another input.
    Reused,
}

/// Claims the key for `result`, the id of what is about to be made. Call it before anything else is written: a twin
/// waits here.
///
/// # Errors
/// Those of the database.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the store of its own table"
)]
pub async fn claim(tx: &Tx, key: &Key, result: Uuid) -> Result<Claim, Fault> {
    use idempotency::Column;
    let now = tx.clock().now();
    let row = idempotency::ActiveModel {
        user_id: Set(key.user),
        mutation: Set(key.mutation.to_owned()),
        key: Set(key.key.clone()),
        input: Set(key.input.clone()),
        result: Set(result),
        created_at: Set(now),
    };
    // One statement, so that of two who find a forgotten claim at once one takes it and the other finds a fresh one.
    let forgotten = Expr::col((idempotency::Entity, Column::CreatedAt)).lte(now - REMEMBERED);
    let taken = idempotency::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::UserId, Column::Mutation, Column::Key])
                .update_columns([Column::Input, Column::Result, Column::CreatedAt])
                .action_and_where(forgotten)
                .to_owned(),
        )
        .exec_without_returning(tx.connection())
        .await?;
    if taken > 0 {
        return Ok(Claim::Fresh);
    }
    let mine = (key.user, key.mutation.to_owned(), key.key.clone());
    let Some(before) = idempotency::Entity::find_by_id(mine)
        .one(tx.connection())
        .await?
    else {
        return Err(Fault::internal("a claimed key is not there"));
    };
    Ok(if before.input == key.input {
        Claim::Replay(before.result)
    } else {
        Claim::Reused
    })
}

/// Claims the key, if the caller gave one, as [`claim`] does: what came of it before, or nothing when this is the first time.
/// `reused` is the refusal of a key that was used with another input.
///
/// # Errors
/// Those of the database.
pub async fn claimed<R>(
    tx: &Tx,
    key: Option<&Key>,
    result: Uuid,
    reused: R,
) -> Outcome<Option<Uuid>, R> {
    let Some(key) = key else {
        return Ok(Ok(None));
    };
    Ok(match claim(tx, key, result).await? {
        Claim::Fresh => Ok(None),
        Claim::Replay(before) => Ok(Some(before)),
        Claim::Reused => Err(reused),
    })
}

/// Deletes the claims that are forgotten anyway. Returns how many. Meant for every hour.
///
/// # Errors
/// Those of the database.
pub async fn sweep(db: &Db) -> Result<u64, Fault> {
    let swept = db.write::<u64, Infallible, _>(|tx| {
        Box::pin(async move {
            let deleted = idempotency::Entity::delete_many()
                .filter(idempotency::Column::CreatedAt.lte(tx.clock().now() - REMEMBERED))
                .exec(tx.connection())
                .await?;
            Ok(Ok(deleted.rows_affected))
        })
    });
    let Ok(rows) = swept.await?;
    Ok(rows)
}
