//! From clocks on the wall to instants: when a doctor is to be had. No clock and no database.
//!
//! A time is open when the clocks on the wall say a time of the hours; nothing is moved. So a half past two that a spring
//! leaves out begins no visit, and one that an autumn has twice begins two, an hour apart.

use chrono::{DateTime, Datelike as _, NaiveDate, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// From an instant on, up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub until: DateTime<Utc>,
}

impl Span {
    /// Whether the two share a moment.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// Whether all of the other lies within.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        self.from <= other.from && other.until <= self.until
    }

    fn within(self, other: Self) -> Option<Self> {
        let both = Self {
            from: self.from.max(other.from),
            until: self.until.min(other.until),
        };
        (both.from < both.until).then_some(both)
    }
}

/// The same part of certain days, in wall-clock time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// On which days of the week: Monday is 1, Tuesday 2, Wednesday 4…
    pub weekdays: i32,
    /// From this minute of the day on.
    pub from: u16,
    /// Up to this minute of the day; 1440 is its end.
    pub until: u16,
    /// Visits begin every so many minutes from the first on.
    pub step: u16,
    /// Whose clocks.
    pub zone: Tz,
    /// The first day.
    pub first: NaiveDate,
    /// The last day, if there is one.
    pub last: Option<NaiveDate>,
}

/// How far a zone's clocks can be from UTC, and more.
const FARTHEST: TimeDelta = TimeDelta::hours(26);

/// A stretch in which a zone's clocks run evenly.
#[derive(Clone, Copy)]
struct Even {
    span: Span,
    ahead: TimeDelta,
}

fn ahead(zone: Tz, at: DateTime<Utc>) -> TimeDelta {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    TimeDelta::seconds(offset.local_minus_utc().into())
}

/// The stretches in which this day can lie. No zone changes its clocks twice within three days.
fn even(zone: Tz, day: NaiveDate) -> impl Iterator<Item = Even> {
    let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
    let whole = Span {
        from: midnight - FARTHEST,
        until: midnight + TimeDelta::days(1) + FARTHEST,
    };
    let (before, after) = (ahead(zone, whole.from), ahead(zone, whole.until));
    // Between two instants with different clocks, the first second of the later ones.
    let (mut low, mut high) = (whole.from, whole.until);
    while before != after && high - low > TimeDelta::seconds(1) {
        let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
        if ahead(zone, middle) == before {
            low = middle;
        } else {
            high = middle;
        }
    }
    let turn = if before == after { whole.until } else { high };
    let earlier = Even {
        span: Span {
            from: whole.from,
            until: turn,
        },
        ahead: before,
    };
    let later = Even {
        span: Span {
            from: turn,
            until: whole.until,
        },
        ahead: after,
    };
    [earlier, later]
        .into_iter()
        .filter(|even| even.span.from < even.span.until)
}

impl Hours {
    /// Whether they are kept on this day.
    fn on(&self, day: NaiveDate) -> bool {
        let weekday = 1 << day.weekday().num_days_from_monday();
        self.weekdays & weekday != 0
            && self.first <= day
            && self.last.is_none_or(|last| day <= last)
    }

    /// The days, as the zone counts them, that have a part in these instants.
    fn days(&self, span: Span) -> impl Iterator<Item = NaiveDate> + '_ {
        let day = |at: DateTime<Utc>| at.with_timezone(&self.zone).date_naive();
        let last = day(span.until);
        day(span.from)
            .iter_days()
            .take_while(move |day| *day <= last)
            .filter(|day| self.on(*day))
    }

    /// The instant at which clocks that run evenly show this minute of this day.
    fn instant(day: NaiveDate, minute: u16, even: Even) -> DateTime<Utc> {
        let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
        midnight + TimeDelta::minutes(minute.into()) - even.ahead
    }

    fn stretches(&self, day: NaiveDate) -> impl Iterator<Item = Span> + '_ {
        even(self.zone, day).filter_map(move |even| {
            let shown = Span {
                from: Self::instant(day, self.from, even),
                until: Self::instant(day, self.until, even),
            };
            shown.within(even.span)
        })
    }

    /// When they are, of the days that have a part in these instants; what lies end to end is one.
    #[must_use]
    pub fn spans(&self, within: Span) -> Vec<Span> {
        let days = self.days(within);
        let mut stretches: Vec<Span> = days.flat_map(|day| self.stretches(day)).collect();
        stretches.sort_unstable();
        stretches.dedup_by(|next, last| {
            let is_one = last.until == next.from;
            if is_one {
                last.until = next.until;
            }
            is_one
        });
        stretches
    }

    /// The instants within, in order, at which a visit of this length can begin: in step, and wholly inside the hours.
    #[must_use]
    pub fn beginnings(&self, within: Span, length: TimeDelta) -> Vec<DateTime<Utc>> {
        // A visit may end after what is asked about, on a day that has no part in it.
        let spans = self.spans(Span {
            from: within.from,
            until: within.until + length,
        });
        let mut beginnings = Vec::new();
        for day in self.days(within) {
            for even in even(self.zone, day) {
                let shown = (self.from..self.until)
                    .step_by(self.step.max(1).into())
                    .map(|minute| Self::instant(day, minute, even));
                beginnings.extend(shown.filter(|from| {
                    let visit = Span {
                        from: *from,
                        until: *from + length,
                    };
                    even.span.from <= *from
                        && *from < even.span.until
                        && within.from <= *from
                        && *from < within.until
                        && spans.iter().any(|open| open.holds(visit))
                }));
            }
        }
        beginnings
    }
}
