//! The pace of guessing: how long an account waits after failures, and how many tries an address has. Pure arithmetic.

use chrono::{DateTime, TimeDelta, Utc};

/// One try, in the thousandths that an address's bucket is counted in.
const TRY: i64 = 1000;

/// How often signing in may be tried.
#[derive(Clone, Debug)]
pub struct Throttle {
    /// Failures in a row that an account is forgiven before it has to wait.
    pub free_failures: u32,
    /// The longest that an account waits; the wait begins with one second and doubles.
    pub longest_wait: TimeDelta,
    /// Failures in a row after which an account is shut until somebody helps.
    pub lock_after: u32,
    /// Tries that an address may make at once.
    pub address_burst: u32,
    /// Tries that an address may make a minute, for long.
    pub address_per_minute: u32,
}

impl Default for Throttle {
    /// Five failures free, then 1 s to 15 min, shut at 100; ten tries of an address at once, twelve a minute for long.
    fn default() -> Self {
        Self {
            free_failures: 5,
            longest_wait: TimeDelta::minutes(15),
            lock_after: 100,
            address_burst: 10,
            address_per_minute: 12,
        }
    }
}

/// What an account has to its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Failures in a row; a try under way counts as one until it has succeeded.
    pub count: i64,
    /// Until when every try is refused.
    pub blocked_until: Option<DateTime<Utc>>,
}

impl Throttle {
    /// The failures of an account once it has tried now, or none when it may not try.
    #[must_use]
    pub fn account(&self, before: Failures, now: DateTime<Utc>) -> Option<Failures> {
        let blocked = before.blocked_until.is_some_and(|until| now < until);
        if blocked || before.count >= i64::from(self.lock_after) {
            return None;
        }
        let count = before.count + 1;
        let wait = self.wait_after(count);
        Some(Failures {
            count,
            blocked_until: (wait > TimeDelta::zero()).then(|| now + wait),
        })
    }

    /// How long an account waits after so many failures in a row.
    #[must_use]
    pub fn wait_after(&self, failures: i64) -> TimeDelta {
        let beyond = failures - i64::from(self.free_failures);
        if beyond <= 0 {
            return TimeDelta::zero();
        }
        let doublings = u32::try_from(beyond - 1).unwrap_or(u32::MAX);
        let seconds = 1_i64
            .checked_shl(doublings)
            .filter(|seconds| *seconds > 0)
            .and_then(TimeDelta::try_seconds);
        seconds.map_or(self.longest_wait, |wait| wait.min(self.longest_wait))
    }

    /// The level of an address's bucket once it has tried now, in thousandths of a try, or none when it may not.
    #[must_use]
    pub fn address(&self, level: i64, since: TimeDelta) -> Option<i64> {
        let drained = since
            .num_milliseconds()
            .max(0)
            .saturating_mul(i64::from(self.address_per_minute))
            / 60;
        let level = level.saturating_sub(drained).max(0) + TRY;
        (level <= i64::from(self.address_burst) * TRY).then_some(level)
    }
}

#[cfg(test)]
mod tests {
    use super::{Failures, Throttle};
    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn five_failures_are_free_and_then_the_wait_doubles_up_to_a_quarter_of_an_hour() {
        let throttle = Throttle::default();
        let waits: Vec<i64> = (0..20)
            .map(|failures| throttle.wait_after(failures).num_seconds())
            .collect();
        let free = [0; 6];
        let doubling = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900];
        assert_eq!(waits[..6], free);
        assert_eq!(waits[6..], doubling);
        assert_eq!(throttle.wait_after(i64::MAX), TimeDelta::minutes(15));
    }

    #[test]
    fn no_patience_gets_beyond_a_hundred_failures() {
        let throttle = Throttle::default();
        let (mut now, mut failures, mut tries) = (noon(), Failures::default(), 0);
        for _ in 0..1000 {
            if let Some(after) = throttle.account(failures, now) {
                failures = after;
                tries += 1;
            }
            now += TimeDelta::hours(1);
        }
        assert_eq!(tries, 100);
    }

    #[test]
    fn an_address_has_ten_tries_and_then_one_in_five_seconds() {
        let throttle = Throttle::default();
        let (mut level, mut tries) = (0, 0);
        while let Some(after) = throttle.address(level, TimeDelta::zero()) {
            level = after;
            tries += 1;
        }
        assert_eq!(tries, 10);
        assert_eq!(throttle.address(level, TimeDelta::milliseconds(4999)), None);
        assert!(throttle.address(level, TimeDelta::seconds(5)).is_some());
        assert_eq!(throttle.address(level, TimeDelta::days(400)), Some(1000));
    }

    proptest! {
        #[test]
        fn whoever_may_not_try_yet_may_when_the_wait_is_over(count in 0_i64..99) {
            let throttle = Throttle::default();
            let after = throttle.account(Failures { count, blocked_until: None }, noon()).unwrap();
            prop_assert_eq!(after.count, count + 1);
            if let Some(until) = after.blocked_until {
                prop_assert_eq!(throttle.account(after, until - TimeDelta::microseconds(1)), None);
                prop_assert_eq!(throttle.account(after, until).is_some(), after.count < 100);
            }
        }

        #[test]
        fn a_clock_that_steps_back_gives_an_address_nothing(level in 0_i64..20_000, back in -100_000_i64..0) {
            let throttle = Throttle::default();
            let still = throttle.address(level, TimeDelta::zero());
            prop_assert_eq!(throttle.address(level, TimeDelta::milliseconds(back)), still);
        }
    }
}
