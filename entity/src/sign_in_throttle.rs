//! How often signing in failed, for an account or an address.

use sea_orm::entity::prelude::*;

use crate::cell::BlindIndex;

/// How often signing in failed, for an account or an address.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_throttle")]
pub struct Model {
    /// A keyed hash of the account or address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: BlindIndex,
    /// Failures in a row (account), or the bucket's level in thousandths (address).
    pub failures: i64,
    /// Until when every try is refused.
    pub blocked_until: Option<DateTimeUtc>,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
