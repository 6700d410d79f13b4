//! Time and new ids come from here and nowhere else, so that a test can hold both still.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use uuid::{ContextV7, Timestamp, Uuid};

/// The time of day and the maker of ids. Cheap to clone; clones agree.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds that a test has moved this clock by.
    shift: Arc<AtomicI64>,
    /// The counter that tells the ids of one millisecond apart.
    ids: Arc<Mutex<ContextV7>>,
}

impl Clock {
    /// The machine's time.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// Now, to the microsecond: PostgreSQL keeps no more, and a value must read back as it was written.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place the ban points to"
    )]
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let shifted = Utc::now() + TimeDelta::microseconds(self.shift.load(Ordering::Relaxed));
        DateTime::from_timestamp_micros(shifted.timestamp_micros()).unwrap_or(shifted)
    }

    /// A new `UUIDv7`, of this clock's time. Each is greater than the one before, also within a millisecond and when the
    /// machine's clock goes back: what is ordered by its id is in the order in which it was made (RFC 9562, section 6.2).
    #[must_use]
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let stamp = Timestamp::from_unix(&*self.ids, seconds, now.timestamp_subsec_nanos());
        T::from(Uuid::new_v7(stamp))
    }

    /// Moves this clock and all its clones forward; only tests have a reason to.
    pub fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap_or(i64::MAX);
        self.shift.fetch_add(micros, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_in_which_they_were_made_whatever_the_clock_does() {
        let clock = Clock::system();
        let mut before = Uuid::nil();
        for number in 0..10_000 {
            if number % 1_000 == 999 {
                clock.advance(TimeDelta::seconds(-1));
            }
            let id = clock.clone().new_id();
            assert!(before < id);
            before = id;
        }
    }
}
