//! From an imported encounter to the state of an appointment. Pure.

use crate::appointment::store::LONGEST;
use crate::fhir::{AppointmentState, ImportedEncounter};
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{AppointmentStatus, CancellationReason};

/// How long whoever arrived is taken to be still there when nobody says that they left.
pub(super) const STAYS: TimeDelta = TimeDelta::days(1);

/// Where the appointment of this time stands now. One that the patient arrived at and that has ended took place; one that was
/// planned is planned still, for nobody says that they came.
///
/// # Errors
/// Why it cannot be taken: the clinic's calendar looks for overlaps no further back than its longest appointment.
pub(super) fn status(
    encounter: &ImportedEncounter,
    (starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<(AppointmentStatus, Option<CancellationReason>), &'static str> {
    let left = encounter.ends_at.unwrap_or(starts_at + STAYS);
    let status = match encounter.state {
        AppointmentState::Arrived if left <= now => AppointmentStatus::Fulfilled,
        AppointmentState::Arrived => AppointmentStatus::Arrived,
        AppointmentState::Booked => AppointmentStatus::Booked,
        AppointmentState::Fulfilled => AppointmentStatus::Fulfilled,
        AppointmentState::Cancelled => AppointmentStatus::Cancelled,
        AppointmentState::EnteredInError => AppointmentStatus::EnteredInError,
    };
    if status.is_live() && ends_at - starts_at > LONGEST {
        return Err("period is too long for an appointment that is still ahead or under way");
    }
    // An encounter gives no reason, and the calendar wants one.
    let reason = (status == AppointmentStatus::Cancelled).then_some(CancellationReason::Other);
    Ok((status, reason))
}

/// The longest reason that is kept, in characters, as for one that is entered.
pub(super) const LONGEST_REASON: usize = 500;

/// Why the patient came, in words of bounded length.
pub(super) fn reason(encounter: &ImportedEncounter) -> Option<String> {
    let concept = encounter.reason.as_ref().or(encounter.visit.as_ref());
    let words = concept?.words()?;
    Some(words.chars().take(LONGEST_REASON).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::Reference;

    fn encounter(state: AppointmentState, starts_in: i64, hours: i64) -> ImportedEncounter {
        let starts_at = DateTime::UNIX_EPOCH + TimeDelta::hours(starts_in);
        ImportedEncounter {
            identifiers: Vec::new(),
            state,
            goes_on: false,
            days: None,
            besides: Vec::new(),
            reasons: Vec::new(),
            starts_at: Some(starts_at),
            ends_at: (hours > 0).then(|| starts_at + TimeDelta::hours(hours)),
            class: None,
            visit: None,
            reason: None,
            subject: Reference::Url("urn:uuid:1".to_owned()),
            practitioners: Vec::new(),
            roles: Vec::new(),
            service_provider: None,
            follow_up_on: None,
            note: None,
            shared: false,
            agents: Vec::new(),
            appointment: None,
            is_without_appointment: false,
        }
    }

    fn told(state: AppointmentState, starts_in: i64, hours: i64) -> Option<AppointmentStatus> {
        let one = encounter(state, starts_in, hours);
        let told = status(&one, one.time()?, DateTime::UNIX_EPOCH);
        told.ok().map(|(status, _)| status)
    }

    #[test]
    fn whoever_arrived_and_has_left_was_seen() {
        let arrived = AppointmentState::Arrived;
        assert_eq!(told(arrived, -2, 1), Some(AppointmentStatus::Fulfilled));
        assert_eq!(told(arrived, -1, 2), Some(AppointmentStatus::Arrived));
        // Nobody says when they left.
        assert_eq!(told(arrived, -2, 0), Some(AppointmentStatus::Arrived));
        assert_eq!(told(arrived, -25, 0), Some(AppointmentStatus::Fulfilled));
        let booked = AppointmentState::Booked;
        assert_eq!(told(booked, -2, 1), Some(AppointmentStatus::Booked));
    }

    #[test]
    fn only_the_past_may_be_long() {
        assert_eq!(told(AppointmentState::Booked, 1, 9), None);
        let finished = AppointmentState::Fulfilled;
        assert_eq!(told(finished, -100, 90), Some(AppointmentStatus::Fulfilled));
    }

    #[test]
    fn a_reason_stands_exactly_where_it_was_called_off() {
        for state in [
            AppointmentState::Cancelled,
            AppointmentState::EnteredInError,
        ] {
            let one = encounter(state, 0, 1);
            let told = status(&one, one.time().unwrap(), DateTime::UNIX_EPOCH).unwrap();
            assert_eq!(told.1.is_some(), told.0 == AppointmentStatus::Cancelled);
        }
    }
}
