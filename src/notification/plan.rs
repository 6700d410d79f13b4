//! When an appointment is reminded of. No clock and no database.

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use entity::code::{ReminderCause, ReminderChannel, ReminderKind};

/// A reminder that quiet hours would leave for less than so long before the appointment goes out before they begin.
pub const LEAST_WARNING: TimeDelta = TimeDelta::minutes(30);
/// A reminder that is later than so much is looked at once more: it may have come into quiet hours.
pub const LATE: TimeDelta = TimeDelta::minutes(15);

/// Every kind.
pub const KINDS: [ReminderKind; 3] = [
    ReminderKind::WeekBefore,
    ReminderKind::DayBefore,
    ReminderKind::HoursBefore,
];
/// Every way.
pub const CHANNELS: [ReminderChannel; 2] = [ReminderChannel::Live, ReminderChannel::Email];

/// How long before an appointment a reminder of this kind is due.
#[must_use]
pub fn lead(kind: ReminderKind) -> TimeDelta {
    match kind {
        ReminderKind::WeekBefore => TimeDelta::days(7),
        ReminderKind::DayBefore => TimeDelta::days(1),
        ReminderKind::HoursBefore => TimeDelta::hours(2),
    }
}

/// A part of each day in which nothing is sent; over midnight when it ends before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// From this time of the day on.
    pub from: NaiveTime,
    /// Up to this one.
    pub until: NaiveTime,
    /// By the clocks of this zone.
    pub zone: Tz,
}

impl Quiet {
    /// Whether nothing is to be sent then.
    #[must_use]
    pub fn covers(&self, at: DateTime<Utc>) -> bool {
        let time = at.with_timezone(&self.zone).time();
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }

    /// When the quiet hours end that cover this instant.
    #[must_use]
    pub fn end_after(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let local = at.with_timezone(&self.zone).naive_local();
        let mut wall = local.date().and_time(self.until);
        if wall <= local {
            wall += TimeDelta::days(1);
        }
        // Clocks that are put forward may leave the time out: then it is when they have moved on.
        let later = |minutes| self.instants(wall + TimeDelta::minutes(minutes));
        let mut ends = (0..24 * 60).flat_map(later).filter(|end| *end > at);
        ends.find(|end| !self.covers(*end)).unwrap_or(at)
    }

    /// A minute before the quiet hours begin that cover this instant.
    #[must_use]
    pub fn before(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let local = at.with_timezone(&self.zone).naive_local();
        let mut wall = local.date().and_time(self.from);
        if wall > local {
            wall -= TimeDelta::days(1);
        }
        let earlier = |minutes| self.instants(wall - TimeDelta::minutes(minutes));
        let mut moments = (1..24 * 60).flat_map(earlier).filter(|moment| *moment < at);
        moments.find(|moment| !self.covers(*moment)).unwrap_or(at)
    }

    /// The instants at which the zone's clocks show this.
    fn instants(&self, wall: NaiveDateTime) -> impl Iterator<Item = DateTime<Utc>> + use<> {
        let shown = self.zone.from_local_datetime(&wall);
        let (first, second) = (shown.earliest(), shown.latest());
        let second = second.filter(|second| Some(second) != first.as_ref());
        [first, second].into_iter().flatten().map(|at| at.to_utc())
    }
}

/// What somebody wants of reminders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// By which ways.
    pub channels: Vec<ReminderChannel>,
    /// Which kinds.
    pub kinds: Vec<ReminderKind>,
    /// When not.
    pub quiet: Option<Quiet>,
}

/// A reminder to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// How long before the appointment.
    pub kind: ReminderKind,
    /// By which way.
    pub channel: ReminderChannel,
    /// When it is due by its kind alone: with kind and way, what it is known by.
    pub due_at: DateTime<Utc>,
    /// When it is to be sent.
    pub send_at: DateTime<Utc>,
}

/// The reminders of an appointment that was booked, or moved, or whose patient's wishes changed, at `since`. What was due by
/// then is over. What is due in quiet hours waits for their end, unless that is less than half an hour before the
/// appointment: then it goes out a minute before they begin, if that is still to come.
#[must_use]
pub fn planned(starts_at: DateTime<Utc>, since: DateTime<Utc>, wishes: &Wishes) -> Vec<Planned> {
    let mut all = Vec::new();
    for kind in &wishes.kinds {
        let due_at = starts_at - lead(*kind);
        let send_at = match wishes.quiet {
            Some(quiet) if quiet.covers(due_at) => {
                let end = quiet.end_after(due_at);
                if end + LEAST_WARNING <= starts_at {
                    end
                } else {
                    quiet.before(due_at)
                }
            }
            _ => due_at,
        };
        if due_at <= since || send_at <= since {
            continue;
        }
        all.extend(wishes.channels.iter().map(|channel| Planned {
            kind: *kind,
            channel: *channel,
            due_at,
            send_at,
        }));
    }
    all
}

/// What becomes of a reminder whose time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// It is sent.
    Now,
    /// It is late and has come into quiet hours: it waits for their end.
    At(DateTime<Utc>),
    /// It is not sent any more.
    Never(ReminderCause),
}

/// What becomes now of a reminder that was to be sent at `send_at`. `later` says whether another of the same appointment, by
/// the same way and due after this one, is due by now as well: one letter is enough.
#[must_use]
pub fn due(
    starts_at: DateTime<Utc>,
    send_at: DateTime<Utc>,
    now: DateTime<Utc>,
    later: bool,
    quiet: Option<Quiet>,
) -> Due {
    if now >= starts_at {
        return Due::Never(ReminderCause::TooLate);
    }
    if later {
        return Due::Never(ReminderCause::Superseded);
    }
    match quiet {
        Some(quiet) if now > send_at + LATE && quiet.covers(now) => {
            let end = quiet.end_after(now);
            if end + LEAST_WARNING <= starts_at {
                Due::At(end)
            } else {
                Due::Never(ReminderCause::QuietHours)
            }
        }
        _ => Due::Now,
    }
}

#[cfg(test)]
mod tests;
