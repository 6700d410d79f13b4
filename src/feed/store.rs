//! Selects and writes of private links.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use crate::access::Granted;
use crate::db::{Db, Tx};
use crate::error::Fault;
use entity::cell::{Digest, Sealed};
use entity::id::{DoctorId, PatientId, UserId};
use entity::{calendar_feed as feed, doctor, patient, user};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _,
};

/// Whose link it is, and whose appointments are theirs.
pub struct Owner {
    /// The account.
    pub user: user::Model,
    /// The record that is theirs.
    pub patient: Option<PatientId>,
    /// The doctor that they are.
    pub doctor: Option<DoctorId>,
}

/// The owner of the link of this hash.
pub async fn owner(db: &Db, hash: &Digest) -> Result<Option<Owner>, Fault> {
    let link = feed::Entity::find().filter(feed::Column::Hash.eq(hash.clone()));
    let Some(link) = link.one(db.read()).await? else {
        return Ok(None);
    };
    let user = user::Entity::find_by_id(link.user_id)
        .filter(user::Column::DataKey.ne(Sealed::GONE))
        .one(db.read());
    let patient = patient::Entity::find()
        .select_only()
        .column(patient::Column::Id)
        .filter(patient::Column::UserId.eq(link.user_id))
        .into_tuple()
        .one(db.read());
    let doctor = doctor::Entity::find()
        .select_only()
        .column(doctor::Column::Id)
        .filter(doctor::Column::UserId.eq(link.user_id))
        .into_tuple()
        .one(db.read());
    let (user, patient, doctor) = futures_util::try_join!(user, patient, doctor)?;
    Ok(user.map(|user| Owner {
        user,
        patient,
        doctor,
    }))
}

/// The link of an account.
pub async fn of_user(db: &Db, _: Granted, user: UserId) -> Result<Option<feed::Model>, Fault> {
    Ok(feed::Entity::find_by_id(user).one(db.read()).await?)
}

/// Writes the link of an account, unless there is one that it is not to replace. Says whether it was written.
pub async fn keep(tx: &Tx, _: Granted, row: feed::Model, replace: bool) -> Result<bool, Fault> {
    let mut there = OnConflict::column(feed::Column::UserId);
    let there = if replace {
        there.update_columns([feed::Column::Hash, feed::Column::CreatedAt])
    } else {
        there.do_nothing()
    };
    let written = feed::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(there.to_owned())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(written == 1)
}

/// Whether an account has no link.
pub async fn is_none(tx: &Tx, user: UserId) -> Result<bool, Fault> {
    let link = feed::Entity::find_by_id(user).one(tx.connection()).await?;
    Ok(link.is_none())
}

/// Takes the link of an account back, if it has one.
pub async fn revoke(tx: &Tx, _: Granted, user: UserId) -> Result<(), Fault> {
    feed::Entity::delete_by_id(user)
        .exec(tx.connection())
        .await?;
    Ok(())
}
