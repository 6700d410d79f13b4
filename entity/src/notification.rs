//! What the owners of accounts are told, and whether they have read it. What it is about is read where that lies.

use sea_orm::entity::prelude::*;

use crate::code::{NotificationKind, ReminderKind};
use crate::id::{AppointmentId, NotificationId, UserId};

/// Something that an account's owner is told.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NotificationId,
    /// Who is told.
    pub user_id: UserId,
    /// What it is about.
    pub kind: NotificationKind,
    /// Which appointment.
    pub appointment_id: AppointmentId,
    /// Which reminder of it.
    pub reminder_kind: ReminderKind,
    /// When that was due by its kind alone.
    pub due_at: DateTimeUtc,
    /// When they were told.
    pub created_at: DateTimeUtc,
    /// When they read it.
    pub read_at: Option<DateTimeUtc>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
