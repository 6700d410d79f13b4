//! The tables of second factors, recovery codes and challenges. Each write names the state it expects, so that of two at
//! once only one succeeds. Its callers hold the account's row: what changes an account's factor waits for what uses it.

use super::held;
use crate::access::Granted;
use crate::db::{Db, Tx};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::cell::{Digest, Sealed};
use entity::id::UserId;
use entity::{mfa_challenge, recovery_code, second_factor, user};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};

/// The second factor of an account, for its owner to prove.
pub async fn factor(db: &Db, user: UserId) -> Result<Option<second_factor::Model>, Fault> {
    let select = second_factor::Entity::find_by_id(user);
    Ok(select.one(db.read()).await?)
}

/// Takes a code's step of this seed: once, and none before it ever again. Says whether it was there to be taken.
pub async fn take_step(tx: &Tx, user: UserId, seed: &Sealed, step: i64) -> Result<bool, Fault> {
    let taken = second_factor::Entity::update_many()
        .col_expr(second_factor::Column::LastStep, Expr::val(step))
        .filter(second_factor::Column::UserId.eq(user))
        .filter(second_factor::Column::Seed.eq(seed.clone()))
        .filter(second_factor::Column::LastStep.lt(step))
        .exec(tx.connection())
        .await?;
    Ok(taken.rows_affected == 1)
}

/// Takes a recovery code. Says whether it was there to be taken.
pub async fn take_recovery_code(tx: &Tx, user: UserId, hash: &Digest) -> Result<bool, Fault> {
    let taken = recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::Hash.eq(hash.clone()))
        .filter(recovery_code::Column::UserId.eq(user))
        .exec(tx.connection())
        .await?;
    Ok(taken.rows_affected == 1)
}

/// How many recovery codes the account has left.
pub async fn recovery_codes_left(db: &Db, _: Granted, user: UserId) -> Result<u64, Fault> {
    let select = recovery_code::Entity::find().filter(recovery_code::Column::UserId.eq(user));
    Ok(select.count(db.read()).await?)
}

/// Puts a seed beside the one in use, if there is one, to await its first code; one that waited is forgotten.
pub async fn propose_seed(
    tx: &Tx,
    _: Granted,
    user: UserId,
    seed: Sealed,
    until: DateTime<Utc>,
) -> Result<(), Fault> {
    let row = second_factor::Model {
        user_id: user,
        seed: None,
        last_step: 0,
        pending_seed: Some(seed),
        pending_until: Some(until),
    };
    second_factor::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(
            OnConflict::column(second_factor::Column::UserId)
                .update_columns([
                    second_factor::Column::PendingSeed,
                    second_factor::Column::PendingUntil,
                ])
                .to_owned(),
        )
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Puts the seed that awaited its first code into use, that code's step taken. Says whether it still awaited one.
pub async fn confirm_seed(
    tx: &Tx,
    _: Granted,
    user: UserId,
    seed: &Sealed,
    step: i64,
) -> Result<bool, Fault> {
    let confirmed = second_factor::Entity::update_many()
        .col_expr(second_factor::Column::Seed, Expr::val(seed.clone()))
        .col_expr(second_factor::Column::LastStep, Expr::val(step))
        .col_expr(
            second_factor::Column::PendingSeed,
            Expr::val(None::<Sealed>),
        )
        .col_expr(
            second_factor::Column::PendingUntil,
            Expr::val(None::<DateTime<Utc>>),
        )
        .filter(second_factor::Column::UserId.eq(user))
        .filter(second_factor::Column::PendingSeed.eq(seed.clone()))
        .filter(second_factor::Column::PendingUntil.gt(tx.clock().now()))
        .exec(tx.connection())
        .await?;
    Ok(confirmed.rows_affected == 1)
}

/// Writes that a held account has, or has no longer, a second factor.
pub async fn set_enrolled(
    tx: &Tx,
    _: Granted,
    held: &user::Model,
    at: Option<DateTime<Utc>>,
) -> Result<user::Model, Fault> {
    let changed = user::Model {
        mfa_enrolled_at: at,
        version: held.version + 1,
        ..held.clone()
    };
    user::Entity::update_many()
        .col_expr(
            user::Column::MfaEnrolledAt,
            Expr::val(changed.mfa_enrolled_at),
        )
        .col_expr(user::Column::Version, Expr::val(changed.version))
        .filter(user::Column::Id.eq(changed.id))
        .exec(tx.connection())
        .await?;
    Ok(changed)
}

/// Forgets the account's second factor.
pub async fn delete_factor(tx: &Tx, _: Granted, user: UserId) -> Result<(), Fault> {
    second_factor::Entity::delete_by_id(user)
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Writes these recovery codes in place of those that the account had.
pub async fn replace_recovery_codes(
    tx: &Tx,
    _: Granted,
    user: UserId,
    hashes: Vec<Digest>,
) -> Result<(), Fault> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user))
        .exec(tx.connection())
        .await?;
    if hashes.is_empty() {
        return Ok(());
    }
    let created_at = tx.clock().now();
    let rows = hashes.into_iter().map(|hash| {
        let row = recovery_code::Model {
            hash,
            user_id: user,
            created_at,
        };
        row.into_active_model().reset_all()
    });
    recovery_code::Entity::insert_many(rows)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Writes a new challenge.
pub async fn insert_challenge(tx: &Tx, row: mfa_challenge::Model) -> Result<(), Fault> {
    mfa_challenge::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// The challenge of this hash and whose account it is, for whoever holds it.
pub async fn challenge(
    db: &Db,
    hash: &Digest,
) -> Result<Option<(mfa_challenge::Model, user::Model)>, Fault> {
    let select = mfa_challenge::Entity::find_by_id(hash.clone());
    let Some(challenge) = select.one(db.read()).await? else {
        return Ok(None);
    };
    let owner = user::Entity::find_by_id(challenge.user_id);
    let owner = owner.one(db.read()).await?;
    Ok(owner.map(|owner| (challenge, owner)))
}

/// The challenge as it is now, held against other answers to it.
pub async fn hold_challenge(tx: &Tx, hash: &Digest) -> Result<Option<mfa_challenge::Model>, Fault> {
    let select = held(tx, mfa_challenge::Entity::find_by_id(hash.clone()));
    Ok(select.one(tx.connection()).await?)
}

/// Counts one wrong answer to a held challenge.
pub async fn count_wrong(tx: &Tx, held: &mfa_challenge::Model) -> Result<(), Fault> {
    mfa_challenge::Entity::update_many()
        .col_expr(
            mfa_challenge::Column::Wrong,
            Expr::col(mfa_challenge::Column::Wrong).add(1),
        )
        .filter(mfa_challenge::Column::Hash.eq(held.hash.clone()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets a challenge that was answered.
pub async fn delete_challenge(tx: &Tx, hash: &Digest) -> Result<(), Fault> {
    mfa_challenge::Entity::delete_by_id(hash.clone())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Deletes challenges that ended before `before`. Returns how many.
pub async fn delete_old_challenges(tx: &Tx, before: DateTime<Utc>) -> Result<u64, Fault> {
    let deleted = mfa_challenge::Entity::delete_many()
        .filter(mfa_challenge::Column::ExpiresAt.lt(before))
        .exec(tx.connection())
        .await?;
    Ok(deleted.rows_affected)
}
