//! A link that was sent by mail and works once. An account has at most one for each purpose: the newest.

use sea_orm::entity::prelude::*;

use crate::cell::Digest;
use crate::code::LinkPurpose;
use crate::id::UserId;

/// A link that was sent by mail and works once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_link")]
pub struct Model {
    /// SHA-256 of the link's token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Digest,
    /// Whose account it is for.
    pub user_id: UserId,
    /// What it is good for.
    pub purpose: LinkPurpose,
    /// The epoch of the user when it was made.
    pub auth_epoch: i32,
    /// When it ends.
    pub expires_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
