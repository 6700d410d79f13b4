//! Private links to calendars, one an account; whoever reads the table learns none of them.

use sea_orm::entity::prelude::*;

use crate::cell::Digest;
use crate::id::UserId;

/// A private link to an account's calendar.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_feed")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// The hash of its secret.
    pub hash: Digest,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
