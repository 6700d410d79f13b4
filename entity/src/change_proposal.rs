//! A change of a patient's data that the patient asks for, and what became of it.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;
use crate::code::{ProposalKind, ProposalStatus};
use crate::id::{ChangeProposalId, PatientId, RecordId, UserId};

/// A change of a patient's data that the patient asks for, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change_proposal")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChangeProposalId,
    /// Whose.
    pub patient_id: PatientId,
    /// Of what.
    pub kind: ProposalKind,
    /// Where it stands.
    pub status: ProposalStatus,
    /// Which entry of the chart: of a new one, none until it was accepted.
    pub record_id: Option<RecordId>,
    /// Which version of the entry or the record the patient had seen; none of a new entry.
    pub base_version: Option<i32>,
    /// Sealed under the patient's key: field by field what it said and what it should say, and the patient's words.
    pub content: Sealed,
    /// Sealed under the patient's key: the word on each field, and why.
    pub decision: Option<Sealed>,
    /// When it was asked for.
    pub proposed_at: DateTimeUtc,
    /// By whom.
    pub proposed_by: UserId,
    /// When it was decided, or withdrawn.
    pub decided_at: Option<DateTimeUtc>,
    /// Who decided; nobody when it was withdrawn.
    pub decided_by: Option<UserId>,
    /// Counts the changes of this row.
    pub version: i32,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
