//! When those who have come to their appointment came, and were called in.

use sea_orm::entity::prelude::*;

use crate::id::{AppointmentId, DoctorId};

/// That somebody has come to their appointment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attendance")]
pub struct Model {
    /// To which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub appointment_id: AppointmentId,
    /// With whom it is.
    pub doctor_id: DoctorId,
    /// When they came.
    pub arrived_at: DateTimeUtc,
    /// When they were called in.
    pub called_at: Option<DateTimeUtc>,
}

/// The relation that says whether the visit is over.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// To which appointment they came.
    #[sea_orm(
        belongs_to = "super::appointment::Entity",
        from = "Column::AppointmentId",
        to = "super::appointment::Column::Id"
    )]
    Appointment,
}

impl ActiveModelBehavior for ActiveModel {}
