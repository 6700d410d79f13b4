//! Which time fits whom. No clock and no database.

use crate::schedule::hours::Span;
use crate::schedule::slots::Slot;
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Timelike as _, Utc};
use chrono_tz::Tz;
use entity::waitlist_entry::Window;
use std::collections::HashSet;

/// A free time, and what the clocks on the wall say when it begins.
#[derive(Clone, Debug)]
pub struct Time {
    /// The time.
    pub slot: Slot,
    day: NaiveDate,
    from: i32,
    until: i32,
}

fn minute(at: NaiveDateTime) -> i32 {
    i32::try_from(at.num_seconds_from_midnight() / 60).unwrap_or_default()
}

impl Time {
    /// The time as the clocks of this zone show it.
    #[must_use]
    pub fn of(slot: Slot, zone: Tz) -> Self {
        let wall = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local();
        let (from, until) = (wall(slot.starts_at), wall(slot.ends_at));
        let days = (until.date() - from.date()).num_days();
        let midnights = i32::try_from(days).unwrap_or_default() * 1440;
        Self {
            day: from.date(),
            from: minute(from),
            until: minute(until) + midnights,
            slot,
        }
    }

    /// From when to when it is.
    #[must_use]
    pub fn span(&self) -> Span {
        Span {
            from: self.slot.starts_at,
            until: self.slot.ends_at,
        }
    }

    /// Whether all of it lies in one of these windows, or there are none.
    #[must_use]
    pub fn fits(&self, windows: &[Window]) -> bool {
        let weekday = 1 << self.day.weekday().num_days_from_monday();
        windows.is_empty()
            || windows.iter().any(|window| {
                window.first_day.is_none_or(|first| first <= self.day)
                    && window.last_day.is_none_or(|last| self.day <= last)
                    && window.weekdays & weekday != 0
                    && window.from <= self.from
                    && self.until <= window.until
            })
    }
}

/// The first of these times, which are in order, that lies in one of the windows, was not offered before, and at which the
/// patient has nothing else.
#[must_use]
pub fn first_fitting<'a>(
    times: &'a [Time],
    windows: &[Window],
    offered: &HashSet<DateTime<Utc>>,
    busy: &[Span],
) -> Option<&'a Time> {
    times.iter().find(|time| {
        time.fits(windows)
            && !offered.contains(&time.slot.starts_at)
            && !busy.iter().any(|taken| taken.meets(time.span()))
    })
}

#[cfg(test)]
mod tests;
