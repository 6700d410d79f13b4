//! What may follow what, and when: FHIR's appointment states as a table. No clock and no database.

use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{AppointmentStatus as Status, CancellationReason};

/// What somebody, or time, does to an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// The doctor accepts what was asked for.
    Accept,
    /// The patient says that they will come; of a hold it makes a booking.
    Confirm,
    /// Pre-registration is done.
    CheckIn,
    /// The patient is here.
    Arrive,
    /// They are called in.
    Call,
    /// It took place.
    Complete,
    /// The patient did not come.
    MarkNoShow,
    /// They did come, or it was not their fault.
    UndoNoShow,
    /// It is called off.
    Cancel,
    /// It is replaced by one at another time.
    Reschedule,
    /// It is replaced by one with another doctor, or at another time because the doctor is away.
    Reroute,
    /// It never was.
    EnterInError,
}

impl Move {
    /// Every move.
    pub const ALL: [Self; 12] = [
        Self::Accept,
        Self::Confirm,
        Self::CheckIn,
        Self::Arrive,
        Self::Call,
        Self::Complete,
        Self::MarkNoShow,
        Self::UndoNoShow,
        Self::Cancel,
        Self::Reschedule,
        Self::Reroute,
        Self::EnterInError,
    ];
}

/// So long after its beginning an appointment may be marked as not come to.
pub const NO_SHOW_GRACE: TimeDelta = TimeDelta::minutes(15);
/// So long after its beginning that mark may be undone.
pub const NO_SHOW_UNDO: TimeDelta = TimeDelta::hours(24);
/// So long before its beginning a patient can be here for it at the earliest.
pub const ARRIVAL_OPENS: TimeDelta = TimeDelta::hours(12);

/// So long after its beginning the clinic can still call an appointment off.
pub const CANCEL_GRACE: TimeDelta = TimeDelta::days(1);

/// Why a move cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// Not from this state.
    WrongState,
    /// Not yet.
    TooEarly,
    /// Not any more.
    TooLate,
}

/// Whether somebody may give this reason for calling an appointment off: what the clinic knows is not the patient's to
/// say, and a move to another time has a verb of its own.
#[must_use]
pub fn may_give(reason: CancellationReason, by_patient: bool) -> bool {
    match reason {
        CancellationReason::Rescheduled | CancellationReason::HoldExpired => false,
        CancellationReason::PatientDeceased
        | CancellationReason::Provider
        | CancellationReason::ProviderPersonal
        | CancellationReason::Maintenance => !by_patient,
        _ => true,
    }
}

/// Whether it is still time to call an appointment off that stands there: for a patient until so long before it begins, for
/// the clinic until a while after. What nobody has agreed to yet is let go of, or turned down, whenever one likes.
#[must_use]
pub fn may_still_cancel(
    from: Status,
    starts_at: DateTime<Utc>,
    now: DateTime<Utc>,
    cutoff_of_patient: Option<TimeDelta>,
) -> bool {
    match (from, cutoff_of_patient) {
        (Status::Pending | Status::Proposed, _) => true,
        (_, Some(cutoff)) => starts_at >= now + cutoff,
        (_, None) => starts_at >= now - CANCEL_GRACE,
    }
}

/// The state after the move, by the table alone.
#[must_use]
pub fn next(from: Status, doing: Move) -> Option<Status> {
    match (from, doing) {
        (Status::Proposed, Move::Accept) => Some(Status::Booked),
        (Status::Pending | Status::Booked, Move::Confirm) => Some(Status::Booked),
        (Status::Booked, Move::CheckIn) => Some(Status::CheckedIn),
        (Status::Booked | Status::CheckedIn, Move::Arrive) => Some(Status::Arrived),
        // FHIR's appointment has no state for it; its encounter is `in-progress` then.
        (Status::Arrived, Move::Call) => Some(Status::Arrived),
        (Status::Arrived, Move::Complete) => Some(Status::Fulfilled),
        (Status::Booked | Status::CheckedIn, Move::MarkNoShow) => Some(Status::NoShow),
        (Status::NoShow, Move::UndoNoShow) => Some(Status::Booked),
        (Status::Proposed | Status::Pending | Status::Booked | Status::CheckedIn, Move::Cancel)
        | (Status::Booked, Move::Reschedule)
        | (Status::Proposed | Status::Booked | Status::CheckedIn, Move::Reroute) => {
            Some(Status::Cancelled)
        }
        (Status::EnteredInError, Move::EnterInError) => None,
        (_, Move::EnterInError) => Some(Status::EnteredInError),
        _ => None,
    }
}

/// Which move it was that led from one state to the other; moving to another time or doctor is a way of calling off.
#[must_use]
pub fn between(from: Status, to: Status) -> Option<Move> {
    let mut all = Move::ALL.into_iter();
    let replaces = |doing: Move| matches!(doing, Move::Reschedule | Move::Reroute);
    all.find(|doing| !replaces(*doing) && next(from, *doing) == Some(to))
}

/// The state after the move, if the table and the time allow it.
///
/// # Errors
/// [`Stuck`], which says what stands in the way.
pub fn after(
    from: Status,
    doing: Move,
    starts_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Status, Stuck> {
    let to = next(from, doing).ok_or(Stuck::WrongState)?;
    match doing {
        Move::MarkNoShow if now < starts_at + NO_SHOW_GRACE => Err(Stuck::TooEarly),
        Move::CheckIn | Move::Arrive if now < starts_at - ARRIVAL_OPENS => Err(Stuck::TooEarly),
        Move::UndoNoShow if now > starts_at + NO_SHOW_UNDO => Err(Stuck::TooLate),
        Move::Accept | Move::Confirm | Move::Reschedule | Move::Reroute if now > starts_at => {
            Err(Stuck::TooLate)
        }
        _ => Ok(to),
    }
}

#[cfg(test)]
mod tests {
    use super::{Move, NO_SHOW_GRACE, NO_SHOW_UNDO, Status, Stuck, after, between, next};
    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;
    use std::fmt::Write as _;

    const STATES: [Status; 9] = [
        Status::Proposed,
        Status::Pending,
        Status::Booked,
        Status::CheckedIn,
        Status::Arrived,
        Status::Fulfilled,
        Status::Cancelled,
        Status::NoShow,
        Status::EnteredInError,
    ];

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn the_table_is_this() {
        let mut table = String::new();
        for from in STATES {
            for doing in Move::ALL {
                if let Some(to) = next(from, doing).filter(|_| doing != Move::EnterInError) {
                    writeln!(table, "{from:?} -{doing:?}-> {to:?}").unwrap();
                }
            }
        }
        insta::assert_snapshot!(table, @r"
        Proposed -Accept-> Booked
        Proposed -Cancel-> Cancelled
        Proposed -Reroute-> Cancelled
        Pending -Confirm-> Booked
        Pending -Cancel-> Cancelled
        Booked -Confirm-> Booked
        Booked -CheckIn-> CheckedIn
        Booked -Arrive-> Arrived
        Booked -MarkNoShow-> NoShow
        Booked -Cancel-> Cancelled
        Booked -Reschedule-> Cancelled
        Booked -Reroute-> Cancelled
        CheckedIn -Arrive-> Arrived
        CheckedIn -MarkNoShow-> NoShow
        CheckedIn -Cancel-> Cancelled
        CheckedIn -Reroute-> Cancelled
        Arrived -Call-> Arrived
        Arrived -Complete-> Fulfilled
        NoShow -UndoNoShow-> Booked
        ");
    }

    #[test]
    fn no_two_moves_lead_the_same_way_but_calling_off_and_moving() {
        for from in STATES {
            for doing in Move::ALL {
                let replaces = matches!(doing, Move::Reschedule | Move::Reroute);
                if let Some(to) = next(from, doing).filter(|_| !replaces) {
                    assert_eq!(between(from, to), Some(doing), "{from:?} to {to:?}");
                }
            }
        }
        assert_eq!(between(Status::Fulfilled, Status::Booked), None);
    }

    proptest! {
        #[test]
        fn no_walk_leaves_a_final_state_or_frees_a_time_that_was_used(
            walk in prop::collection::vec((0_usize..12, -2_000_i64..4_000), 0..40)
        ) {
            let mut state = Status::Proposed;
            for (doing, minutes) in walk {
                let now = start() + TimeDelta::minutes(minutes);
                if let Ok(to) = after(state, Move::ALL[doing], start(), now) {
                    prop_assert!(!matches!(state, Status::EnteredInError));
                    if matches!(state, Status::Cancelled | Status::Fulfilled) {
                        prop_assert_eq!(to, Status::EnteredInError);
                    }
                    if to == Status::Fulfilled {
                        prop_assert_eq!(state, Status::Arrived);
                    }
                    state = to;
                }
            }
        }

        #[test]
        fn a_no_show_needs_its_grace_and_its_undo_its_day(minutes in -3_000_i64..3_000) {
            let now = start() + TimeDelta::minutes(minutes);
            let marked = after(Status::Booked, Move::MarkNoShow, start(), now);
            prop_assert_eq!(marked.is_ok(), now >= start() + NO_SHOW_GRACE);
            let undone = after(Status::NoShow, Move::UndoNoShow, start(), now);
            prop_assert_eq!(undone.is_ok(), now <= start() + NO_SHOW_UNDO);
            prop_assert_eq!(after(Status::Fulfilled, Move::Cancel, start(), now), Err(Stuck::WrongState));
        }
    }
}
