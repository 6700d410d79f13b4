//! What was answered under a caller's idempotency key.

use sea_orm::entity::prelude::*;

use crate::cell::BlindIndex;
use crate::id::UserId;

/// What was answered under a caller's idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// Whose key it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// The mutation it was used with.
    #[sea_orm(primary_key, auto_increment = false)]
    pub mutation: String,
    /// A keyed hash of the key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: BlindIndex,
    /// A keyed hash of the input.
    pub input: BlindIndex,
    /// The thing that came of it.
    pub result: Uuid,
    /// When it was used.
    pub created_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
