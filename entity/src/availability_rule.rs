//! Hours of a doctor that come again each week, in wall-clock time.

use sea_orm::entity::prelude::*;

use crate::code::{OnlyFor, Weekdays};
use crate::id::{AvailabilityRuleId, DoctorId, UserId};

/// Hours of a doctor that come again each week, in wall-clock time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "availability_rule")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AvailabilityRuleId,
    /// Whose.
    pub doctor_id: DoctorId,
    /// On which days.
    pub weekdays: Weekdays,
    /// From this minute of the day on.
    pub from_minute: i32,
    /// Up to this minute of the day; 1440 is its end.
    pub until_minute: i32,
    /// Visits begin every so many minutes from the first on.
    pub step: i32,
    /// The IANA zone whose clocks on the wall are meant.
    pub zone: String,
    /// The first day on which it holds.
    pub valid_from: Date,
    /// The last day on which it holds; it goes on when there is none.
    pub valid_until: Option<Date>,
    /// For which kinds of visits.
    pub visit_types: OnlyFor,
    /// Where the doctor is then.
    pub location: Option<String>,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Who made it.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
