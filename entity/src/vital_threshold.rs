//! The bounds that a care team has set for a vital sign of a patient: one row a version, never changed.

use sea_orm::entity::prelude::*;

use crate::cell::{BlindIndex, Sealed};
use crate::id::{PatientId, UserId, VitalThresholdId};

/// The bounds that a care team has set for a vital sign of a patient: one row a version, never changed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vital_threshold")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VitalThresholdId,
    /// Whose.
    pub patient_id: PatientId,
    /// A keyed hash of what is measured.
    pub measure_index: BlindIndex,
    /// Which one: 1, 2, 3 without gaps; the last holds.
    pub version: i32,
    /// Sealed under the patient's key: what is measured, the bounds (none: those of the clinic), and why.
    pub content: Sealed,
    /// When.
    pub recorded_at: DateTimeUtc,
    /// By whom.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
