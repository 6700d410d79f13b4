//! Bytes that nobody refers to any more, until they are gone.

use sea_orm::entity::prelude::*;

use crate::id::BlobId;

/// Bytes that nobody refers to any more, until they are gone.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document_waste")]
pub struct Model {
    /// Where they lie.
    #[sea_orm(primary_key, auto_increment = false)]
    pub blob_id: BlobId,
    /// Since when they are to go.
    pub created_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
