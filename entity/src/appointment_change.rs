//! What was done to appointments after they were made. It names nobody but whose account did it, and says nothing of why
//! the patient comes.

use sea_orm::entity::prelude::*;

use crate::code::{AppointmentStatus, CancellationReason};
use crate::id::{AppointmentId, UserId};

/// What was done to an appointment after it was made: one row for each version but the first.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment_change")]
pub struct Model {
    /// To which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub appointment_id: AppointmentId,
    /// The version that came of it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// Where it stood before.
    pub from_status: AppointmentStatus,
    /// Where it stood then.
    pub status: AppointmentStatus,
    /// Why, if it was called off.
    pub cancellation_reason: Option<CancellationReason>,
    /// When.
    pub occurred_at: DateTimeUtc,
    /// Who did it; nobody when it was time.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
