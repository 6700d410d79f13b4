//! An entry of a patient's chart, as it stands now.

use sea_orm::entity::prelude::*;

use crate::cell::{BlindIndex, Sealed};
use crate::code::{RecordKind, RecordSource, RecordStatus};
use crate::id::{PanelId, PatientId, RecordId, UserId};

/// An entry of a patient's chart, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chart_record")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecordId,
    /// Whose chart.
    pub patient_id: PatientId,
    /// What it is.
    pub kind: RecordKind,
    /// Where it stands.
    pub status: RecordStatus,
    /// Whose word it is.
    pub source: RecordSource,
    /// Of a vital sign: a keyed hash of what was measured.
    pub code_index: Option<BlindIndex>,
    /// Of a vital sign: what it was taken together with.
    pub panel_id: Option<PanelId>,
    /// When it happened, or was recorded if that is not known; lists are in this order.
    pub effective_at: DateTimeUtc,
    /// Sealed under the patient's key: all that it says.
    pub content: Sealed,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it was recorded.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Who recorded it as it stands.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
