//! Reminders: each is sent once, or it is known why not. Nothing of it says what the appointment is for.

use sea_orm::entity::prelude::*;

use crate::code::{ReminderCause, ReminderChannel, ReminderKind, ReminderState};
use crate::id::{AppointmentId, UserId};

/// A reminder of an appointment, by one way, at one time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reminder")]
pub struct Model {
    /// Of which appointment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub appointment_id: AppointmentId,
    /// How long before it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: ReminderKind,
    /// By which way.
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: ReminderChannel,
    /// When it is due by its kind alone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub due_at: DateTimeUtc,
    /// Whose account.
    pub user_id: UserId,
    /// When it is to be sent: when it is due, unless that is in quiet hours.
    pub send_at: DateTimeUtc,
    /// From when on it may be tried (again).
    pub try_at: DateTimeUtc,
    /// What became of it.
    pub state: ReminderState,
    /// Why it was not sent, once that is certain.
    pub cause: Option<ReminderCause>,
    /// How often sending it was begun.
    pub attempts: i32,
    /// What its letter is known by, at every attempt.
    pub message_id: Uuid,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
