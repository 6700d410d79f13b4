//! How far a stream has come. Locked by each writer, which makes its sequence gapless and in commit order.

use sea_orm::entity::prelude::*;

/// How far a stream has come. Locked by each writer, which makes its sequence gapless and in commit order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stream_head")]
pub struct Model {
    /// The stream.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream: String,
    /// The sequence of its newest event.
    pub seq: i64,
    /// The newest sequence that retention has removed; 0 when all are there.
    pub floor: i64,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
