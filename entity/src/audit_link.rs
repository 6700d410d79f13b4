//! One link of the chain over the audit's entries.

use sea_orm::entity::prelude::*;

use crate::id::AuditEntryId;

/// One link of the chain over the audit's entries.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_link")]
pub struct Model {
    /// 1, 2, 3 without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// The entry that it seals.
    #[sea_orm(unique)]
    pub entry_id: AuditEntryId,
    /// Keyed hash over the link before and the entry.
    pub hash: Vec<u8>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
