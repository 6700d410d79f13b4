//! Where an entry of a chart came from that was taken in from elsewhere.

use sea_orm::entity::prelude::*;

use crate::cell::BlindIndex;
use crate::id::RecordId;

/// Where an entry of a chart came from that was taken in from elsewhere; it can have been several things there.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chart_source")]
pub struct Model {
    /// A keyed hash of what it is called there.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_index: BlindIndex,
    /// The entry that was made of it.
    pub record_id: RecordId,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
