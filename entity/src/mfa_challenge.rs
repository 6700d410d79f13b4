//! One attempt at signing in whose password was right and whose second factor is awaited.

use sea_orm::entity::prelude::*;

use crate::cell::{Digest, Sealed};
use crate::id::{SessionId, UserId};

/// One attempt at signing in whose password was right and whose second factor is awaited.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mfa_challenge")]
pub struct Model {
    /// SHA-256 of the challenge's token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Digest,
    /// Whose account it is.
    pub user_id: UserId,
    /// The epoch of the user when the password was right.
    pub auth_epoch: i32,
    /// The session that it becomes.
    pub session_id: SessionId,
    /// Sealed under the user's key for that session: what the client calls itself.
    pub device: Sealed,
    /// Wrong codes so far.
    pub wrong: i32,
    /// When it ends.
    pub expires_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
