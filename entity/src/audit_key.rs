//! The key of the audit, wrapped: one row.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;

/// The key of the audit, wrapped: one row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_key")]
pub struct Model {
    /// Always the same.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The data key under which the secret and addresses are sealed, wrapped by a master key.
    pub data_key: Sealed,
    /// The secret that entries and links are hashed with, sealed.
    pub secret: Sealed,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
