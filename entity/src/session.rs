//! One signed-in device: the family of its refresh tokens.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;
use crate::id::{SessionId, UserId};

/// One signed-in device: the family of its refresh tokens.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// The id; the access token names it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The epoch of the user when it began.
    pub auth_epoch: i32,
    /// Sealed under the user's key: what the client calls itself.
    pub device: Sealed,
    /// When its owner last proved who they are: with the second factor if they have one, else with the password.
    pub proved_at: Option<DateTimeUtc>,
    /// When it began.
    pub created_at: DateTimeUtc,
    /// When it was last refreshed.
    pub last_used_at: DateTimeUtc,
    /// When it ends unless refreshed before.
    pub idle_expires_at: DateTimeUtc,
    /// When it ends whatever happens.
    pub expires_at: DateTimeUtc,
    /// When it was ended before its time.
    pub revoked_at: Option<DateTimeUtc>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
