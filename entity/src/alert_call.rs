//! A doctor who was called to an alert: one row each, in their order.

use sea_orm::entity::prelude::*;

use crate::id::{DoctorId, VitalAlertId};

/// A doctor who was called to an alert: one row each, in their order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_call")]
pub struct Model {
    /// To which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub alert_id: VitalAlertId,
    /// As the how many-th: 1, 2, 3 without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// Who.
    pub doctor_id: DoctorId,
    /// When.
    pub called_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
