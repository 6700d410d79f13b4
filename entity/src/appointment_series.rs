//! Appointments that come again by a rule: what they were booked by. The appointments themselves are rows of their own.

use sea_orm::entity::prelude::*;

use crate::id::{DoctorId, PatientId, SeriesId, UserId};

/// Appointments that come again by a rule.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment_series")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SeriesId,
    /// Who comes.
    pub patient_id: PatientId,
    /// Who receives, from the last change of all or of what follows on.
    pub doctor_id: DoctorId,
    /// The rule that they were booked by, as RFC 5545 writes it.
    pub rule: String,
    /// IANA zone whose clocks the rule was read on.
    pub zone: String,
    /// Counts the changes: of the series as such, and each time that one of its appointments is called off or moved.
    pub version: i32,
    /// When it was booked.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Who booked it.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
