//! Selects and writes of notifications and of what is wanted of them; of reminders below.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

pub mod reminders;

use crate::access::Granted;
use crate::db::{Db, Stretch, Tx, Window};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::id::{NotificationId, UserId};
use entity::{notification, notification_preference as preference};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, EntityTrait, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter, Select,
};

fn of(user: UserId, unread: bool) -> Select<notification::Entity> {
    let all = notification::Entity::find().filter(notification::Column::UserId.eq(user));
    if unread {
        all.filter(notification::Column::ReadAt.is_null())
    } else {
        all
    }
}

/// What an account's owner was told, the newest first.
pub async fn list(
    db: &Db,
    _: Granted,
    (user, unread): (UserId, bool),
    window: &Window<NotificationId>,
) -> Result<Stretch<notification::Model>, Fault> {
    let columns = [Expr::col(notification::Column::Id)];
    let select = window.over_newest(of(user, unread), columns, |id| [(*id).into()]);
    Ok(window.cut(select.all(db.read()).await?))
}

/// How many the whole list has.
pub async fn count(db: &Db, _: Granted, (user, unread): (UserId, bool)) -> Result<i64, Fault> {
    let count = of(user, unread).count(db.read()).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Notes that a notification was read, unless it was before. Says whether there is such a one of this account.
pub async fn mark_read(
    tx: &Tx,
    _: Granted,
    user: UserId,
    id: NotificationId,
) -> Result<bool, Fault> {
    let mine = || {
        Condition::all()
            .add(notification::Column::Id.eq(id))
            .add(notification::Column::UserId.eq(user))
    };
    notification::Entity::update_many()
        .col_expr(notification::Column::ReadAt, Expr::value(tx.clock().now()))
        .filter(mine())
        .filter(notification::Column::ReadAt.is_null())
        .exec(tx.connection())
        .await?;
    let there = notification::Entity::find().filter(mine());
    Ok(there.count(tx.connection()).await? > 0)
}

/// Writes a notification.
pub async fn insert(tx: &Tx, row: notification::Model) -> Result<(), Fault> {
    notification::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Deletes notifications that were written before this. Returns how many.
pub async fn delete_old(tx: &Tx, before: DateTime<Utc>) -> Result<u64, Fault> {
    let deleted = notification::Entity::delete_many()
        .filter(notification::Column::CreatedAt.lt(before))
        .exec(tx.connection())
        .await?;
    Ok(deleted.rows_affected)
}

/// What this account's owner has said that they want, if anything.
pub async fn preference(
    db: &Db,
    _: Granted,
    user: UserId,
) -> Result<Option<preference::Model>, Fault> {
    Ok(preference::Entity::find_by_id(user).one(db.read()).await?)
}

/// The same as this transaction sees it.
pub async fn preference_within(tx: &Tx, user: UserId) -> Result<Option<preference::Model>, Fault> {
    let found = preference::Entity::find_by_id(user);
    Ok(found.one(tx.connection()).await?)
}

/// Writes what this account's owner wants, if what they have said before is of this version; 0 for nothing.
pub async fn keep_preference(
    tx: &Tx,
    _: Granted,
    expected: i32,
    row: preference::Model,
) -> Result<bool, Fault> {
    let user = row.user_id;
    let change = row.into_active_model().reset_all();
    if expected == 0 {
        let written = preference::Entity::insert(change)
            .on_conflict(
                OnConflict::column(preference::Column::UserId)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(tx.connection())
            .await?;
        return Ok(written == 1);
    }
    let updated = preference::Entity::update_many()
        .set(change)
        .filter(preference::Column::UserId.eq(user))
        .filter(preference::Column::Version.eq(expected))
        .exec(tx.connection())
        .await?;
    Ok(updated.rows_affected == 1)
}
