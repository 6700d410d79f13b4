//! The second factor of an account: the seed of its one-time codes, and the one that is to replace it.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;
use crate::id::UserId;

/// The second factor of an account: the seed of its one-time codes, and the one that is to replace it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factor")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// Sealed under the user's key: the seed in use; none before the first was confirmed.
    pub seed: Option<Sealed>,
    /// The 30-second step of the last code that was taken: neither it nor an earlier one is taken again.
    pub last_step: i64,
    /// Sealed under the user's key: a seed that awaits its first code.
    pub pending_seed: Option<Sealed>,
    /// Until when it does.
    pub pending_until: Option<DateTimeUtc>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
