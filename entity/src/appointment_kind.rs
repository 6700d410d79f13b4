//! What kind of visit an appointment is where it came from, of one that was taken in from elsewhere.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;
use crate::id::AppointmentId;

/// What kind of visit an appointment is where it came from, of one that was taken in from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment_kind")]
pub struct Model {
    /// Which appointment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub appointment_id: AppointmentId,
    /// Sealed under the patient's key: the kind in words.
    pub kind: Sealed,
    /// Whether it stands for the reason too, of which nothing was told.
    pub is_reason: bool,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
