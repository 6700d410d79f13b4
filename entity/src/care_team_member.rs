//! A doctor's place in a patient's care team: the relation that opens a chart.

use sea_orm::entity::prelude::*;

use crate::code::CareTeamRole;
use crate::id::{CareTeamMemberId, DoctorId, PatientId, UserId};

/// A doctor's place in a patient's care team: the relation that opens a chart.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "care_team_member")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CareTeamMemberId,
    /// Whose team.
    pub patient_id: PatientId,
    /// Who is in it.
    pub doctor_id: DoctorId,
    /// As what.
    pub role: CareTeamRole,
    /// From when.
    pub starts_at: DateTimeUtc,
    /// Until when; open when absent.
    pub ends_at: Option<DateTimeUtc>,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Who recorded it.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
