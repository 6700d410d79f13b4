use super::{
    CHANNELS, Due, KINDS, LATE, LEAST_WARNING, Quiet, ReminderCause, ReminderChannel, ReminderKind,
    Wishes, due, lead, planned,
};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn quiet(from: &str, until: &str, zone: Tz) -> Quiet {
    Quiet {
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
        zone,
    }
}

fn all(quiet: Option<Quiet>) -> Wishes {
    Wishes {
        channels: vec![ReminderChannel::Email],
        kinds: KINDS.to_vec(),
        quiet,
    }
}

#[test]
fn what_is_due_in_quiet_hours_waits_for_their_end() {
    let night = quiet("22:00:00", "07:00:00", chrono_tz::Europe::Tallinn);
    // Due at half past six of the day before, sent at seven.
    let early = planned(
        at("2027-01-20T04:30:00Z"),
        at("2027-01-18T12:00:00Z"),
        &all(Some(night)),
    );
    let day = early.iter().find(|one| one.kind == ReminderKind::DayBefore);
    assert_eq!(day.unwrap().due_at, at("2027-01-19T04:30:00Z"));
    assert_eq!(day.unwrap().send_at, at("2027-01-19T05:00:00Z"));
    // Two hours before is in the night, and seven is after the appointment: the evening before, a minute before ten.
    let hours = early
        .iter()
        .find(|one| one.kind == ReminderKind::HoursBefore);
    assert_eq!(hours.unwrap().send_at, at("2027-01-19T19:59:00Z"));
    // A week before was over when it was booked.
    assert_eq!(early.len(), 2);
}

#[test]
fn an_end_that_the_clocks_leave_out_is_when_they_have_moved_on() {
    let until_half_past_three = quiet("22:00:00", "03:30:00", chrono_tz::Europe::Tallinn);
    // From three to four there is no time in Tallinn on 28 March 2027.
    let end = until_half_past_three.end_after(at("2027-03-28T00:00:00Z"));
    assert_eq!(end, at("2027-03-28T01:00:00Z"));
}

#[test]
fn a_late_reminder_is_dropped_or_waits() {
    let night = quiet("22:00:00", "07:00:00", Tz::UTC);
    let (starts, send) = (at("2027-01-20T09:00:00Z"), at("2027-01-19T09:00:00Z"));
    let now = |text| due(starts, send, at(text), false, Some(night));
    assert_eq!(now("2027-01-19T09:00:01Z"), Due::Now);
    assert_eq!(now("2027-01-19T20:00:00Z"), Due::Now);
    assert_eq!(
        now("2027-01-19T23:00:00Z"),
        Due::At(at("2027-01-20T07:00:00Z"))
    );
    assert_eq!(
        now("2027-01-20T09:00:00Z"),
        Due::Never(ReminderCause::TooLate)
    );
    let superseded = due(starts, send, at("2027-01-20T08:00:00Z"), true, Some(night));
    assert_eq!(superseded, Due::Never(ReminderCause::Superseded));
    let early = at("2027-01-20T07:15:00Z");
    let never = due(early, send, at("2027-01-20T06:00:00Z"), false, Some(night));
    assert_eq!(never, Due::Never(ReminderCause::QuietHours));
}

const ZONES: [Tz; 5] = [
    chrono_tz::Europe::Tallinn,
    chrono_tz::America::New_York,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::Asia::Kolkata,
    chrono_tz::Pacific::Apia,
];

fn minute(minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).unwrap()
}

proptest! {
    #[test]
    fn nothing_is_sent_in_quiet_hours_nor_too_late_nor_for_what_was_over(
        zone in 0_usize..5,
        from in 0_u32..1440,
        length in 15_u32..1380,
        starts in 0_i64..2 * 365 * 24 * 60,
        ahead in 0_i64..14 * 24 * 60,
    ) {
        let quiet = Quiet {
            from: minute(from),
            until: minute((from + length) % 1440),
            zone: ZONES[zone],
        };
        let starts_at = at("2026-01-01T00:00:00Z") + TimeDelta::minutes(starts);
        let since = starts_at - TimeDelta::minutes(ahead);
        let wishes = Wishes {
            channels: CHANNELS.to_vec(),
            kinds: KINDS.to_vec(),
            quiet: Some(quiet),
        };
        let all = planned(starts_at, since, &wishes);
        for one in &all {
            prop_assert!(!quiet.covers(one.send_at), "{one:?}");
            prop_assert!(one.send_at > since && one.send_at < starts_at);
            prop_assert_eq!(one.due_at, starts_at - lead(one.kind));
            if one.send_at > one.due_at {
                prop_assert!(one.send_at + LEAST_WARNING <= starts_at);
            }
        }
        for (number, one) in all.iter().enumerate() {
            let same = |other: &&super::Planned| {
                (other.kind, other.channel, other.due_at) == (one.kind, one.channel, one.due_at)
            };
            prop_assert_eq!(all[number + 1..].iter().filter(same).count(), 0);
        }
        // Without quiet hours, whatever was to come is planned.
        let plain = planned(starts_at, since, &Wishes { quiet: None, ..wishes });
        let to_come = KINDS.iter().filter(|kind| starts_at - lead(**kind) > since).count();
        prop_assert_eq!(plain.len(), 2 * to_come);
    }

    #[test]
    fn a_late_reminder_goes_out_of_quiet_hours_before_the_appointment_or_not_at_all(
        zone in 0_usize..5,
        from in 0_u32..1440,
        length in 15_u32..1380,
        late in 0_i64..3 * 24 * 60,
    ) {
        let quiet = Quiet {
            from: minute(from),
            until: minute((from + length) % 1440),
            zone: ZONES[zone],
        };
        let send_at = at("2027-03-26T09:00:00Z");
        let starts_at = send_at + TimeDelta::days(2);
        let now = send_at + TimeDelta::minutes(late);
        match due(starts_at, send_at, now, false, Some(quiet)) {
            Due::Now => prop_assert!(now < starts_at && (now <= send_at + LATE || !quiet.covers(now))),
            Due::At(then) => {
                prop_assert!(then > now && !quiet.covers(then) && then + LEAST_WARNING <= starts_at);
            }
            Due::Never(_) => prop_assert!(now >= starts_at || quiet.covers(now)),
        }
    }
}
