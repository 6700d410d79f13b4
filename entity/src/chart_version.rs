//! One version of an entry of a chart: written with every change, the first too, and never changed.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;
use crate::code::RecordSource;
use crate::id::{ChangeProposalId, RecordId, RecordVersionId, UserId};

/// One version of an entry of a chart: written with every change, the first too, and never changed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chart_version")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecordVersionId,
    /// Of which entry.
    pub record_id: RecordId,
    /// Which one: 1, 2, 3 without gaps.
    pub version: i32,
    /// Sealed under the patient's key: all that the entry said then.
    pub content: Sealed,
    /// Sealed under the patient's key: why it was entered in error, or ordered in spite of something.
    pub reason: Option<Sealed>,
    /// Sealed under the patient's key: in spite of what it was ordered.
    pub overridden: Option<Sealed>,
    /// Whose proposal it came of, if it did; erased with it.
    pub proposal_id: Option<ChangeProposalId>,
    /// Who changed it: the patient, or the clinic.
    pub recorded_as: RecordSource,
    /// When.
    pub recorded_at: DateTimeUtc,
    /// By whom.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
