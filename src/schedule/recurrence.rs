//! Rules by which a time comes again: a part of RFC 5545's recurrence rules, read on the clocks on the wall. No clock and no
//! database.
//!
//! What comes again at half past nine does so at half past nine, whatever the law does to the clocks between. A time that a
//! spring leaves out is none, and said to be none: it is not moved. Of one that an autumn has twice it is the first.
//!
//! The counting is the crate `rrule`'s, over clocks that run evenly; it is never asked for more than [`MOST`] and one, and
//! only for rules that are known to come to an end. What is written is read here: the crate takes more for a rule than RFC
//! 5545 does, and more of RFC 5545 than is wanted.

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta,
    TimeZone as _, Utc, Weekday,
};
use chrono_tz::Tz;
use rrule::{Frequency, NWeekday, RRule};

/// How long a rule may be, in characters.
pub const LONGEST: usize = 200;
/// How often something may come again.
pub const MOST: u16 = 100;
/// How many periods lie between two at most.
const MOST_BETWEEN: u16 = 99;

/// Why a rule is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleRefusal {
    /// It is no rule as RFC 5545 writes them.
    Unreadable,
    /// It is one, with parts that are not understood here.
    Unsupported,
    /// It does not say when it is over.
    Endless,
    /// It says a time too often.
    TooOften,
    /// What it begins with is none of the times that it says.
    StartsOutside,
    /// No time is left of it.
    NothingLeft,
}

/// A rule that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    frequency: Frequency,
    interval: u16,
    days: Vec<NWeekday>,
    week_start: Weekday,
    end: End,
}

/// When a rule is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// After so many times.
    Count(u16),
    /// With this day on the wall.
    Day(NaiveDate),
    /// With this instant.
    Instant(DateTime<Utc>),
}

/// One of the times that a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Which, counted from 1 as the rule counts: those that are left out are counted too.
    pub number: i32,
    /// What the clock on the wall says.
    pub wall: NaiveDateTime,
    /// When that is; never, if the clocks leave it out.
    pub at: Option<DateTime<Utc>>,
}

/// When the clocks of a zone say this: the first time, if they do twice; never, if they leave it out.
#[must_use]
pub fn shown(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    let at = zone.from_local_datetime(&wall).earliest()?;
    Some(at.to_utc())
}

/// When the clocks of a zone would say this, had they not been changed that day.
fn before_the_turn(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    let offset = zone.offset_from_utc_datetime(&(wall - TimeDelta::days(1)));
    let ahead = TimeDelta::seconds(offset.fix().local_minus_utc().into());
    (wall - ahead).and_utc()
}

/// A rule's parts, each of which it has once at most.
#[derive(Default)]
struct Parts {
    frequency: Option<Frequency>,
    interval: Option<u16>,
    days: Option<Vec<NWeekday>>,
    week_start: Option<Weekday>,
    count: Option<u16>,
    until: Option<End>,
}

/// Sets what is not set yet.
fn once<T>(place: &mut Option<T>, value: T) -> Result<(), RuleRefusal> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(RuleRefusal::Unreadable),
    }
}

/// A whole number without a sign.
fn number(text: &str) -> Result<u32, RuleRefusal> {
    let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| is_plain)
        .ok_or(RuleRefusal::Unreadable)
}

fn frequency(text: &str) -> Result<Frequency, RuleRefusal> {
    match text {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" | "HOURLY" | "MINUTELY" | "SECONDLY" => Err(RuleRefusal::Unsupported),
        _ => Err(RuleRefusal::Unreadable),
    }
}

fn weekday(text: &str) -> Result<Weekday, RuleRefusal> {
    match text {
        "MO" => Ok(Weekday::Mon),
        "TU" => Ok(Weekday::Tue),
        "WE" => Ok(Weekday::Wed),
        "TH" => Ok(Weekday::Thu),
        "FR" => Ok(Weekday::Fri),
        "SA" => Ok(Weekday::Sat),
        "SU" => Ok(Weekday::Sun),
        _ => Err(RuleRefusal::Unreadable),
    }
}

/// A day of the week, or which of them in a month: `TU`, `2TU`, `-1FR`.
fn day(text: &str) -> Result<NWeekday, RuleRefusal> {
    let at = text.len().checked_sub(2).ok_or(RuleRefusal::Unreadable)?;
    let (which, day) = text.split_at_checked(at).ok_or(RuleRefusal::Unreadable)?;
    let day = weekday(day)?;
    if which.is_empty() {
        return Ok(NWeekday::Every(day));
    }
    let (sign, digits) = match which.as_bytes()[0] {
        b'-' => (-1, &which[1..]),
        b'+' => (1, &which[1..]),
        _ => (1, which),
    };
    match i16::try_from(number(digits)?) {
        Ok(which @ 1..=5) => Ok(NWeekday::Nth(sign * which, day)),
        _ => Err(RuleRefusal::Unreadable),
    }
}

/// A day, or an instant in UTC. (A time without a zone would be one of the clocks of whoever reads.)
fn until(text: &str) -> Result<End, RuleRefusal> {
    let day = |text: &str| {
        let is_plain = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
        NaiveDate::parse_from_str(text, "%Y%m%d")
            .ok()
            .filter(|_| is_plain)
            .ok_or(RuleRefusal::Unreadable)
    };
    match text.split_once('T') {
        None => Ok(End::Day(day(text)?)),
        Some((date, time)) => {
            let time = time.strip_suffix('Z').filter(|time| time.len() == 6);
            let time = time.and_then(|time| NaiveTime::parse_from_str(time, "%H%M%S").ok());
            let time = time.ok_or(RuleRefusal::Unreadable)?;
            Ok(End::Instant(day(date)?.and_time(time).and_utc()))
        }
    }
}

impl Parts {
    fn add(&mut self, key: &str, value: &str) -> Result<(), RuleRefusal> {
        match key {
            "FREQ" => once(&mut self.frequency, frequency(value)?),
            "INTERVAL" => match u16::try_from(number(value)?) {
                Ok(0) => Err(RuleRefusal::Unreadable),
                Ok(interval @ ..=MOST_BETWEEN) => once(&mut self.interval, interval),
                _ => Err(RuleRefusal::Unsupported),
            },
            "BYDAY" => {
                let days: Result<Vec<_>, _> = value.split(',').map(day).collect();
                once(&mut self.days, days?)
            }
            "WKST" => once(&mut self.week_start, weekday(value)?),
            "COUNT" => match u16::try_from(number(value)?) {
                Ok(0) => Err(RuleRefusal::Unreadable),
                Ok(count @ ..=MOST) => once(&mut self.count, count),
                _ => Err(RuleRefusal::TooOften),
            },
            "UNTIL" => once(&mut self.until, until(value)?),
            "BYSECOND" | "BYMINUTE" | "BYHOUR" | "BYMONTHDAY" | "BYYEARDAY" | "BYWEEKNO"
            | "BYMONTH" | "BYSETPOS" => Err(RuleRefusal::Unsupported),
            _ => Err(RuleRefusal::Unreadable),
        }
    }
}

impl Rule {
    /// Reads a rule: `FREQ` (`DAILY`, `WEEKLY` or `MONTHLY`), `INTERVAL` up to 99, `BYDAY` (in a month also which:
    /// `1MO`, `-1FR`), `WKST`, and either `COUNT` up to [`MOST`] or `UNTIL` (a day, or an instant in UTC).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, RuleRefusal> {
        if text.len() > LONGEST || !text.is_ascii() {
            return Err(RuleRefusal::Unreadable);
        }
        let text = text.trim().to_ascii_uppercase();
        let mut parts = Parts::default();
        for part in text.split(';') {
            let (key, value) = part.split_once('=').ok_or(RuleRefusal::Unreadable)?;
            parts.add(key, value)?;
        }
        let frequency = parts.frequency.ok_or(RuleRefusal::Unreadable)?;
        let days = parts.days.unwrap_or_default();
        let counts = |day: &NWeekday| matches!(day, NWeekday::Nth(..));
        if frequency != Frequency::Monthly && days.iter().any(counts) {
            return Err(RuleRefusal::Unreadable);
        }
        // Each of the two is counted rightly alone.
        if days.iter().any(counts) && !days.iter().all(counts) {
            return Err(RuleRefusal::Unsupported);
        }
        Ok(Self {
            frequency,
            interval: parts.interval.unwrap_or(1),
            days,
            week_start: parts.week_start.unwrap_or(Weekday::Mon),
            end: match (parts.count, parts.until) {
                (Some(count), None) => End::Count(count),
                (None, Some(until)) => until,
                (None, None) => return Err(RuleRefusal::Endless),
                (Some(_), Some(_)) => return Err(RuleRefusal::Unreadable),
            },
        })
    }

    /// The times that it says from this one on, which must be the first of them; without those of these days.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from(
        &self,
        start: DateTime<Utc>,
        zone: Tz,
        except: &[NaiveDate],
    ) -> Result<Vec<Occurrence>, RuleRefusal> {
        let first = start.with_timezone(&zone).naive_local();
        // Not left to the counting: of a rule that never meets its days it would look for the first for long.
        let of_week = |day: &NWeekday| match day {
            NWeekday::Every(day) | NWeekday::Nth(_, day) => *day == first.weekday(),
        };
        if !self.days.is_empty() && !self.days.iter().any(of_week) {
            return Err(RuleRefusal::StartsOutside);
        }
        let walls = self.walls(first)?;
        if walls.first() != Some(&first) {
            return Err(RuleRefusal::StartsOutside);
        }
        let all = walls.into_iter().zip(1..).map(|(wall, number)| Occurrence {
            number,
            wall,
            at: match number {
                1 => Some(start),
                _ => shown(zone, wall),
            },
        });
        let about = |one: &Occurrence| one.at.unwrap_or_else(|| before_the_turn(zone, one.wall));
        let is_over =
            |one: &Occurrence| matches!(self.end, End::Instant(until) if about(one) > until);
        let mut left: Vec<_> = all.filter(|one| !is_over(one)).collect();
        if left.len() > usize::from(MOST) {
            return Err(RuleRefusal::TooOften);
        }
        left.retain(|one| !except.contains(&one.wall.date()));
        match left.is_empty() {
            true => Err(RuleRefusal::NothingLeft),
            false => Ok(left),
        }
    }

    /// What the clocks say, from the first on, counted on such as run evenly; at most one more than there may be.
    fn walls(&self, first: NaiveDateTime) -> Result<Vec<NaiveDateTime>, RuleRefusal> {
        let even = |wall: NaiveDateTime| rrule::Tz::UTC.from_utc_datetime(&wall);
        let rule = RRule::new(self.frequency)
            .interval(self.interval)
            .by_weekday(self.days.clone())
            .week_start(self.week_start);
        let until = match self.end {
            End::Count(_) => None,
            End::Day(day) => day.and_hms_opt(23, 59, 59),
            // A zone's clocks are no farther from UTC; what is too much is known when it is an instant.
            End::Instant(at) => Some(at.naive_utc() + TimeDelta::hours(26)),
        };
        let rule = match (self.end, until) {
            (End::Count(count), _) => rule.count(count.into()),
            (_, Some(until)) if until >= first => rule.until(even(until)),
            _ => return Err(RuleRefusal::StartsOutside),
        };
        let rule = rule
            .build(even(first))
            .map_err(|_| RuleRefusal::Unreadable)?;
        let dates = rule.all(MOST + 1).dates;
        Ok(dates.into_iter().map(|date| date.naive_utc()).collect())
    }
}

#[cfg(test)]
mod tests;
