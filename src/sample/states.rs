//! Where an appointment of a sample clinic stands, and when it was made, as seen from one moment.
//! Knows neither patient nor doctor; keeps to the moves that an appointment's life allows.

use chrono::{DateTime, TimeDelta, Utc};

use super::dice::Dice;
use super::model::{Cancellation, Status};
use super::specialties::{SAME_DAY, VISIT_TYPES};

/// How sure an appointment is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// Anything may become of it.
    Usual,
    /// Part of a day that must stay full: never called off and never only asked for.
    Kept,
}

/// The state at `now` of a visit of that type between two instants; with the reason exactly when it is cancelled.
pub(super) fn state(
    dice: &mut Dice,
    visit_type: usize,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
    care: Care,
) -> (Status, Option<Cancellation>) {
    let settled = |status| (status, None);
    if care == Care::Usual && dice.chance(if end <= now { 8 } else { 4 }) {
        return (Status::Cancelled, Some(cancellation(dice)));
    }
    if end <= now {
        let since = now - end;
        return settled(match dice.below(100) {
            // Long enough for the desk to have given up waiting.
            0..=4 if care == Care::Usual && now - start >= TimeDelta::minutes(45) => Status::NoShow,
            // The last visit's paper work may still be going on.
            0..=49 if since < TimeDelta::minutes(20) => Status::Arrived,
            _ => Status::Fulfilled,
        });
    }
    if start <= now {
        return settled(if dice.chance(90) {
            Status::Arrived
        } else {
            Status::Booked
        });
    }
    let ahead = start - now;
    let approval = VISIT_TYPES[visit_type].requires_approval;
    settled(match dice.below(100) {
        0..=39 if ahead <= TimeDelta::minutes(30) => Status::Arrived,
        0..=79 if ahead <= TimeDelta::minutes(30) => Status::CheckedIn,
        0..=34 if ahead <= TimeDelta::hours(4) => Status::CheckedIn,
        0..=54 if approval && care == Care::Usual && ahead > TimeDelta::days(2) => Status::Proposed,
        _ => Status::Booked,
    })
}

fn cancellation(dice: &mut Dice) -> Cancellation {
    const WEIGHTS: [(u32, Cancellation); 7] = [
        (45, Cancellation::Patient),
        (18, Cancellation::FeelsBetter),
        (8, Cancellation::NoTransport),
        (10, Cancellation::Provider),
        (9, Cancellation::ProviderAway),
        (4, Cancellation::Weather),
        (6, Cancellation::Other),
    ];
    WEIGHTS[dice.weighted(WEIGHTS.iter().map(|(weight, _)| *weight))].1
}

/// When it was made: some days or weeks ahead, hours ahead when it could not wait; always before `start` and `now`.
pub(super) fn made_at(
    dice: &mut Dice,
    visit_type: usize,
    status: Status,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let mut minutes = |low: i64, high: i64| TimeDelta::minutes(dice.between(low, high));
    let day = 24 * 60;
    let lead = if visit_type == SAME_DAY {
        minutes(40, 20 * 60)
    } else {
        minutes(2 * day, 60 * day)
    };
    // A request does not wait for weeks; what lies far ahead was still made in the last three months.
    let latest = if status == Status::Proposed {
        minutes(10, 3 * day)
    } else {
        minutes(10, 90 * day)
    };
    if start - lead < now {
        start - lead
    } else {
        now - latest
    }
}
