//! What can be said of when somebody could come, and to whoever arranges it: pure.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Timelike as _, Utc};
use entity::waitlist_entry::{Window, Windows};
use serde::Serialize;

/// How many windows an entry can have.
const MOST_WINDOWS: usize = 10;
/// How long a note may be, in characters.
const LONGEST_NOTE: usize = 500;
/// Nobody waits longer without saying so anew.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(365);
/// Every day of the week.
const EVERY_DAY: i32 = 127;

/// A part of certain days on which somebody could come, as it was said; what is absent is no bound.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Could {
    /// Not before this day.
    pub first_day: Option<NaiveDate>,
    /// Not after this day.
    pub last_day: Option<NaiveDate>,
    /// On these days of the week, as bits: Monday is 1, Tuesday 2…
    pub weekdays: Option<i32>,
    /// From this time of the day on.
    pub from: Option<NaiveTime>,
    /// Up to this time of the day; midnight is its end.
    pub until: Option<NaiveTime>,
}

/// A value cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrong;

fn minute(time: NaiveTime) -> Result<i32, Wrong> {
    let seconds = time.num_seconds_from_midnight();
    let is_full = seconds.is_multiple_of(60) && time.nanosecond() == 0;
    let minute = i32::try_from(seconds / 60).ok().filter(|_| is_full);
    minute.ok_or(Wrong)
}

impl Could {
    fn checked(&self) -> Result<Window, Wrong> {
        let until = self.until.map(minute).transpose()?;
        let window = Window {
            first_day: self.first_day,
            last_day: self.last_day,
            weekdays: self.weekdays.unwrap_or(EVERY_DAY),
            from: self.from.map(minute).transpose()?.unwrap_or(0),
            until: until.filter(|until| *until != 0).unwrap_or(1440),
        };
        let of_this_century = |day: &NaiveDate| (2000..2100).contains(&day.year());
        let days = [window.first_day, window.last_day];
        let in_order = match days {
            [Some(first), Some(last)] => first <= last,
            _ => true,
        };
        let stands = in_order
            && days.iter().flatten().all(of_this_century)
            && (1..=EVERY_DAY).contains(&window.weekdays)
            && window.from < window.until;
        match stands {
            true => Ok(window),
            false => Err(Wrong),
        }
    }
}

/// The windows as they are kept, and until when whoever has said so waits: until the last of the days is over wherever the
/// doctor is, and no longer than a year.
pub(super) fn windows(
    said: &[Could],
    now: DateTime<Utc>,
) -> Result<(Windows, DateTime<Utc>), Wrong> {
    if said.len() > MOST_WINDOWS {
        return Err(Wrong);
    }
    let windows: Vec<Window> = said.iter().map(Could::checked).collect::<Result<_, _>>()?;
    let end = |window: &Window| {
        let last = window.last_day?;
        Some(last.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(24 + 14))
    };
    let longest = now + LONGEST_WAIT;
    let ends: Option<Vec<DateTime<Utc>>> = windows.iter().map(end).collect();
    let last = ends.and_then(|ends| ends.into_iter().max());
    let expires_at = last.map_or(longest, |last| last.min(longest));
    match expires_at > now {
        true => Ok((Windows(windows), expires_at)),
        false => Err(Wrong),
    }
}

/// A note as it is kept: trimmed, none when empty.
pub(super) fn note(said: Option<&str>) -> Result<Option<String>, Wrong> {
    let note = said.map(str::trim).filter(|note| !note.is_empty());
    let wrong = |note: &str| {
        note.chars().count() > LONGEST_NOTE || note.chars().any(|c| c.is_control() && c != '\n')
    };
    match note {
        Some(note) if wrong(note) => Err(Wrong),
        note => Ok(note.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Could, windows};
    use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn day(days: i64) -> NaiveDate {
        (now() + TimeDelta::days(days)).date_naive()
    }

    #[test]
    fn whoever_names_last_days_waits_until_the_last_of_them_and_others_a_year() {
        let until = |last_day| Could {
            last_day,
            ..Could::default()
        };
        let (_, end) = windows(&[until(Some(day(3))), until(Some(day(9)))], now()).unwrap();
        assert!(end > now() + TimeDelta::days(9) && end < now() + TimeDelta::days(12));
        for open in [vec![], vec![until(Some(day(3))), until(None)]] {
            let (_, end) = windows(&open, now()).unwrap();
            assert_eq!(end, now() + TimeDelta::days(365));
        }
        assert!(windows(&[until(Some(day(-3)))], now()).is_err());
    }

    #[test]
    fn what_can_never_be_is_no_window() {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0);
        let wrong = [
            Could {
                from: time(12),
                until: time(12),
                ..Could::default()
            },
            Could {
                first_day: Some(day(2)),
                last_day: Some(day(1)),
                ..Could::default()
            },
            Could {
                weekdays: Some(0),
                ..Could::default()
            },
            Could {
                from: NaiveTime::from_hms_opt(12, 0, 30),
                ..Could::default()
            },
        ];
        for one in wrong {
            assert!(
                windows(std::slice::from_ref(&one), now()).is_err(),
                "{one:?}"
            );
        }
        let (all, _) = windows(
            &[Could {
                until: time(0),
                ..Could::default()
            }],
            now(),
        )
        .unwrap();
        assert_eq!((all.0[0].from, all.0[0].until), (0, 1440));
        assert!(windows(&vec![Could::default(); 11], now()).is_err());
    }
}
