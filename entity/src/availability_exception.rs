//! Days on which a doctor's hours are others than the rules say, in wall-clock time.

use sea_orm::entity::prelude::*;

use crate::code::{AvailabilityExceptionKind, OnlyFor};
use crate::id::{AvailabilityExceptionId, DoctorId, UserId};

/// Days on which a doctor's hours are others than the rules say, in wall-clock time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "availability_exception")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AvailabilityExceptionId,
    /// Whose.
    pub doctor_id: DoctorId,
    /// Closed, or open besides.
    pub kind: AvailabilityExceptionKind,
    /// The first day.
    pub first_day: Date,
    /// The last day.
    pub last_day: Date,
    /// From this minute of each of the days on.
    pub from_minute: i32,
    /// Up to this minute of each of the days; 1440 is its end.
    pub until_minute: i32,
    /// Open: visits begin every so many minutes from the first on.
    pub step: i32,
    /// The IANA zone whose clocks on the wall are meant.
    pub zone: String,
    /// Open: for which kinds of visits.
    pub visit_types: OnlyFor,
    /// Open: where the doctor is then.
    pub location: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Who made it.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
