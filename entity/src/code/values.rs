//! Values that are more than one of a few codes.

use crate::id::VisitTypeId;
use sea_orm::{DeriveValueType, FromJsonQueryResult};
use serde::{Deserialize, Serialize};

/// What a user may be; stored as bits (patient 1, doctor 2, administrator 4, analyst 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Roles(pub i32);

impl Roles {
    /// No role at all.
    pub const NONE: Self = Self(0);
    /// One whose record it is.
    pub const PATIENT: Self = Self(1);
    /// One who treats.
    pub const DOCTOR: Self = Self(2);
    /// One who runs the clinic; no clinician.
    pub const ADMIN: Self = Self(4);
    /// One who counts; sees no person.
    pub const ANALYST: Self = Self(8);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether any role of `other` is among these.
    #[must_use]
    pub const fn any_of(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// A code with the system it comes from, and words for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coding {
    /// The code system's URI.
    pub system: String,
    /// The code.
    pub code: String,
    /// The code in words.
    pub display: String,
}

/// A doctor's specialties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Specialties(pub Vec<Coding>);

/// Days of the week; stored as bits (Monday 1, Tuesday 2, Wednesday 4, …).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Weekdays(pub i32);

/// The only kinds of visits that something is for; all kinds when there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct OnlyFor(pub Vec<VisitTypeId>);
