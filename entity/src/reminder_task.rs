//! Appointments whose reminders are to be worked out. The database itself writes these rows, with whatever changes an
//! appointment.

use sea_orm::entity::prelude::*;

use crate::id::AppointmentId;

/// An appointment whose reminders are to be worked out.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reminder_task")]
pub struct Model {
    /// Which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub appointment_id: AppointmentId,
    /// When it became so: what was due before is not reminded of any more.
    pub since: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
