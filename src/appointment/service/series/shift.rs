//! How appointments are moved together: on the clocks on the wall. No clock and no database.

use crate::schedule::recurrence::shown;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use entity::appointment;

fn zone_of(row: &appointment::Model) -> Tz {
    row.zone.parse().unwrap_or(chrono_tz::UTC)
}

fn wall_of(row: &appointment::Model) -> NaiveDateTime {
    row.starts_at.with_timezone(&zone_of(row)).naive_local()
}

/// How appointments are moved: by so many days, and to this time of the day if it is another.
#[derive(Clone, Copy)]
pub(super) struct Shift {
    days: TimeDelta,
    time: Option<NaiveTime>,
    /// Whose clocks are meant from now on.
    zone: Option<Tz>,
}

impl Shift {
    /// As this one is moved to there.
    pub(super) fn of(
        row: &appointment::Model,
        to: Option<DateTime<Utc>>,
        zone: Option<Tz>,
    ) -> Self {
        let there = zone.unwrap_or_else(|| zone_of(row));
        let to = to.map(|to| to.with_timezone(&there).naive_local());
        Self {
            days: to.map_or(TimeDelta::zero(), |to| to.date() - wall_of(row).date()),
            time: to.map(|to| to.time()),
            zone,
        }
    }

    /// What the clocks say then, and when that is.
    pub(super) fn applied(
        self,
        row: &appointment::Model,
    ) -> (NaiveDateTime, Option<DateTime<Utc>>) {
        let now = wall_of(row);
        let time = self.time.unwrap_or_else(|| now.time());
        // A day that lies beyond the calendar is one that is too far ahead.
        let date = now.date().checked_add_signed(self.days);
        let wall = date.unwrap_or(NaiveDate::MAX).and_time(time);
        let zone = self.zone.unwrap_or_else(|| zone_of(row));
        // What stays where it is stays there, also on the day on which the clocks say it twice.
        let at = match wall == now && zone == zone_of(row) {
            true => Some(row.starts_at),
            false => shown(zone, wall),
        };
        (wall, at)
    }
}
