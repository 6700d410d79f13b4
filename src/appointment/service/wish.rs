//! What is wanted of a time, when it can be wanted at all, and why it is not given away.

use crate::appointment::store::Taken;
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::AppointmentStatus;
use entity::id::{DoctorId, PatientId, VisitTypeId};

/// How far ahead a time can be given away.
pub(super) const FURTHEST: TimeDelta = TimeDelta::days(730);
/// How long a reason may be, in characters.
const LONGEST_REASON: usize = 500;

/// What is wanted of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To have it.
    Book,
    /// To ask for it: the doctor accepts or declines.
    Request,
    /// To have nobody else take it for a few minutes.
    Hold,
}

impl Wish {
    pub(super) fn mutation(self) -> &'static str {
        match self {
            Self::Book => "bookAppointment",
            Self::Request => "requestAppointment",
            Self::Hold => "holdSlot",
        }
    }

    pub(super) fn status(self) -> AppointmentStatus {
        match self {
            Self::Book => AppointmentStatus::Booked,
            Self::Request => AppointmentStatus::Proposed,
            Self::Hold => AppointmentStatus::Pending,
        }
    }
}

/// Give this time away.
#[derive(Clone, Debug)]
pub struct Book {
    /// To whom.
    pub patient: PatientId,
    /// With whom.
    pub doctor: DoctorId,
    /// For what; it says how long.
    pub visit_type: VisitTypeId,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Why, in the patient's words.
    pub reason: Option<String>,
    /// What is wanted of it.
    pub wish: Wish,
    /// Under which the answer is remembered.
    pub idempotency_key: Option<String>,
}

/// Why a time is not given away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookRefusal {
    /// The doctor's time is taken.
    SlotTaken,
    /// The patient has another appointment then.
    PatientBusy,
    /// The time has passed.
    InThePast,
    /// The time is too far ahead.
    TooFarAhead,
    /// A time begins at a full minute.
    NotAFullMinute,
    /// There is no such patient that the viewer may know of.
    PatientNotFound,
    /// There is no such doctor.
    DoctorNotFound,
    /// The doctor takes no new patients.
    NotAcceptingPatients,
    /// The doctor may not read a record that is as sensitive.
    DoctorNotCleared,
    /// There is no such visit type, or it cannot be booked.
    VisitTypeNotFound,
    /// The doctor must accept visits of this type: ask for it instead.
    NeedsApproval,
    /// The doctor's hours do not offer that time.
    NotAvailable,
    /// They hold as many times as one may.
    TooManyHolds,
    /// The reason is too long, or has control characters.
    InvalidReason,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Taken> for BookRefusal {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::Doctor => Self::SlotTaken,
            Taken::Patient => Self::PatientBusy,
        }
    }
}

/// When a time can be given away at all; pure.
pub(super) fn check_time(starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), BookRefusal> {
    if starts_at.timestamp_subsec_nanos() != 0 || starts_at.timestamp() % 60 != 0 {
        Err(BookRefusal::NotAFullMinute)
    } else if starts_at < now {
        Err(BookRefusal::InThePast)
    } else if starts_at > now + FURTHEST {
        Err(BookRefusal::TooFarAhead)
    } else {
        Ok(())
    }
}

/// A reason as it is kept: trimmed, none when empty.
pub(super) fn check_reason(reason: Option<&str>) -> Result<Option<&str>, BookRefusal> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let wrong = |reason: &str| {
        reason.chars().count() > LONGEST_REASON
            || reason.chars().any(|c| c.is_control() && c != '\n')
    };
    match reason {
        Some(reason) if wrong(reason) => Err(BookRefusal::InvalidReason),
        reason => Ok(reason),
    }
}
