use super::{Time, first_fitting};
use crate::schedule::hours::Span;
use crate::schedule::slots::Slot;
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, TimeZone as _, Timelike as _, Utc};
use chrono_tz::Tz;
use entity::waitlist_entry::Window;
use proptest::prelude::*;
use std::collections::HashSet;

fn slot(starts_at: DateTime<Utc>, minutes: i64) -> Slot {
    Slot {
        doctor: uuid::Uuid::nil().into(),
        starts_at,
        ends_at: starts_at + TimeDelta::minutes(minutes),
        location: None,
        seats: 1,
    }
}

fn window(weekdays: i32, from: i32, until: i32) -> Window {
    Window {
        first_day: None,
        last_day: None,
        weekdays,
        from,
        until,
    }
}

fn start() -> DateTime<Utc> {
    // A Monday.
    Utc.with_ymd_and_hms(2027, 3, 1, 0, 0, 0).unwrap()
}

#[test]
fn a_window_is_what_the_clocks_on_the_wall_say_in_winter_and_in_summer() {
    let zone: Tz = "Europe/Tallinn".parse().unwrap();
    let nine_to_ten = [window(127, 9 * 60, 10 * 60)];
    for (month, hour) in [(3, 7), (4, 6)] {
        let nine = Utc.with_ymd_and_hms(2027, month, 5, hour, 0, 0).unwrap();
        assert!(Time::of(slot(nine, 60), zone).fits(&nine_to_ten));
        assert!(!Time::of(slot(nine + TimeDelta::hours(1), 60), zone).fits(&nine_to_ten));
        assert!(!Time::of(slot(nine, 61), zone).fits(&nine_to_ten));
    }
}

#[test]
fn a_visit_past_midnight_lies_in_no_window_and_one_up_to_it_does() {
    let evening = [window(127, 20 * 60, 1440)];
    let at = start() + TimeDelta::hours(23);
    assert!(Time::of(slot(at, 60), Tz::UTC).fits(&evening));
    assert!(!Time::of(slot(at, 61), Tz::UTC).fits(&evening));
    assert!(Time::of(slot(at, 61), Tz::UTC).fits(&[]));
}

fn days() -> impl Strategy<Value = Option<NaiveDate>> {
    prop::option::of((0_i64..40).prop_map(|day| (start() + TimeDelta::days(day)).date_naive()))
}

prop_compose! {
    fn windows()(all in prop::collection::vec((days(), days(), 1_i32..128, 0_i32..1439, 1_i32..1440), 0..4)) -> Vec<Window> {
        let window = |(first_day, last_day, weekdays, from, length): (_, _, _, i32, i32)| Window {
            first_day, last_day, weekdays, from, until: (from + length).min(1440),
        };
        all.into_iter().map(window).collect()
    }
}

proptest! {
    #[test]
    fn the_first_that_fits_is_the_earliest_that_anybody_would_name_by_hand(
        windows in windows(),
        beginnings in prop::collection::btree_set(0_i64..40 * 96, 0..60),
        offered in prop::collection::btree_set(0_i64..40 * 96, 0..10),
        busy in prop::collection::vec((0_i64..40 * 96, 1_i64..96), 0..5),
    ) {
        let at = |quarter: i64| start() + TimeDelta::minutes(15 * quarter);
        let times: Vec<Time> = beginnings.iter().map(|one| Time::of(slot(at(*one), 30), Tz::UTC)).collect();
        let offered: HashSet<_> = offered.into_iter().map(at).collect();
        let busy: Vec<Span> = busy.into_iter().map(|(from, long)| Span { from: at(from), until: at(from + long) }).collect();
        let by_hand = beginnings.iter().map(|one| at(*one)).find(|from| {
            let until = *from + TimeDelta::minutes(30);
            let minute = i32::try_from(from.hour() * 60 + from.minute()).unwrap();
            let is_in = windows.is_empty() || windows.iter().any(|window| {
                let day = from.date_naive();
                window.first_day.unwrap_or(day) <= day && day <= window.last_day.unwrap_or(day)
                    && window.weekdays >> day.weekday().num_days_from_monday() & 1 == 1
                    && (window.from..=window.until - 30).contains(&minute)
            });
            is_in && !offered.contains(from) && busy.iter().all(|taken| until <= taken.from || taken.until <= *from)
        });
        let found = first_fitting(&times, &windows, &offered, &busy).map(|time| time.slot.starts_at);
        prop_assert_eq!(found, by_hand);
    }
}
