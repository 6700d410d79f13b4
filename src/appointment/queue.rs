//! Who waits for a doctor, in which order, and for how long. No clock and no database.
//!
//! Whoever was called in is with the doctor and waits no more. Of those who wait the one is next whose time came first: it
//! comes when the appointment begins, or when they arrive, whichever is later. So who comes early does not go before those
//! whose appointment is before theirs, and who comes late lines up behind those who were there.

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::AppointmentId;

/// Somebody who has come, and whose visit is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// To which appointment.
    pub appointment: AppointmentId,
    /// When it was to begin.
    pub starts_at: DateTime<Utc>,
    /// When they came.
    pub arrived_at: DateTime<Utc>,
    /// When they were called in, if they were.
    pub called_at: Option<DateTime<Utc>>,
}

/// What a queue is sorted by: those with the doctor first, then by when their time came.
pub type Order = (bool, DateTime<Utc>, DateTime<Utc>, AppointmentId);

impl Waiting {
    /// Where they belong.
    #[must_use]
    pub fn order(&self) -> Order {
        let came = match self.called_at {
            Some(called) => called,
            None => self.starts_at.max(self.arrived_at),
        };
        let waits = self.called_at.is_none();
        (waits, came, self.arrived_at, self.appointment)
    }

    /// How long they have waited until now, or had when they were called in.
    #[must_use]
    pub fn waited(&self, now: DateTime<Utc>) -> TimeDelta {
        let until = self.called_at.unwrap_or(now);
        (until - self.arrived_at).max(TimeDelta::zero())
    }
}

/// Which place among those who wait: 1 is next. None for whoever does not wait here.
#[must_use]
pub fn position(queue: &[Waiting], appointment: AppointmentId) -> Option<usize> {
    let own = queue.iter().find(|one| one.appointment == appointment)?;
    if own.called_at.is_some() {
        return None;
    }
    let before = |one: &&Waiting| one.called_at.is_none() && one.order() < own.order();
    Some(queue.iter().filter(before).count() + 1)
}

#[cfg(test)]
mod tests {
    use super::{Waiting, position};
    use chrono::{DateTime, TimeDelta, Utc};
    use entity::id::AppointmentId;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    fn id(number: u128) -> AppointmentId {
        AppointmentId(Uuid::from_u128(number))
    }

    fn waiting(number: u128, starts: i64, arrived: i64) -> Waiting {
        Waiting {
            appointment: id(number),
            starts_at: at(starts),
            arrived_at: at(arrived),
            called_at: None,
        }
    }

    #[test]
    fn who_comes_early_goes_before_nobody_and_who_comes_late_behind_those_who_were_there() {
        // At ten, at half past and at eleven; the last came first, and the first came late.
        let mut queue = vec![
            waiting(1, 0, 35),
            waiting(2, 30, 20),
            waiting(3, 60, -30),
            waiting(4, 36, 34),
        ];
        let places = |queue: &[Waiting]| {
            (1..=4)
                .map(|one| position(queue, id(one)))
                .collect::<Vec<_>>()
        };
        assert_eq!(places(&queue), [Some(2), Some(1), Some(4), Some(3)]);
        queue[1].called_at = Some(at(40));
        assert_eq!(places(&queue), [Some(1), None, Some(3), Some(2)]);
        assert_eq!(position(&queue, id(9)), None);
        assert_eq!(queue[1].waited(at(90)), TimeDelta::minutes(20));
        assert_eq!(queue[0].waited(at(90)), TimeDelta::minutes(55));
    }

    proptest! {
        #[test]
        fn those_who_wait_have_the_places_from_one_on_and_nobody_shares_one(
            who in prop::collection::vec((-60_i64..60, -60_i64..60, any::<bool>()), 0..30)
        ) {
            let queue: Vec<Waiting> = (1..).zip(&who).map(|(number, (starts, arrived, called))| Waiting {
                called_at: called.then(|| at(90)),
                ..waiting(number, *starts, *arrived)
            }).collect();
            let mut places: Vec<usize> = queue.iter().filter_map(|one| position(&queue, one.appointment)).collect();
            places.sort_unstable();
            let waiting = who.iter().filter(|(.., called)| !called).count();
            prop_assert_eq!(places, (1..=waiting).collect::<Vec<_>>());
            for (one, other) in queue.iter().flat_map(|one| queue.iter().map(move |other| (one, other))) {
                let (Some(first), Some(second)) = (position(&queue, one.appointment), position(&queue, other.appointment)) else { continue };
                // Who came before and was due before is before.
                if one.starts_at < other.starts_at && one.arrived_at < other.arrived_at {
                    prop_assert!(first < second);
                }
            }
        }
    }
}
