//! The tables of one-time links and of the mail that is to be sent.

use super::held;
use crate::db::{Db, Tx};
use crate::error::Fault;
use chrono::{DateTime, TimeDelta, Utc};
use entity::cell::{BlindIndex, Digest};
use entity::code::{LinkPurpose, MailKind};
use entity::id::{MailId, UserId};
use entity::{
    calendar_feed, notification, notification_preference, one_time_link as link,
    outgoing_mail as mail, reminder, user,
};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

/// Writes a link; the one of the same account and purpose before it ends. Call it with the account held.
pub async fn replace_link(tx: &Tx, row: link::Model) -> Result<(), Fault> {
    link::Entity::delete_many()
        .filter(link::Column::UserId.eq(row.user_id))
        .filter(link::Column::Purpose.eq(row.purpose))
        .exec(tx.connection())
        .await?;
    link::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// The link of this hash and purpose, with its account.
pub async fn link(
    db: &Db,
    hash: &Digest,
    purpose: LinkPurpose,
) -> Result<Option<(link::Model, user::Model)>, Fault> {
    let found = link::Entity::find_by_id(hash.clone())
        .filter(link::Column::Purpose.eq(purpose))
        .one(db.read())
        .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let owner = user::Entity::find_by_id(found.user_id)
        .one(db.read())
        .await?;
    Ok(owner.map(|owner| (found, owner)))
}

/// Takes a link that has not ended. Says whether it was there to be taken: of many at once one takes it.
pub async fn take_link(tx: &Tx, hash: &Digest, purpose: LinkPurpose) -> Result<bool, Fault> {
    let taken = link::Entity::delete_many()
        .filter(link::Column::Hash.eq(hash.clone()))
        .filter(link::Column::Purpose.eq(purpose))
        .filter(link::Column::ExpiresAt.gt(tx.clock().now()))
        .exec(tx.connection())
        .await?;
    Ok(taken.rows_affected == 1)
}

/// Deletes all links of an account.
pub async fn delete_links(tx: &Tx, user: UserId) -> Result<(), Fault> {
    link::Entity::delete_many()
        .filter(link::Column::UserId.eq(user))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets what a patient was told by this account and reminded of.
pub async fn forget_told(tx: &Tx, user: UserId) -> Result<(), Fault> {
    notification::Entity::delete_many()
        .filter(notification::Column::UserId.eq(user))
        .exec(tx.connection())
        .await?;
    reminder::Entity::delete_many()
        .filter(reminder::Column::UserId.eq(user))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets what the owner of an account that is no more has said that they want, and the link to their calendar.
pub async fn forget_wishes(tx: &Tx, user: UserId) -> Result<(), Fault> {
    notification_preference::Entity::delete_by_id(user)
        .exec(tx.connection())
        .await?;
    calendar_feed::Entity::delete_by_id(user)
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Deletes links that have ended. Returns how many.
pub async fn delete_old_links(tx: &Tx, now: DateTime<Utc>) -> Result<u64, Fault> {
    let deleted = link::Entity::delete_many()
        .filter(link::Column::ExpiresAt.lt(now))
        .exec(tx.connection())
        .await?;
    Ok(deleted.rows_affected)
}

/// Notes that mail reaches the owner of the account, if that was not known yet.
pub async fn verify_email(tx: &Tx, id: UserId) -> Result<(), Fault> {
    user::Entity::update_many()
        .col_expr(user::Column::EmailVerifiedAt, Expr::val(tx.clock().now()))
        .filter(user::Column::Id.eq(id))
        .filter(user::Column::EmailVerifiedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Whether an account has this address.
pub async fn is_known(tx: &Tx, email: &BlindIndex) -> Result<bool, Fault> {
    Ok(in_account(tx, email).await?.is_some())
}

/// The account of this address, held against other writers.
pub async fn hold_by_email(tx: &Tx, email: &BlindIndex) -> Result<Option<user::Model>, Fault> {
    let select = user::Entity::find().filter(user::Column::EmailIndex.eq(email.clone()));
    Ok(held(tx, select).one(tx.connection()).await?)
}

async fn in_account(tx: &Tx, email: &BlindIndex) -> Result<Option<UserId>, Fault> {
    Ok(user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::EmailIndex.eq(email.clone()))
        .into_tuple()
        .one(tx.connection())
        .await?)
}

/// Writes that a letter is to be sent, at once.
pub async fn insert_mail(tx: &Tx, email: BlindIndex, kind: MailKind) -> Result<(), Fault> {
    let now = tx.clock().now();
    let row = mail::Model {
        id: tx.clock().new_id(),
        email_index: email,
        kind,
        attempts: 0,
        due_at: now,
        created_at: now,
    };
    mail::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// The letters that are due, the oldest first, at most so many.
pub async fn due_mail(db: &Db, most: u64) -> Result<Vec<mail::Model>, Fault> {
    Ok(mail::Entity::find()
        .filter(mail::Column::DueAt.lte(db.clock().now()))
        .order_by_asc(mail::Column::DueAt)
        .limit(most)
        .all(db.read())
        .await?)
}

/// Takes a due letter on, so that no other copy sends it before `pause` has passed. Says whether it was there to be taken.
pub async fn claim_mail(tx: &Tx, seen: &mail::Model, pause: TimeDelta) -> Result<bool, Fault> {
    let claimed = mail::Entity::update_many()
        .col_expr(
            mail::Column::Attempts,
            Expr::col(mail::Column::Attempts).add(1),
        )
        .col_expr(mail::Column::DueAt, Expr::val(tx.clock().now() + pause))
        .filter(mail::Column::Id.eq(seen.id))
        .filter(mail::Column::Attempts.eq(seen.attempts))
        .exec(tx.connection())
        .await?;
    Ok(claimed.rows_affected == 1)
}

/// Deletes a letter: it was sent, or never will be.
pub async fn delete_mail(tx: &Tx, id: MailId) -> Result<(), Fault> {
    mail::Entity::delete_by_id(id).exec(tx.connection()).await?;
    Ok(())
}
