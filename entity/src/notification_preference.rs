//! What the owners of accounts want of reminders. Whoever has no row has not said anything.

use sea_orm::entity::prelude::*;

use crate::id::UserId;

/// What an account's owner wants of reminders.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_preference")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// As notifications.
    pub live: bool,
    /// As letters.
    pub email: bool,
    /// Seven days before.
    pub week_before: bool,
    /// 24 hours before.
    pub day_before: bool,
    /// Two hours before.
    pub hours_before: bool,
    /// From which minute of the day on nothing is to be sent.
    pub quiet_from: Option<i32>,
    /// Until which minute of the day.
    pub quiet_until: Option<i32>,
    /// The IANA zone of these minutes; that of the appointment if absent.
    pub zone: Option<String>,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
