//! One who can sign in: patients, doctors, administrators, analysts.

use sea_orm::entity::prelude::*;

use crate::cell::{BlindIndex, Sealed};
use crate::code::{Confidentiality, Roles, UserStatus};
use crate::id::UserId;

/// One who can sign in: patients, doctors, administrators, analysts.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// The wrapped key under which this row is sealed.
    pub data_key: Sealed,
    /// Sealed: the e-mail address.
    pub email: Sealed,
    /// The e-mail address, for look-ups; unique.
    pub email_index: BlindIndex,
    /// Sealed: the name shown to others.
    pub display_name: Sealed,
    /// argon2id, as a PHC string.
    pub password_hash: String,
    /// Whether they may sign in.
    pub status: UserStatus,
    /// What they may be.
    pub roles: Roles,
    /// Up to which confidentiality they may read.
    pub clearance: Confidentiality,
    /// Rises whenever all of their sessions must end; a token of an older epoch is dead.
    pub auth_epoch: i32,
    /// When a second factor was enrolled.
    pub mfa_enrolled_at: Option<DateTimeUtc>,
    /// When it was shown that their mail reaches them.
    pub email_verified_at: Option<DateTimeUtc>,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
