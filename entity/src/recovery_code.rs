//! One code that stands in for a lost second factor, once.

use sea_orm::entity::prelude::*;

use crate::cell::Digest;
use crate::id::UserId;

/// One code that stands in for a lost second factor, once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_code")]
pub struct Model {
    /// SHA-256 of the code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Digest,
    /// Whose it is.
    pub user_id: UserId,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
