//! The board held against what must be true of any plan.

use super::*;
use crate::schedule::hours::Hours;
use crate::schedule::slots::Opening;
use chrono::NaiveDate;
use entity::code::Confidentiality;
use proptest::prelude::*;

fn monday() -> DateTime<Utc> {
    "2026-03-02T00:00:00Z".parse().unwrap()
}

fn doctor(number: u128) -> DoctorId {
    DoctorId(Uuid::from_u128(number))
}

/// From nine to five each day, in steps of half an hour.
fn diary(number: u128, busy: Vec<Busy>) -> Diary {
    let hours = Hours {
        weekdays: 127,
        from: 9 * 60,
        until: 17 * 60,
        step: 30,
        zone: chrono_tz::UTC,
        first: NaiveDate::MIN,
        last: None,
    };
    Diary {
        doctor: doctor(number),
        clearance: Confidentiality::Normal,
        calendar: Calendar {
            open: vec![Opening {
                hours,
                only: Vec::new(),
                location: None,
            }],
            ..Calendar::default()
        },
        taken: Taken::of(busy),
    }
}

fn case(number: u128, patient: u128, starts_at: DateTime<Utc>) -> Case {
    Case {
        appointment: AppointmentId(Uuid::from_u128(number)),
        patient: PatientId(Uuid::from_u128(patient)),
        confidentiality: Confidentiality::Normal,
        starts_at,
        sooner: true,
        need: Need {
            visit_type: None,
            length: TimeDelta::minutes(30),
            before: TimeDelta::zero(),
            after: TimeDelta::zero(),
            notice: TimeDelta::zero(),
            advance: TimeDelta::days(730),
            capacity: 1,
        },
    }
}

fn board(colleagues: Vec<Diary>, away: Span) -> Board {
    let mut own = diary(1, Vec::new());
    own.calendar.away.push(away);
    let around = |more: TimeDelta| Span {
        from: away.from - more,
        until: away.until + more,
    };
    let now = monday() - TimeDelta::days(1);
    Board::new(
        (own, around(OTHER_TIME)),
        (colleagues, around(NEAR)),
        HashMap::new(),
        now,
    )
}

fn whole_day() -> Span {
    Span {
        from: monday(),
        until: monday() + TimeDelta::days(1),
    }
}

#[test]
fn a_colleague_who_is_free_at_that_time_comes_before_one_who_is_free_near_it() {
    let at = monday() + TimeDelta::hours(10);
    let taken = Busy {
        span: Span {
            from: at,
            until: at + TimeDelta::minutes(30),
        },
        group_key: Uuid::nil(),
    };
    let mut board = board(
        vec![diary(2, vec![taken]), diary(3, Vec::new())],
        whole_day(),
    );
    let one = case(1, 1, at);
    let found = board.proposals(&one, 3);
    let told: Vec<_> = found
        .iter()
        .map(|one| (one.way, one.doctor, one.starts_at - at))
        .collect();
    // The last time of the day before is at half past four, and nearer than the first of the day after.
    let before = TimeDelta::minutes(17 * 60 + 30);
    assert_eq!(
        told,
        [
            (Way::Reroute, doctor(3), TimeDelta::zero()),
            (Way::Reroute, doctor(2), TimeDelta::minutes(30)),
            (Way::Move, doctor(1), -before),
            (Way::Move, doctor(1), -before - TimeDelta::minutes(30)),
        ]
    );
}

#[test]
fn a_colleague_who_may_not_read_the_record_is_not_proposed_however_near() {
    let at = monday() + TimeDelta::hours(10);
    let mut cleared = diary(3, Vec::new());
    cleared.clearance = Confidentiality::Restricted;
    let mut one = case(1, 1, at);
    let ways = [Way::Reroute];
    let mut board = board(vec![diary(2, Vec::new()), cleared], whole_day());
    assert_eq!(board.best(&one, &ways).unwrap().doctor, doctor(2));
    one.confidentiality = Confidentiality::Restricted;
    assert_eq!(board.best(&one, &ways).unwrap().doctor, doctor(3));
    one.confidentiality = Confidentiality::VeryRestricted;
    assert_eq!(board.best(&one, &ways), None);
}

#[test]
fn a_patient_who_is_elsewhere_is_not_sent_there_but_their_old_time_is_free() {
    let at = monday() + TimeDelta::hours(10);
    let one = case(1, 1, at);
    let mut board = board(vec![diary(2, Vec::new())], whole_day());
    let visit = |minutes| one.visit(at + TimeDelta::minutes(minutes));
    let own = (one.appointment, visit(0));
    board.patients.insert(one.patient, vec![own]);
    assert_eq!(board.best(&one, &[Way::Reroute]).unwrap().starts_at, at);
    let other = (AppointmentId(Uuid::from_u128(9)), visit(-10));
    board.patients.insert(one.patient, vec![own, other]);
    let next = board.best(&one, &[Way::Reroute]).unwrap().starts_at;
    assert_eq!(next, at + TimeDelta::minutes(30));
}

proptest! {
    #[test]
    fn a_plan_gives_no_time_twice_and_none_of_the_absence(
        cases in prop::collection::vec((0_i64..48, 1_u128..6), 1..40),
        busy in prop::collection::vec((0_i64..96, 1_i64..6), 0..20),
        (days, move_first) in (1_i64..3, any::<bool>()),
    ) {
        let away = Span { from: monday(), until: monday() + TimeDelta::days(days) };
        let busy: Vec<Busy> = busy.into_iter().map(|(from, length)| {
            let from = monday() + TimeDelta::minutes(from * 30);
            Busy { span: Span { from, until: from + TimeDelta::minutes(length * 15) }, group_key: Uuid::nil() }
        }).collect();
        let mut board = board(vec![diary(2, busy.clone()), diary(3, busy.clone())], away);
        let ways = if move_first { [Way::Move, Way::Reroute] } else { [Way::Reroute, Way::Move] };
        let mut planned: Vec<(DoctorId, PatientId, Span)> = Vec::new();
        for (number, (from, patient)) in (100..).zip(cases) {
            let one = case(number, patient, monday() + TimeDelta::minutes(from * 30));
            let Some(to) = board.best(&one, &ways) else { continue };
            board.take(&one, &to);
            let visit = one.visit(to.starts_at);
            prop_assert_eq!(visit.until, to.ends_at);
            prop_assert_eq!(to.doctor == doctor(1), to.way == Way::Move);
            prop_assert!(to.way == Way::Reroute || !visit.meets(away));
            prop_assert!(to.way == Way::Move || busy.iter().all(|one| !one.span.meets(visit)));
            for (doctor, patient, other) in &planned {
                let same = *doctor == to.doctor || *patient == one.patient;
                prop_assert!(!same || !other.meets(visit), "{:?} meets {:?}", other, visit);
            }
            planned.push((to.doctor, one.patient, visit));
        }
    }
}

#[test]
fn what_may_not_be_brought_forward_goes_to_the_nearest_later_times() {
    let at = monday() + TimeDelta::hours(10);
    let mut board = board(vec![diary(2, Vec::new())], whole_day());
    let one = Case {
        sooner: false,
        ..case(1, 1, at)
    };
    let found = board.proposals(&one, 0);
    let told: Vec<_> = found.iter().map(|one| one.starts_at > at).collect();
    assert_eq!(told, [true, true]);
}
