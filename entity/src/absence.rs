//! When a doctor is away.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;
use crate::code::AbsenceKind;
use crate::id::{AbsenceId, DoctorId, UserId};

/// When a doctor is away.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "absence")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AbsenceId,
    /// Who.
    pub doctor_id: DoctorId,
    /// What for.
    pub kind: AbsenceKind,
    /// From when.
    pub starts_at: DateTimeUtc,
    /// Until when, as it was meant.
    pub ends_at: DateTimeUtc,
    /// When it was ended before that; before the beginning if it was called off.
    pub ended_at: Option<DateTimeUtc>,
    /// Sealed under the doctor's key: why, in words.
    pub reason: Option<Sealed>,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Who made it.
    pub recorded_by: Option<UserId>,
}

impl Model {
    /// Until when the doctor is away, whoever ended it; not after the beginning if they never were.
    #[must_use]
    pub fn until(&self) -> DateTimeUtc {
        self.ended_at.unwrap_or(self.ends_at)
    }

    /// Whether the doctor is away at a moment from the one instant up to the other.
    #[must_use]
    pub fn meets(&self, from: DateTimeUtc, until: DateTimeUtc) -> bool {
        self.starts_at < until && from.max(self.starts_at) < self.until()
    }
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
