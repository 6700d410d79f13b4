//! One who waits for a time: with whom, for what, and when they could come.

use sea_orm::entity::prelude::*;
use sea_orm::{DeriveActiveEnum, EnumIter, FromJsonQueryResult};
use serde::{Deserialize, Serialize};

use crate::cell::Sealed;
use crate::id::{DoctorId, PatientId, UserId, VisitTypeId, WaitlistEntryId};

/// How urgent a visit is: FHIR request priority. Stored as a number, for it is what the list is sorted by.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "i32", db_type = "Integer")]
pub enum WaitlistPriority {
    /// FHIR `stat`: at once.
    Stat = 1,
    /// FHIR `asap`: as soon as it can be.
    Asap = 2,
    /// FHIR `urgent`: sooner than is usual.
    Urgent = 3,
    /// FHIR `routine`: as usual.
    Routine = 4,
}

/// Where somebody who waits stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum WaitlistStatus {
    /// They wait.
    #[sea_orm(string_value = "ACTIVE")]
    Active,
    /// A time is held for them; they are to answer.
    #[sea_orm(string_value = "OFFERED")]
    Offered,
    /// They took a time that was offered.
    #[sea_orm(string_value = "BOOKED")]
    Booked,
    /// They wait no more.
    #[sea_orm(string_value = "WITHDRAWN")]
    Withdrawn,
    /// The days on which they could come are over, or they left too many offers without an answer.
    #[sea_orm(string_value = "EXPIRED")]
    Expired,
}

impl WaitlistStatus {
    /// The states of those who wait.
    pub const WAITING: [Self; 2] = [Self::Active, Self::Offered];

    /// Whether whoever stands here waits.
    #[must_use]
    pub fn waits(self) -> bool {
        Self::WAITING.contains(&self)
    }
}

/// A part of certain days on which somebody could come, in the wall-clock time of whoever receives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Not before this day.
    pub first_day: Option<Date>,
    /// Not after this day.
    pub last_day: Option<Date>,
    /// On which days of the week: Monday is 1, Tuesday 2, Wednesday 4…
    pub weekdays: i32,
    /// From this minute of the day on.
    pub from: i32,
    /// Up to this minute of the day; 1440 is its end.
    pub until: i32,
}

/// When somebody could come; at any time when there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Windows(pub Vec<Window>);

/// One who waits for a time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist_entry")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WaitlistEntryId,
    /// Who waits.
    pub patient_id: PatientId,
    /// For what kind of visit.
    pub visit_type_id: VisitTypeId,
    /// With this doctor; or else…
    pub doctor_id: Option<DoctorId>,
    /// …with any who is trained in what has this code.
    pub specialty: Option<String>,
    /// How urgent it is.
    pub priority: WaitlistPriority,
    /// When they could come.
    pub windows: Windows,
    /// What whoever arranges it should know; sealed under the patient's key.
    pub note: Option<Sealed>,
    /// Where they stand.
    pub status: WaitlistStatus,
    /// How many offers in a row were not answered.
    pub unanswered: i32,
    /// From then on they wait no more.
    pub expires_at: DateTimeUtc,
    /// Counts the changes of this row.
    pub version: i32,
    /// Since when they wait.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Who put them on the list.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Who waits.
    #[sea_orm(
        belongs_to = "super::patient::Entity",
        from = "Column::PatientId",
        to = "super::patient::Column::Id"
    )]
    Patient,
}

impl Related<super::patient::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Patient.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
