//! What a process counts of itself: how much, how fast, how long. Numbers about the program and never about a person: no
//! id is a label, and labels come from lists that are closed.
//!
//! To count is one relaxed addition and nobody waits for it; whoever reads the numbers (`http/metrics.rs`) bears the
//! cost of putting them into words. One meter a process, kept by the database because everything has that.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The meter. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Figures>);

impl Deref for Meter {
    type Target = Figures;

    fn deref(&self) -> &Figures {
        &self.0
    }
}

impl Meter {
    /// Counts one more of something until the returned value is dropped.
    #[must_use]
    pub fn hold(&self, level: fn(&Figures) -> &Level) -> Held {
        level(self).add(1);
        Held {
            meter: self.clone(),
            level,
        }
    }
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Figures {
    /// Answers to queries and mutations by POST, by outcome.
    pub requests: Tally,
    /// Operations that were started live, over sockets and streams, by outcome of the start.
    pub operations: Tally,
    /// From the document to what may run.
    pub gate: Times,
    /// From there to the answer.
    pub execute: Times,
    /// Waiting for what an answer shows to be recorded.
    pub audit_wait: Times,
    /// Waiting for a turn to write.
    pub writer_wait: Times,
    /// Waiting for a connection to PostgreSQL.
    pub connection_wait: Times,
    /// From a commit to its bell having been rung.
    pub bell_lag: Times,
    /// From an event to its being read from the log, on whichever copy.
    pub read_lag: Times,
    /// Events read from the log for those who follow.
    pub events: Count,
    /// Results handed to sockets and streams.
    pub deliveries: Count,
    /// Open WebSockets.
    pub sockets: Level,
    /// Open streams of Server-Sent Events.
    pub streams: Level,
    /// Live operations under way.
    pub subscriptions: Level,
    /// Sockets and streams that have ended, by cause.
    pub ends: Tally,
    /// Connections cut off because the peer took nothing.
    pub stalled: Count,
    /// Connections refused for want of a seat.
    pub unseated: Count,
    /// Whether Redis is listened to.
    pub bus: Level,
    /// How often listening to Redis began.
    pub bus_begun: Count,
    /// Bells that Redis did not take.
    pub bells_lost: Count,
    /// Bells of commits that found the relay's queue full.
    pub bells_dropped: Count,
    /// Sign-ins refused, by reason.
    pub sign_ins_refused: Tally,
    /// Rows that the audit's writer has made durable. Those of changes go with the changes.
    pub audit_rows: Count,
    /// Requests that wait for the audit's writer.
    pub audit_waiting: Level,
    /// Entries put into the audit's chain by this copy.
    pub audit_sealed: Count,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            requests: Tally::of(OUTCOMES),
            operations: Tally::of(OUTCOMES),
            gate: Times::default(),
            execute: Times::default(),
            audit_wait: Times::default(),
            writer_wait: Times::default(),
            connection_wait: Times::default(),
            bell_lag: Times::default(),
            read_lag: Times::default(),
            events: Count::default(),
            deliveries: Count::default(),
            sockets: Level::default(),
            streams: Level::default(),
            subscriptions: Level::default(),
            ends: Tally::of(ENDS),
            stalled: Count::default(),
            unseated: Count::default(),
            bus: Level::default(),
            bus_begun: Count::default(),
            bells_lost: Count::default(),
            bells_dropped: Count::default(),
            sign_ins_refused: Tally::of(REFUSALS),
            audit_rows: Count::default(),
            audit_waiting: Level::default(),
            audit_sealed: Count::default(),
        }
    }
}

/// What becomes of a request: it went well, fields failed, or it was refused as a whole with a code.
const OUTCOMES: &[&str] = &[
    "OK",
    "ERRORS",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "BAD_REQUEST",
    "CONFLICT",
    "RATE_LIMITED",
    "UNAVAILABLE",
    "INTERNAL",
];

/// Why a socket or a stream ends.
const ENDS: &[&str] = &[
    "left", "stopped", "slow", "silent", "expired", "revoked", "old", "refused", "misused", "lost",
];

/// Why a sign-in is refused.
const REFUSALS: &[&str] = &["credentials", "throttled"];

/// How often something has happened.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Once more.
    pub fn one(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }

    /// Until now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// How much there is of something now.
#[derive(Debug, Default)]
pub struct Level(AtomicI64);

impl Level {
    /// So much is there.
    pub fn set(&self, level: i64) {
        self.0.store(level, Relaxed);
    }

    /// How much there is.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.load(Relaxed)
    }

    fn add(&self, more: i64) {
        self.0.fetch_add(more, Relaxed);
    }
}

/// One of what a level counts.
pub struct Held {
    meter: Meter,
    level: fn(&Figures) -> &Level,
}

impl Drop for Held {
    fn drop(&mut self) {
        (self.level)(&self.meter).add(-1);
    }
}

/// How often something has happened, by the words of a closed list.
#[derive(Debug)]
pub struct Tally(Box<[(&'static str, Count)]>);

impl Tally {
    fn of(words: &[&'static str]) -> Self {
        Self(words.iter().map(|word| (*word, Count::default())).collect())
    }

    /// Once more, under this word; one that is not of the list counts as the last that is.
    pub fn one(&self, word: &str) {
        let found = self.0.iter().find(|(known, _)| *known == word);
        if let Some((_, count)) = found.or(self.0.last()) {
            count.one();
        }
    }

    /// Each word with its count.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(word, count)| (*word, count.get()))
    }
}

/// The upper bounds of the spans that times are counted in, in seconds; what is longer is beyond the last.
pub const BOUNDS: [f64; 16] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// How long something took, each time.
#[derive(Debug, Default)]
pub struct Times {
    spans: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Times {
    /// It took so long once more.
    pub fn took(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let span = BOUNDS.iter().take_while(|bound| seconds > **bound).count();
        self.spans[span].fetch_add(1, Relaxed);
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Relaxed);
    }

    /// How often in each span, and seconds in all.
    #[must_use]
    pub fn read(&self) -> ([u64; BOUNDS.len() + 1], f64) {
        let spans = std::array::from_fn(|span| self.spans[span].load(Relaxed));
        let micros = Duration::from_micros(self.micros.load(Relaxed));
        (spans, micros.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::{BOUNDS, Meter, Times};
    use std::time::Duration;

    #[test]
    fn a_time_counts_in_the_span_that_it_does_not_exceed() {
        let times = Times::default();
        for micros in [100, 101, 20_000_000] {
            times.took(Duration::from_micros(micros));
        }
        let (spans, seconds) = times.read();
        assert_eq!((spans[0], spans[1], spans[BOUNDS.len()]), (1, 1, 1));
        assert!((seconds - 20.000_201).abs() < 1e-9);
    }

    #[test]
    fn what_is_held_counts_until_it_is_dropped() {
        let meter = Meter::default();
        let held = [meter.hold(|it| &it.sockets), meter.hold(|it| &it.sockets)];
        assert_eq!(meter.sockets.get(), 2);
        drop(held);
        assert_eq!(meter.sockets.get(), 0);
    }

    #[test]
    fn a_word_that_is_not_of_the_list_counts_as_the_last() {
        let meter = Meter::default();
        meter.ends.one("slow");
        meter.ends.one("never heard of");
        let counts: Vec<_> = meter
            .ends
            .counts()
            .filter(|(_, count)| *count > 0)
            .collect();
        assert_eq!(counts, [("slow", 1), ("lost", 1)]);
    }
}
