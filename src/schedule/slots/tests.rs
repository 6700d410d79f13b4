//! The slots held against a clerk who walks through two years minute by minute and looks at the clock on the wall.

use super::*;
use chrono::{Datelike as _, NaiveDate, Timelike as _};
use chrono_tz::Tz;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Two that change their clocks by an hour on either side of the equator, one by half an hour, one in the middle of the
/// night before a Sunday that begins at one, and one that never does.
const ZONES: [Tz; 5] = [
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::America__Santiago,
    Tz::Asia__Kolkata,
];

const MINUTE: TimeDelta = TimeDelta::minutes(1);

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Whether the clock on the wall says a time of these hours.
fn is_open(hours: &Hours, at: DateTime<Utc>) -> bool {
    let wall = at.with_timezone(&hours.zone);
    let minute = wall.hour() * 60 + wall.minute();
    let date = wall.date_naive();
    let weekday = 1 << date.weekday().num_days_from_monday();
    hours.weekdays & weekday != 0
        && hours.first <= date
        && hours.last.is_none_or(|last| date <= last)
        && (u32::from(hours.from)..u32::from(hours.until)).contains(&minute)
}

fn minutes(span: Span) -> impl Iterator<Item = DateTime<Utc>> {
    std::iter::successors(Some(span.from), |at| Some(*at + MINUTE))
        .take_while(move |at| *at < span.until)
}

/// What the clerk finds, with the seats that are left.
fn clerk(
    calendar: &Calendar,
    need: &Need,
    within: Span,
    now: DateTime<Utc>,
    taken: &[Busy],
) -> BTreeMap<DateTime<Utc>, i32> {
    let mut found = BTreeMap::new();
    for from in minutes(within) {
        if from < now + need.notice || from > now + need.advance {
            continue;
        }
        let visit = Span {
            from,
            until: from + need.length,
        };
        let offers = |opening: &Opening| {
            let wall = from.with_timezone(&opening.hours.zone);
            let minute = wall.hour() * 60 + wall.minute();
            let first = u32::from(opening.hours.from);
            minute >= first
                && (minute - first).is_multiple_of(u32::from(opening.hours.step))
                && minutes(visit).all(|at| is_open(&opening.hours, at))
        };
        let closed = minutes(visit).any(|at| calendar.closed.iter().any(|one| is_open(one, at)));
        let is_away = |at| {
            calendar
                .away
                .iter()
                .any(|one| one.from <= at && at < one.until)
        };
        let closed = closed || minutes(visit).any(is_away);
        if closed || !calendar.open.iter().any(offers) {
            continue;
        }
        let key = need
            .visit_type
            .map(|kind| group_key(DoctorId(Uuid::nil()), kind, from));
        let mine = need.blocked(from);
        let meeting: Vec<_> = taken
            .iter()
            .filter(|busy| minutes(mine).any(|at| busy.span.from <= at && at < busy.span.until))
            .collect();
        let company = need.capacity > 1 && meeting.iter().all(|busy| Some(busy.group_key) == key);
        let seats = need.capacity - i32::try_from(meeting.len()).unwrap();
        if (meeting.is_empty() || company) && seats > 0 {
            found.insert(from, seats);
        }
    }
    found
}

/// The days around each change of the clocks in two years.
fn turns(zone: Tz) -> Vec<NaiveDate> {
    let days = day(2026, 1, 1).iter_days().take(730);
    let offset = |date: NaiveDate| {
        let noon = date.and_hms_opt(12, 0, 0).unwrap().and_utc();
        noon.with_timezone(&zone).naive_local() - noon.naive_utc()
    };
    days.filter(|date| offset(*date) != offset(date.pred_opt().unwrap()))
        .collect()
}

fn hours(zone: Tz) -> impl Strategy<Value = Hours> {
    // Night hours are where the clocks are changed; few clinics keep them, but all of them must be right.
    (0_u16..12, 1_u16..16, 1_u16..12, 1_i32..128, 0_u16..4).prop_map(
        move |(from, length, step, weekdays, odd)| Hours {
            weekdays: weekdays | 1 << 5 | 1 << 6,
            from: from * 15 + odd * 5,
            until: (from * 15 + odd * 5 + length * 30).min(1440),
            step: step * 5,
            zone,
            first: day(2026, 1, 1),
            last: None,
        },
    )
}

fn clinic() -> impl Strategy<Value = (Tz, Calendar, NaiveDate)> {
    (
        0_usize..ZONES.len(),
        any::<prop::sample::Index>(),
        -1_i64..2,
    )
        .prop_flat_map(|(zone, turn, off)| {
            let zone = ZONES[zone];
            let turns = turns(zone);
            let day = match turns.is_empty() {
                true => day(2026, 3, 29),
                false => turns[turn.index(turns.len())],
            };
            let day = day + TimeDelta::days(off);
            let open = prop::collection::vec(hours(zone), 1..3);
            let closed = prop::collection::vec(hours(zone), 0..2);
            let away = prop::collection::vec((-600_i64..1_800, 1_i64..600), 0..3);
            (open, closed, away).prop_map(move |(open, closed, away)| {
                let midnight = day.and_hms_opt(0, 0, 0).unwrap().and_utc();
                let stretch = |(from, length)| Span {
                    from: midnight + TimeDelta::minutes(from),
                    until: midnight + TimeDelta::minutes(from + length),
                };
                let opening = |hours| Opening {
                    hours,
                    only: Vec::new(),
                    location: None,
                };
                let calendar = Calendar {
                    open: open.into_iter().map(opening).collect(),
                    closed,
                    away: away.into_iter().map(stretch).collect(),
                };
                (zone, calendar, day)
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_slot_is_lost_doubled_or_shifted_when_the_clocks_change(
        (_, calendar, day) in clinic(),
        (length, before, after) in (1_i64..12, 0_i64..4, 0_i64..4),
        (capacity, visits) in (1_i32..4, prop::collection::vec((0_i64..120, 1_i64..8, any::<bool>()), 0..4)),
        (notice, advance) in (0_i64..2000, 0_i64..4000),
    ) {
        let midnight = day.and_hms_opt(0, 0, 0).unwrap().and_utc();
        let within = Span { from: midnight - TimeDelta::hours(14), until: midnight + TimeDelta::hours(30) };
        let kind = VisitTypeId(Uuid::from_u128(7));
        let need = Need {
            visit_type: Some(kind),
            length: TimeDelta::minutes(length * 10),
            before: TimeDelta::minutes(before * 5),
            after: TimeDelta::minutes(after * 5),
            notice: TimeDelta::minutes(notice),
            advance: TimeDelta::minutes(advance) + TimeDelta::hours(24),
            capacity,
        };
        let now = within.from - TimeDelta::hours(10);
        let taken: Vec<Busy> = visits.into_iter().map(|(from, length, ours)| {
            let from = within.from + TimeDelta::minutes(from * 20);
            match ours {
                true => Busy { span: need.blocked(from), group_key: group_key(DoctorId(Uuid::nil()), kind, from) },
                false => Busy {
                    span: Span { from, until: from + TimeDelta::minutes(length * 10) },
                    group_key: Uuid::from_u128(9),
                },
            }
        }).collect();
        let expected = clerk(&calendar, &need, within, now, &taken);
        let indexed = Taken::of(taken.clone());
        let found: Vec<_> = calendar
            .free(DoctorId(Uuid::nil()), &need, within, now, &indexed)
            .map(|slot| (slot.starts_at, slot.seats))
            .collect();
        prop_assert_eq!(&found, &expected.into_iter().collect::<Vec<_>>());
        for (starts_at, _) in found {
            prop_assert!(calendar.offers(&need, starts_at, now));
        }
    }
}

fn need(minutes: i64) -> Need {
    Need {
        visit_type: None,
        length: TimeDelta::minutes(minutes),
        before: TimeDelta::zero(),
        after: TimeDelta::zero(),
        notice: TimeDelta::zero(),
        advance: TimeDelta::days(730),
        capacity: 1,
    }
}

fn every_day(zone: Tz, from: u16, until: u16, step: u16) -> Calendar {
    Calendar {
        open: vec![Opening {
            hours: Hours {
                weekdays: 127,
                from,
                until,
                step,
                zone,
                first: day(2026, 1, 1),
                last: None,
            },
            only: Vec::new(),
            location: None,
        }],
        closed: Vec::new(),
        away: Vec::new(),
    }
}

#[test]
fn two_years_of_every_zone_are_as_the_clerk_says() {
    for zone in ZONES {
        let calendar = every_day(zone, 60, 240, 20);
        let now = at("2026-01-01T00:00:00Z");
        let within = Span {
            from: now,
            until: now + TimeDelta::days(730),
        };
        let expected = clerk(&calendar, &need(40), within, now, &[]);
        let found = calendar.offered(&need(40), within, now);
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>(),
            "{zone}"
        );
    }
}

#[test]
fn a_spring_leaves_out_what_does_not_exist_and_an_autumn_offers_both() {
    let calendar = every_day(Tz::Europe__Berlin, 60, 240, 60);
    let now = at("2026-01-01T00:00:00Z");
    let on = |date: &str| {
        let from = at(&format!("{date}T00:00:00Z")) - TimeDelta::hours(2);
        let within = Span {
            from,
            until: from + TimeDelta::hours(8),
        };
        let offered = calendar.offered(&need(60), within, now);
        let wall = |at: &DateTime<Utc>| {
            at.with_timezone(&Tz::Europe__Berlin)
                .format("%H:%M %Z")
                .to_string()
        };
        offered.keys().map(wall).collect::<Vec<_>>()
    };
    assert_eq!(on("2026-03-28"), ["01:00 CET", "02:00 CET", "03:00 CET"]);
    assert_eq!(on("2026-03-29"), ["01:00 CET", "03:00 CEST"]);
    let twice = ["01:00 CEST", "02:00 CEST", "02:00 CET", "03:00 CET"];
    assert_eq!(on("2026-10-25"), twice);
}

#[test]
fn a_group_visit_has_seats_until_they_are_taken_and_stands_in_nobody_elses_way_but_others() {
    let kind = VisitTypeId(Uuid::from_u128(7));
    let doctor = DoctorId(Uuid::nil());
    let calendar = every_day(Tz::UTC, 540, 660, 60);
    let group = Need {
        visit_type: Some(kind),
        capacity: 2,
        ..need(60)
    };
    let from = at("2026-06-01T09:00:00Z");
    let now = from - TimeDelta::hours(1);
    let within = Span {
        from,
        until: from + TimeDelta::hours(3),
    };
    let one = Busy {
        span: group.blocked(from),
        group_key: group_key(doctor, kind, from),
    };
    let seats = |need: &Need, taken: &[Busy]| {
        let taken = Taken::of(taken.to_vec());
        let free = calendar.free(doctor, need, within, now, &taken);
        free.map(|slot| slot.seats).collect::<Vec<_>>()
    };
    assert_eq!(seats(&group, &[]), [2, 2]);
    assert_eq!(seats(&group, &[one]), [1, 2]);
    assert_eq!(seats(&group, &[one, one]), [2]);
    assert_eq!(seats(&need(60), &[one]), [1]);
}
