//! Rules held against a clerk who walks through the days with a calendar and looks at the clock on the wall.

use super::*;
use proptest::prelude::*;

/// The zones of the free times' tests.
const ZONES: [Tz; 5] = [
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::America__Santiago,
    Tz::Asia__Kolkata,
];

const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "MO"),
    (Weekday::Tue, "TU"),
    (Weekday::Wed, "WE"),
    (Weekday::Thu, "TH"),
    (Weekday::Fri, "FR"),
    (Weekday::Sat, "SA"),
    (Weekday::Sun, "SU"),
];

fn short(day: Weekday) -> &'static str {
    DAYS[day.num_days_from_monday() as usize].1
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// When the clerk's clock says this, by trying every offset that a zone could have.
fn instant(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    let tries = (-14 * 4..=14 * 4).rev();
    let mut tries = tries.map(|quarter| wall.and_utc() - TimeDelta::minutes(15 * quarter));
    tries.find(|at| at.with_timezone(&zone).naive_local() == wall)
}

/// What a clerk understands of a rule.
#[derive(Clone, Debug)]
struct Spoken {
    frequency: &'static str,
    interval: u16,
    /// Every such day, or the one of this place in its month.
    days: Vec<(Option<i16>, Weekday)>,
    week_start: Weekday,
    count: Option<u16>,
    until: Option<NaiveDate>,
}

impl Spoken {
    fn written(&self) -> String {
        let mut text = format!("FREQ={};INTERVAL={}", self.frequency, self.interval);
        if !self.days.is_empty() {
            let days = self.days.iter().map(|(which, day)| match which {
                Some(which) => format!("{which}{}", short(*day)),
                None => short(*day).to_owned(),
            });
            text += &format!(";BYDAY={}", days.collect::<Vec<_>>().join(","));
        }
        text += &format!(";WKST={}", short(self.week_start));
        match (self.count, self.until) {
            (Some(count), _) => text += &format!(";COUNT={count}"),
            (_, Some(until)) => text += &format!(";UNTIL={}", until.format("%Y%m%d")),
            _ => {}
        }
        text
    }

    fn says(&self, first: NaiveDate, day: NaiveDate) -> bool {
        let interval = i64::from(self.interval);
        let of_week = |which: &(Option<i16>, Weekday)| which.1 == day.weekday();
        match self.frequency {
            "DAILY" => {
                (day - first).num_days() % interval == 0
                    && (self.days.is_empty() || self.days.iter().any(of_week))
            }
            "WEEKLY" => {
                let monday = |day: NaiveDate| {
                    let back = day.weekday().days_since(self.week_start);
                    day - TimeDelta::days(back.into())
                };
                let weeks = (monday(day) - monday(first)).num_days() / 7;
                let on = match self.days.is_empty() {
                    true => day.weekday() == first.weekday(),
                    false => self.days.iter().any(of_week),
                };
                weeks % interval == 0 && on
            }
            _ => {
                let month = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
                let placed = |which: &(Option<i16>, Weekday)| {
                    let from_first = i16::try_from(day.day0() / 7).unwrap() + 1;
                    let rest = u32::from(day.num_days_in_month()) - day.day();
                    let from_last = -(i16::try_from(rest / 7).unwrap() + 1);
                    let is_there = which.0.is_none_or(|n| n == from_first || n == from_last);
                    of_week(which) && is_there
                };
                let on = match self.days.is_empty() {
                    true => day.day() == first.day(),
                    false => self.days.iter().any(placed),
                };
                (month(day) - month(first)) % interval == 0 && on
            }
        }
    }

    /// What the clerk finds, with what is left out.
    fn walked(&self, zone: Tz, start: DateTime<Utc>, except: &[NaiveDate]) -> Vec<Occurrence> {
        let first = start.with_timezone(&zone).naive_local();
        let most = self.count.map_or(usize::MAX, usize::from);
        let days = first.date().iter_days();
        let days = days.take_while(|day| self.until.is_none_or(|until| *day <= until));
        let days = days.filter(|day| self.says(first.date(), *day)).take(most);
        let all = days.zip(1..).map(|(day, number)| {
            let wall = day.and_time(first.time());
            let at = match number {
                1 => Some(start),
                _ => instant(zone, wall),
            };
            Occurrence { number, wall, at }
        });
        all.filter(|one| !except.contains(&one.wall.date()))
            .collect()
    }
}

/// A rule that this day is the first of.
fn rule(first: NaiveDate) -> impl Strategy<Value = Spoken> {
    let ends = prop_oneof![
        (1_u16..=100).prop_map(|count| (Some(count), None)),
        (0_i64..730).prop_map(move |days| (None, Some(first + TimeDelta::days(days)))),
    ];
    (0_usize..5, 1_u16..6, 0_u8..128, any::<bool>(), ends).prop_map(
        move |(kind, interval, others, sunday, (count, until))| {
            let frequency = ["DAILY", "WEEKLY", "MONTHLY", "MONTHLY", "MONTHLY"][kind];
            let picked = |day: Weekday| {
                day == first.weekday() || others >> day.num_days_from_monday() & 1 == 1
            };
            let every = DAYS.iter().map(|(day, _)| *day).filter(|day| picked(*day));
            let days = match (kind, others % 4) {
                (0..=2, 0) | (3, _) => Vec::new(),
                (4, _) => {
                    let from_first = i16::try_from(first.day0() / 7).unwrap() + 1;
                    let rest = u32::from(first.num_days_in_month()) - first.day();
                    let which = match sunday && rest < 7 {
                        true => -1,
                        false => from_first,
                    };
                    vec![(Some(which), first.weekday()), (Some(2), Weekday::Thu)]
                }
                _ => every.map(|day| (None, day)).collect(),
            };
            Spoken {
                frequency,
                interval,
                days,
                week_start: if sunday { Weekday::Sun } else { Weekday::Mon },
                count,
                until,
            }
        },
    )
}

fn wanted() -> impl Strategy<Value = (Tz, DateTime<Utc>, Spoken, Vec<NaiveDate>)> {
    let start = (0_usize..ZONES.len(), 0_i64..365, 0_i64..288);
    let start = start.prop_filter_map("the clocks leave it out", |(zone, day, five)| {
        let day = date("2026-01-01") + TimeDelta::days(day);
        let wall = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(5 * five);
        instant(ZONES[zone], wall).map(|at| (ZONES[zone], at, day))
    });
    start.prop_flat_map(|(zone, at, day)| {
        let except = prop::collection::vec(1_i64..400, 0..4);
        let except = except.prop_map(move |days| {
            let days = days.into_iter();
            days.map(|one| day + TimeDelta::days(one)).collect()
        });
        (Just(zone), Just(at), rule(day), except)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn what_comes_again_keeps_its_time_on_the_wall_and_none_is_lost_doubled_or_shifted(
        (zone, start, spoken, except) in wanted(),
    ) {
        let read = Rule::read(&spoken.written()).unwrap();
        let expected = spoken.walked(zone, start, &except);
        match read.from(start, zone, &except) {
            Err(refusal) => {
                prop_assert_eq!(refusal, RuleRefusal::TooOften);
                prop_assert!(spoken.walked(zone, start, &[]).len() > 100);
            }
            Ok(found) => {
                prop_assert_eq!(&found, &expected, "{}", spoken.written());
                let time = start.with_timezone(&zone).time();
                for one in found {
                    let shows = one.at.map(|at| at.with_timezone(&zone).time());
                    prop_assert!(shows.is_none_or(|shown| shown == time));
                }
            }
        }
    }

    #[test]
    fn whatever_is_written_is_read_or_refused(text in "[A-Z0-9=;,+-]{0,60}", whole in any::<String>()) {
        let _ = Rule::read(&text);
        let _ = Rule::read(&whole);
        let _ = Rule::read(&format!("FREQ=WEEKLY;COUNT=3;{text}"));
    }
}

#[test]
fn a_week_in_berlin_keeps_its_hour_over_two_years_and_both_changes_of_each() {
    for zone in ZONES {
        let wall = date("2026-01-05").and_hms_opt(9, 30, 0).unwrap();
        let start = shown(zone, wall).unwrap();
        let weekly = Rule::read("FREQ=WEEKLY;COUNT=100").unwrap();
        let all = weekly.from(start, zone, &[]).unwrap();
        assert_eq!(all.len(), 100);
        let local = |one: &Occurrence| one.at.unwrap().with_timezone(&zone).naive_local();
        assert!(
            all.windows(2)
                .all(|two| local(&two[1]) - local(&two[0]) == TimeDelta::days(7)),
            "{zone}"
        );
    }
}

#[test]
fn a_time_that_a_spring_leaves_out_is_none_and_of_two_in_an_autumn_it_is_the_first() {
    let zone = Tz::Europe__Berlin;
    let times = |start: &str, rule: &str| {
        let start = start.parse().unwrap();
        let all = Rule::read(rule).unwrap().from(start, zone, &[]).unwrap();
        let text = |one: Occurrence| {
            one.at.map_or("none".to_owned(), |at| {
                at.with_timezone(&zone).format("%m-%d %H:%M %Z").to_string()
            })
        };
        all.into_iter().map(text).collect::<Vec<_>>()
    };
    let spring = times("2026-03-28T01:30:00Z", "FREQ=DAILY;COUNT=3");
    assert_eq!(spring, ["03-28 02:30 CET", "none", "03-30 02:30 CEST"]);
    let autumn = times("2026-10-24T00:30:00Z", "FREQ=DAILY;COUNT=3");
    assert_eq!(
        autumn,
        ["10-24 02:30 CEST", "10-25 02:30 CEST", "10-26 02:30 CET"]
    );
    // Of what it begins with, the instant is known.
    let second = times("2026-10-25T01:30:00Z", "FREQ=DAILY;COUNT=2");
    assert_eq!(second, ["10-25 02:30 CET", "10-26 02:30 CET"]);
}

#[test]
fn what_is_no_rule_of_these_is_refused_for_what_is_wrong_with_it() {
    use RuleRefusal::{Endless, TooOften, Unreadable, Unsupported};
    let refused = [
        ("", Unreadable),
        ("WEEKLY", Unreadable),
        ("FREQ=FORTNIGHTLY;COUNT=2", Unreadable),
        ("COUNT=2", Unreadable),
        ("FREQ=WEEKLY", Endless),
        ("FREQ=WEEKLY;BYDAY=MO", Endless),
        ("FREQ=WEEKLY;COUNT=0", Unreadable),
        ("FREQ=WEEKLY;COUNT=+2", Unreadable),
        ("FREQ=WEEKLY;COUNT=101", TooOften),
        ("FREQ=WEEKLY;COUNT=2;COUNT=2", Unreadable),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20270101", Unreadable),
        ("FREQ=WEEKLY;UNTIL=20270101T090000", Unreadable),
        ("FREQ=WEEKLY;UNTIL=20270230", Unreadable),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=2", Unreadable),
        ("FREQ=WEEKLY;INTERVAL=100;COUNT=2", Unsupported),
        ("FREQ=WEEKLY;BYDAY=1MO;COUNT=2", Unreadable),
        ("FREQ=WEEKLY;BYDAY=;COUNT=2", Unreadable),
        ("FREQ=WEEKLY;BYDAY=XMO;COUNT=2", Unreadable),
        ("FREQ=MONTHLY;BYDAY=0MO;COUNT=2", Unreadable),
        ("FREQ=MONTHLY;BYDAY=6MO;COUNT=2", Unreadable),
        ("FREQ=MONTHLY;BYDAY=MO,1TU;COUNT=2", Unsupported),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", Unsupported),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1;COUNT=2", Unsupported),
        ("FREQ=YEARLY;COUNT=2", Unsupported),
        ("FREQ=SECONDLY;COUNT=2", Unsupported),
        ("FREQ=WEEKLY;COUNT=2;COLOUR=RED", Unreadable),
        ("FREQ=WEEKLY;COUNT=2\nRDATE:20270101", Unreadable),
    ];
    for (text, refusal) in refused {
        assert_eq!(Rule::read(text), Err(refusal), "{text}");
    }
    assert!(Rule::read(&format!("FREQ=WEEKLY;COUNT=2{}", " ".repeat(200))).is_err());
}

#[test]
fn a_rule_begins_with_what_it_says_and_says_something() {
    let start = "2026-11-24T09:00:00Z".parse().unwrap();
    let of = |rule: &str, except: &[NaiveDate]| {
        Rule::read(rule)
            .unwrap()
            .from(start, Tz::UTC, except)
            .map(|all| all.len())
    };
    // The day is a Tuesday, the fourth of its month.
    assert_eq!(of("FREQ=WEEKLY;BYDAY=TU;COUNT=3", &[]), Ok(3));
    assert_eq!(of("freq=monthly;byday=4tu;count=3", &[]), Ok(3));
    let outside = Err(RuleRefusal::StartsOutside);
    assert_eq!(of("FREQ=WEEKLY;BYDAY=MO;COUNT=3", &[]), outside);
    assert_eq!(of("FREQ=MONTHLY;BYDAY=1TU;COUNT=3", &[]), outside);
    assert_eq!(of("FREQ=DAILY;UNTIL=20261120", &[]), outside);
    assert_eq!(
        of("FREQ=DAILY;UNTIL=20261124T085959Z", &[]),
        Err(RuleRefusal::NothingLeft)
    );
    assert_eq!(of("FREQ=DAILY;UNTIL=20261124T090000Z", &[]), Ok(1));
    assert_eq!(of("FREQ=DAILY;UNTIL=20270303T090000Z", &[]), Ok(100));
    assert_eq!(
        of("FREQ=DAILY;UNTIL=20270304T090000Z", &[]),
        Err(RuleRefusal::TooOften)
    );
    let both = [date("2026-11-24"), date("2026-11-25")];
    assert_eq!(
        of("FREQ=DAILY;COUNT=2", &both),
        Err(RuleRefusal::NothingLeft)
    );
    assert_eq!(of("FREQ=DAILY;COUNT=3", &both), Ok(1));
}
