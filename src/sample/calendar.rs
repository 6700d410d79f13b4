//! Days and hours of a sample clinic. Knows no person.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

/// The two halves of a working day, in minutes after midnight: lunch lies between them.
pub(super) const HALVES: [(u16, u16); 2] = [(8 * 60, 12 * 60), (13 * 60, 17 * 60)];

/// When patients can book: an hour longer than the afternoon's sessions, so that something is always free.
pub(super) const OPEN: [(u16, u16); 2] = [HALVES[0], (HALVES[1].0, HALVES[1].1 + 60)];

/// The day a clinic is made on, and the days between which its appointments lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) first: NaiveDate,
    pub(super) today: NaiveDate,
    pub(super) last: NaiveDate,
}

impl Span {
    /// The working days, in order.
    pub(super) fn working_days(self) -> impl Iterator<Item = NaiveDate> {
        self.first
            .iter_days()
            .take_while(move |day| *day <= self.last)
            .filter(|day| works(*day))
    }

    /// The next working day after today.
    pub(super) fn next_working_day(self) -> Option<NaiveDate> {
        self.working_days().find(|day| *day > self.today)
    }
}

/// Whether the clinic is open: no weekends, and no holidays that fall on the same date each year.
pub(super) fn works(day: NaiveDate) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let holiday = matches!((day.month(), day.day()), (1, 1) | (7, 4) | (12, 25));
    !weekend && !holiday
}

/// So many days before, or the day itself where the calendar ends.
pub(super) fn before(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_sub_days(Days::new(days.unsigned_abs()))
        .unwrap_or(day)
}

/// So many days after, or the day itself where the calendar ends.
pub(super) fn after(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_days(Days::new(days.unsigned_abs()))
        .unwrap_or(day)
}

/// The instant of a wall-clock time. None where a zone left the time out (at a change to summer time, or when it moved
/// over the date line).
pub(super) fn instant(day: NaiveDate, minute: u16, zone: Tz) -> Option<DateTime<Utc>> {
    let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::from(minute) * 60, 0)?;
    let local = zone.from_local_datetime(&day.and_time(time)).earliest()?;
    Some(local.with_timezone(&Utc))
}
