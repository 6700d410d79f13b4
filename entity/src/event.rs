//! One fact in one stream. It holds ids, never content.

use sea_orm::entity::prelude::*;

use crate::code::EventKind;
use crate::id::EventId;

/// One fact in one stream. It holds ids, never content.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// The stream.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream: String,
    /// Its place in the stream; 1, 2, 3 without gaps, but for [`span`](Self::span).
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// The same in every stream that the fact belongs to.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// To which thing.
    pub subject: Uuid,
    /// The thing's version after it.
    pub version: i32,
    /// When.
    pub occurred_at: DateTimeUtc,
    /// How many places it stands for, of which `seq` is the last; one but for a record that many have seen at once. Their
    /// subjects count up from this one.
    pub span: i32,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
