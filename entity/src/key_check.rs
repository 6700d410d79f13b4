//! A value sealed under each master key in use, so that a wrong key is noticed at start.

use sea_orm::entity::prelude::*;

use crate::cell::{Digest, Sealed};

/// A value sealed under each master key in use, so that a wrong key is noticed at start.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "key_check")]
pub struct Model {
    /// The key's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: Digest,
    /// A known text, sealed.
    pub proof: Sealed,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
