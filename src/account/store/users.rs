//! The table of accounts.

use super::held;
use crate::access::Granted;
use crate::db::{Db, Stretch, Tx, Window, among, breaks};
use crate::error::Fault;
use entity::cell::{BlindIndex, Sealed};
use entity::code::{Confidentiality, Roles, UserStatus};
use entity::id::UserId;
use entity::{doctor, patient, user};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Select};

/// Another account has this e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmailTaken;

/// The accounts that there are: of an erased one only the row is left, for others refer to it.
fn there() -> Select<user::Entity> {
    user::Entity::find().filter(user::Column::DataKey.ne(Sealed::GONE))
}

/// The account of this address, for signing in.
pub async fn by_email(db: &Db, email: &BlindIndex) -> Result<Option<user::Model>, Fault> {
    Ok(user::Entity::find()
        .filter(user::Column::EmailIndex.eq(email.clone()))
        .one(db.read())
        .await?)
}

/// An account.
pub async fn by_id(db: &Db, _: Granted, id: UserId) -> Result<Option<user::Model>, Fault> {
    Ok(there()
        .filter(user::Column::Id.eq(id))
        .one(db.read())
        .await?)
}

/// Those of these accounts that there are.
pub async fn by_ids(
    db: &Db,
    _: Granted,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<Vec<user::Model>, Fault> {
    let these = among(db.kind(), user::Column::Id, ids);
    Ok(there().filter(these).all(db.read()).await?)
}

/// The account as this transaction sees it, for the owner of a proved secret.
pub async fn within(tx: &Tx, id: UserId) -> Result<Option<user::Model>, Fault> {
    let select = there().filter(user::Column::Id.eq(id));
    Ok(select.one(tx.connection()).await?)
}

/// The account as it is now, held against other writers, for the owner of a proved secret.
pub async fn hold_proved(tx: &Tx, id: UserId) -> Result<Option<user::Model>, Fault> {
    let select = held(tx, user::Entity::find_by_id(id));
    Ok(select.one(tx.connection()).await?)
}

/// The account as it is now, held against other writers.
pub async fn hold(tx: &Tx, _: Granted, id: UserId) -> Result<Option<user::Model>, Fault> {
    let select = held(tx, there().filter(user::Column::Id.eq(id)));
    Ok(select.one(tx.connection()).await?)
}

/// Accounts in the order in which they were made.
pub async fn list(
    db: &Db,
    _: Granted,
    window: &Window<UserId>,
) -> Result<Stretch<user::Model>, Fault> {
    let columns = [user::Column::Id.into_expr()];
    let select = window.over(there(), columns, |id| [(*id).into()]);
    Ok(window.cut(select.all(db.read()).await?))
}

/// How many accounts there are.
pub async fn count(db: &Db, _: Granted) -> Result<i64, Fault> {
    let count = there().count(db.read()).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// How many administrators of one of these statuses there are, without this one.
pub async fn administrators(
    tx: &Tx,
    statuses: &[UserStatus],
    but: Option<UserId>,
) -> Result<u64, Fault> {
    let mut select = user::Entity::find()
        .filter(user::Column::Status.is_in(statuses.iter().copied()))
        .filter(Expr::col(user::Column::Roles).bit_and(Roles::ADMIN.0).ne(0));
    if let Some(but) = but {
        select = select.filter(user::Column::Id.ne(but));
    }
    Ok(select.count(tx.connection()).await?)
}

/// The roles that the account's records call for: of a patient's record, of a doctor's entry in the directory.
pub async fn called_for(tx: &Tx, id: UserId) -> Result<Roles, Fault> {
    let records = patient::Entity::find().filter(patient::Column::UserId.eq(id));
    let entries = doctor::Entity::find().filter(doctor::Column::UserId.eq(id));
    let mut roles = Roles::NONE;
    if records.count(tx.connection()).await? > 0 {
        roles = roles.with(Roles::PATIENT);
    }
    if entries.count(tx.connection()).await? > 0 {
        roles = roles.with(Roles::DOCTOR);
    }
    Ok(roles)
}

/// Writes a new account.
pub async fn insert(tx: &Tx, row: user::ActiveModel) -> Result<Result<(), EmailTaken>, Fault> {
    match user::Entity::insert(row)
        .exec_without_returning(tx.connection())
        .await
    {
        Ok(_) => Ok(Ok(())),
        Err(error) if breaks(&error, "user_email_unique", "user.email_index") => {
            Ok(Err(EmailTaken))
        }
        Err(error) => Err(error.into()),
    }
}

/// Replaces a hash by a costlier one of the same password, unless the password has changed in the meantime.
pub async fn rehash(tx: &Tx, id: UserId, from: &str, to: String) -> Result<(), Fault> {
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::val(to))
        .filter(user::Column::Id.eq(id))
        .filter(user::Column::PasswordHash.eq(from))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Writes another password: the account is its owner's now, and all sessions of the epoch before are dead.
pub async fn change_password(
    tx: &Tx,
    _: Granted,
    held: &user::Model,
    hash: String,
) -> Result<user::Model, Fault> {
    let changed = user::Model {
        password_hash: hash,
        status: UserStatus::Active,
        auth_epoch: held.auth_epoch + 1,
        version: held.version + 1,
        ..held.clone()
    };
    write(tx, changed).await
}

/// Writes other roles or another clearance: all sessions of the epoch before are dead.
pub async fn change_rights(
    tx: &Tx,
    _: Granted,
    held: &user::Model,
    (roles, clearance): (Roles, Confidentiality),
) -> Result<user::Model, Fault> {
    let changed = user::Model {
        roles,
        clearance,
        auth_epoch: held.auth_epoch + 1,
        version: held.version + 1,
        ..held.clone()
    };
    write(tx, changed).await
}

/// Writes another status; with `end` all sessions of the epoch before are dead.
pub async fn change_status(
    tx: &Tx,
    _: Granted,
    held: &user::Model,
    status: UserStatus,
    end: bool,
) -> Result<user::Model, Fault> {
    let changed = user::Model {
        status,
        auth_epoch: held.auth_epoch + i32::from(end),
        version: held.version + 1,
        ..held.clone()
    };
    write(tx, changed).await
}

/// Writes which roles an account keeps whose record is erased: all sessions of the epoch before are dead.
pub async fn keep_roles(tx: &Tx, held: &user::Model, roles: Roles) -> Result<user::Model, Fault> {
    let changed = user::Model {
        roles,
        auth_epoch: held.auth_epoch + 1,
        version: held.version + 1,
        ..held.clone()
    };
    write(tx, changed).await
}

/// Destroys the key of an account, what is sealed under it, and the password; it is found by nothing any more.
pub async fn erase(tx: &Tx, row: &user::Model, found_by: BlindIndex) -> Result<(), Fault> {
    let change = user::ActiveModel {
        data_key: Set(Sealed::GONE),
        email: Set(Sealed::GONE),
        email_index: Set(found_by),
        display_name: Set(Sealed::GONE),
        password_hash: Set("erased".to_owned()),
        status: Set(UserStatus::Disabled),
        auth_epoch: Set(row.auth_epoch + 1),
        version: Set(row.version + 1),
        ..Default::default()
    };
    user::Entity::update_many()
        .set(change)
        .filter(user::Column::Id.eq(row.id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Writes the columns of a held row that change.
async fn write(tx: &Tx, row: user::Model) -> Result<user::Model, Fault> {
    user::Entity::update_many()
        .col_expr(
            user::Column::PasswordHash,
            Expr::val(row.password_hash.clone()),
        )
        .col_expr(user::Column::Status, Expr::val(row.status))
        .col_expr(user::Column::Roles, Expr::val(row.roles))
        .col_expr(user::Column::Clearance, Expr::val(row.clearance))
        .col_expr(user::Column::AuthEpoch, Expr::val(row.auth_epoch))
        .col_expr(user::Column::Version, Expr::val(row.version))
        .filter(user::Column::Id.eq(row.id))
        .exec(tx.connection())
        .await?;
    Ok(row)
}
