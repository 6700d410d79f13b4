//! Time and new ids come from here and nowhere else, so that a test can hold both still.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::{NoContext, Timestamp, Uuid};

/// The time of day and the maker of ids. Cheap to clone; clones agree.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds that a test has moved this clock by.
    shift: Arc<AtomicI64>,
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

    /// A new `UUIDv7`, of this clock's time.
    #[must_use]
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let stamp = Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos());
        T::from(Uuid::new_v7(stamp))
    }

    /// Moves this clock and all its clones forward; only tests have a reason to.
    pub fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap_or(i64::MAX);
        self.shift.fetch_add(micros, Ordering::Relaxed);
    }
}
