//! What hours can be: pure, but for the question whether there is such a kind of visit.

use crate::error::{Fault, Outcome};
use crate::patient::input;
use crate::state::State;
use chrono::{NaiveTime, Timelike as _};
use entity::id::VisitTypeId;
use serde::Serialize;

/// How long the words for a place can be, in characters.
const LONGEST_LOCATION: usize = 100;
/// For how many kinds of visits hours can be kept.
const MOST_KINDS: usize = 20;
/// Visits begin at least so many minutes apart.
const STEPS: std::ops::RangeInclusive<i32> = 5..=480;

/// Why hours are not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoursRefusal {
    /// At least one day of the week.
    InvalidWeekdays,
    /// Full minutes, and an end after the beginning.
    InvalidHours,
    /// 5 to 480 minutes.
    InvalidStep,
    /// Not an IANA time zone.
    InvalidZone,
    /// The last day is not before the first, and both lie within this century.
    InvalidDays,
    /// 1 to 100 characters, none of them a control character.
    InvalidLocation,
    /// There is no such kind of visit, or too many are named.
    VisitTypeNotFound,
    /// The doctor has too many already.
    TooMany,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// The part of a day that hours are about, and what for; what is absent is as it was, or as is usual.
#[derive(Clone, Debug, Default, Serialize)]
pub struct When {
    /// From this time of the day on.
    pub from: Option<NaiveTime>,
    /// Up to this time of the day; midnight is its end.
    pub until: Option<NaiveTime>,
    /// Visits begin every so many minutes.
    pub step: Option<i32>,
    /// IANA zone whose clocks are meant.
    pub zone: Option<String>,
    /// For these kinds of visits only; for all when there are none.
    pub only: Option<Vec<uuid::Uuid>>,
    /// Where; empty for nowhere in particular.
    pub location: Option<String>,
}

/// The same, checked and in its one spelling.
pub(super) struct Checked {
    pub from: Option<i32>,
    pub until: Option<i32>,
    pub step: Option<i32>,
    pub zone: Option<String>,
    pub only: Option<Vec<VisitTypeId>>,
    pub location: Option<Option<String>>,
}

fn minute(time: NaiveTime) -> Result<i32, HoursRefusal> {
    let seconds = time.num_seconds_from_midnight();
    let is_full = seconds.is_multiple_of(60) && time.nanosecond() == 0;
    i32::try_from(seconds / 60)
        .ok()
        .filter(|_| is_full)
        .ok_or(HoursRefusal::InvalidHours)
}

/// The end of a day is written as the midnight that begins the next.
fn end(time: NaiveTime) -> Result<i32, HoursRefusal> {
    minute(time).map(|minute| if minute == 0 { 1440 } else { minute })
}

fn location(words: &str) -> Result<Option<String>, HoursRefusal> {
    let words = words.trim();
    let fits = words.chars().count() <= LONGEST_LOCATION && !words.chars().any(char::is_control);
    match fits {
        true => Ok(Some(words.to_owned()).filter(|words| !words.is_empty())),
        false => Err(HoursRefusal::InvalidLocation),
    }
}

impl When {
    fn pure(&self) -> Result<Checked, HoursRefusal> {
        let only = self.only.as_ref();
        if only.is_some_and(|only| only.len() > MOST_KINDS) {
            return Err(HoursRefusal::VisitTypeNotFound);
        }
        if self.step.is_some_and(|step| !STEPS.contains(&step)) {
            return Err(HoursRefusal::InvalidStep);
        }
        let zone = self.zone.as_deref().map(input::zone).transpose();
        Ok(Checked {
            from: self.from.map(minute).transpose()?,
            until: self.until.map(end).transpose()?,
            step: self.step,
            zone: zone.map_err(|_| HoursRefusal::InvalidZone)?,
            only: only.map(|only| only.iter().copied().map(VisitTypeId).collect()),
            location: self.location.as_deref().map(location).transpose()?,
        })
    }

    /// Checks every value.
    pub(super) async fn checked(&self, state: &State) -> Outcome<Checked, HoursRefusal> {
        let checked = crate::accept!(self.pure());
        let kinds = checked.only.iter().flatten();
        let kinds = kinds.map(|kind| state.loaders.visit_types.load(*kind));
        let found: Result<Vec<_>, Fault> = futures_util::future::try_join_all(kinds).await;
        Ok(if found?.iter().any(Option::is_none) {
            Err(HoursRefusal::VisitTypeNotFound)
        } else {
            Ok(checked)
        })
    }
}

/// Whether an end lies after its beginning.
pub(super) fn ordered(from: i32, until: i32) -> Result<(), HoursRefusal> {
    if from < until {
        Ok(())
    } else {
        Err(HoursRefusal::InvalidHours)
    }
}

/// Whether the days are of this century, and in order.
pub(super) fn days(
    first: chrono::NaiveDate,
    last: Option<chrono::NaiveDate>,
) -> Result<(), HoursRefusal> {
    use chrono::Datelike as _;
    let fits = |day: chrono::NaiveDate| (2000..2100).contains(&day.year());
    let ordered = last.is_none_or(|last| first <= last && fits(last));
    if fits(first) && ordered {
        Ok(())
    } else {
        Err(HoursRefusal::InvalidDays)
    }
}
