//! Appointments that come again by a rule: all of them are booked or none is, each says what stands in its way, and they keep
//! their time on the clocks on the wall.

use crate::support::documents::BOOK;
use crate::support::{App, Doctor, Patient, Person, codes, user_errors};
use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub const BOOK_SERIES: &str = "mutation($input: BookSeriesInput!) { bookSeries(input: $input) {
    series { id version rule zone appointments(first: 100) { totalCount
        nodes { id version status occurrence startsAt endsAt reason } } }
    occurrences(first: 100) { totalCount nodes { occurrence localTime startsAt endsAt conflict } }
    conflicts: occurrences(conflictsOnly: true, first: 100) { nodes { occurrence conflict } }
    userErrors { code path } } }";

/// What a series of these is to be: `rule` from `at` on, with more of the input.
pub fn series(who: (&str, &str, &str), at: DateTime<Utc>, rule: &str, more: Value) -> Value {
    let (patient, doctor, kind) = who;
    let mut input = json!({ "patientId": patient, "doctorId": doctor, "visitTypeId": kind,
        "startsAt": at, "rule": rule });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    json!({ "input": input })
}

/// Refusals at the top or in the payload; `DONE` if there are none.
pub fn outcome(answer: &Value) -> String {
    let mut told = codes(answer);
    told.extend(user_errors(answer));
    match told.is_empty() {
        true => "DONE".to_owned(),
        false => told.join(" "),
    }
}

/// Which times cannot be had, and why.
pub fn conflicts(answer: &Value) -> Vec<String> {
    let payload = answer["data"].as_object().unwrap().values().next().unwrap();
    let nodes = payload["conflicts"]["nodes"].as_array().unwrap();
    let text = |one: &Value| {
        format!(
            "{} {}",
            one["occurrence"],
            one["conflict"].as_str().unwrap()
        )
    };
    nodes.iter().map(text).collect()
}

/// A series that must come to be; its appointments.
pub async fn booked(person: &Person, input: Value) -> (Value, Vec<Value>) {
    let answer = person.run(BOOK_SERIES, input).await;
    assert_eq!(outcome(&answer), "DONE", "{answer}");
    let series = answer["data"]["bookSeries"]["series"].clone();
    let nodes = series["appointments"]["nodes"].as_array().unwrap().clone();
    (series, nodes)
}

fn at(one: &Value) -> DateTime<Utc> {
    one["startsAt"].as_str().unwrap().parse().unwrap()
}

async fn single(person: &Person, who: (&str, &str, &str), at: DateTime<Utc>) -> Value {
    let (patient, doctor, kind) = who;
    let input =
        json!({ "patientId": patient, "doctorId": doctor, "visitTypeId": kind, "startsAt": at });
    person.run(BOOK, json!({ "input": input })).await
}

const ALL: &str = "SELECT count(*) FROM appointment";
const SERIES: &str = "SELECT count(*) FROM appointment_series";

async fn three(app: &App) -> (Patient, Doctor, String) {
    (
        app.patient("ana").await,
        app.doctor("bo").await,
        app.visit_type(30).await,
    )
}

on_both! {
    async fn all_the_times_of_a_rule_are_booked_or_none_and_each_says_what_is_in_its_way(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let (eve, cy) = (app.patient("eve").await, app.doctor("cy").await);
        let first = app.day_after_tomorrow(9);
        let week = |weeks: i64| first + TimeDelta::weeks(weeks);
        single(&ana, (&ana.id, &cy.id, &kind), week(1) + TimeDelta::minutes(15)).await;
        single(&eve, (&eve.id, &bo.id, &kind), week(2) - TimeDelta::minutes(15)).await;
        let who = (&*ana.id, &*bo.id, &*kind);
        for more in [json!({}), json!({ "dryRun": true })] {
            let answer = ana.run(BOOK_SERIES, series(who, first, "FREQ=WEEKLY;COUNT=4", more)).await;
            assert_eq!(outcome(&answer), "CONFLICTS");
            assert_eq!(conflicts(&answer), ["2 PATIENT_BUSY", "3 SLOT_TAKEN"]);
            assert_eq!(answer["data"]["bookSeries"]["occurrences"]["totalCount"], 4);
        }
        let except = json!([week(1).date_naive(), week(2).date_naive()]);
        let input = |dry: bool| series(who, first, "FREQ=WEEKLY;COUNT=4",
            json!({ "except": except, "dryRun": dry, "reason": "A cough" }));
        let tried = ana.run(BOOK_SERIES, input(true)).await;
        assert_eq!(outcome(&tried), "DONE");
        assert_eq!(tried["data"]["bookSeries"]["series"], Value::Null);
        assert_eq!((app.number(ALL).await, app.number(SERIES).await), (2, 0));
        let (booked, all) = booked(&ana, input(false)).await;
        assert_eq!(booked["rule"], "FREQ=WEEKLY;COUNT=4");
        let places: Vec<_> = all.iter().map(|one| one["occurrence"].as_i64().unwrap()).collect();
        assert_eq!((places, at(&all[0]), at(&all[1])), (vec![1, 4], first, week(3)));
        assert!(all.iter().all(|one| one["status"] == "BOOKED" && one["reason"] == "A cough"));
        // Each was told of to the patient, the doctor and the clinic, as if it had been booked alone.
        let told = "SELECT count(*) FROM event WHERE kind = 'APPOINTMENT_CREATED'";
        assert_eq!((app.number(ALL).await, app.number(told).await), (4, 12));
        assert_eq!(outcome(&single(&eve, (&eve.id, &bo.id, &kind), week(3)).await), "SLOT_TAKEN");
        let of = "query($id: ID!) { appointment(id: $id) { occurrence series { id version } } }";
        let one = ana.data(of, json!({ "id": all[1]["id"] })).await["appointment"].take();
        assert_eq!(one, json!({ "occurrence": 4, "series": { "id": booked["id"], "version": 1 } }));
    }

    async fn a_series_keeps_its_time_on_the_wall_whatever_the_law_does_to_the_clocks(app: App) {
        let (ana, bo, kind) = three(&app).await;
        app.execute("UPDATE doctor SET zone = 'Europe/Berlin'").await;
        let zone = chrono_tz::Tz::Europe__Berlin;
        let nine = NaiveTime::from_hms_opt(9, 30, 0).unwrap();
        let first = app.day_after_tomorrow(0).date_naive().and_time(nine);
        let first = zone.from_local_datetime(&first).unwrap().to_utc();
        let who = (&*ana.id, &*bo.id, &*kind);
        let (_, all) = booked(&ana, series(who, first, "FREQ=WEEKLY;INTERVAL=4;COUNT=13", json!({}))).await;
        assert!(all.iter().all(|one| at(one).with_timezone(&zone).time() == nine));
        let in_utc: BTreeSet<_> = all.iter().map(|one| at(one).time()).collect();
        assert_eq!((all.len(), in_utc.len()), (13, 2));
        // Half past two, over the night in which it is left out.
        let half = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
        let mut days = app.day_after_tomorrow(0).date_naive().iter_days();
        let left_out = days.find(|day| zone.from_local_datetime(&day.and_time(half)).earliest().is_none()).unwrap();
        let before = zone.from_local_datetime(&left_out.pred_opt().unwrap().and_time(half)).unwrap().to_utc();
        let answer = ana.run(BOOK_SERIES, series(who, before, "FREQ=DAILY;COUNT=3", json!({}))).await;
        assert_eq!((outcome(&answer), conflicts(&answer)), ("CONFLICTS".to_owned(), vec!["2 NO_SUCH_TIME".to_owned()]));
        let nodes = &answer["data"]["bookSeries"]["occurrences"]["nodes"];
        assert_eq!((&nodes[1]["startsAt"], &nodes[1]["localTime"]), (&Value::Null, &json!(left_out.and_time(half))));
        let (_, all) = booked(&ana, series(who, before, "FREQ=DAILY;COUNT=3", json!({ "except": [left_out] }))).await;
        assert_eq!(at(&all[1]) - at(&all[0]), TimeDelta::hours(47));
    }

    async fn a_rule_that_cannot_be_followed_is_refused_for_what_is_wrong_with_it(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let first = app.day_after_tomorrow(9);
        let who = (&*ana.id, &*bo.id, &*kind);
        let day = first.date_naive();
        let many: Vec<_> = day.iter_days().take(101).collect();
        let unknown = |kind: &str| json!(format!("{kind}_{}", "0".repeat(32)));
        for (rule, more, expected) in [
            ("FREQ=WEEKLY", json!({}), "ENDLESS_RULE"),
            ("every week", json!({}), "INVALID_RULE"),
            ("FREQ=YEARLY;COUNT=2", json!({}), "UNSUPPORTED_RULE"),
            ("FREQ=DAILY;COUNT=101", json!({}), "TOO_MANY_OCCURRENCES"),
            ("FREQ=DAILY;UNTIL=99991231", json!({}), "TOO_MANY_OCCURRENCES"),
            ("FREQ=DAILY;UNTIL=20200101", json!({}), "START_OUTSIDE_RULE"),
            ("FREQ=DAILY;COUNT=1", json!({ "except": [day] }), "INVALID_EXCEPTIONS"),
            ("FREQ=DAILY;COUNT=2", json!({ "except": many }), "INVALID_EXCEPTIONS"),
            ("FREQ=DAILY;COUNT=2", json!({ "startsAt": first + TimeDelta::seconds(1) }), "NOT_A_FULL_MINUTE"),
            ("FREQ=DAILY;COUNT=2", json!({ "reason": "x".repeat(501) }), "INVALID_REASON"),
            ("FREQ=DAILY;COUNT=2", json!({ "doctorId": unknown("doc") }), "DOCTOR_NOT_FOUND"),
            ("FREQ=DAILY;COUNT=2", json!({ "visitTypeId": unknown("vis") }), "VISIT_TYPE_NOT_FOUND"),
            ("FREQ=DAILY;COUNT=2", json!({ "visitTypeId": app.visit_type_to_ask_for().await }), "NEEDS_APPROVAL"),
            ("FREQ=DAILY;COUNT=2", json!({ "patientId": unknown("pat") }), "PATIENT_NOT_FOUND"),
        ] {
            let answer = ana.run(BOOK_SERIES, series(who, first, rule, more)).await;
            assert_eq!(outcome(&answer), expected, "{rule}");
        }
        let answer = ana.run(BOOK_SERIES, series(who, first, "FREQ=MONTHLY;INTERVAL=12;COUNT=4", json!({}))).await;
        let far: Vec<_> = conflicts(&answer).iter().map(|one| one[2..].to_owned()).collect();
        assert!(far.contains(&"TOO_FAR_AHEAD".to_owned()) || day.to_string().ends_with("02-29"), "{far:?}");
        let past = first - TimeDelta::days(4);
        let answer = ana.run(BOOK_SERIES, series(who, past, "FREQ=DAILY;COUNT=5", json!({}))).await;
        assert_eq!(conflicts(&answer)[0], "1 IN_THE_PAST");
        assert_eq!((app.number(ALL).await, app.number(SERIES).await), (0, 0));
    }

    async fn a_patient_books_what_the_hours_offer_each_time_and_staff_what_is_free(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let rule = "mutation($d: ID!) { addAvailabilityRule(input: { doctorId: $d, from: \"09:00:00\", until: \"12:00:00\",
            weekdays: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY] }) { userErrors { code } } }";
        bo.data(rule, json!({ "d": bo.id })).await;
        let first = app.day_after_tomorrow(9);
        let closed = "mutation($d: ID!, $day: NaiveDate!) { addAvailabilityException(input: { doctorId: $d, kind: CLOSED,
            firstDay: $day }) { userErrors { code } } }";
        bo.data(closed, json!({ "d": bo.id, "day": (first + TimeDelta::days(1)).date_naive() })).await;
        let input = series((&ana.id, &bo.id, &kind), first, "FREQ=DAILY;COUNT=3", json!({}));
        let answer = ana.run(BOOK_SERIES, input.clone()).await;
        assert_eq!((outcome(&answer), conflicts(&answer)), ("CONFLICTS".to_owned(), vec!["2 NOT_AVAILABLE".to_owned()]));
        let (_, all) = booked(&*app.admin().await, input).await;
        assert_eq!(all.len(), 3);
    }

    async fn a_series_is_for_whom_one_may_book_and_seen_by_who_sees_its_appointments(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let (eve, cy, admin) = (app.patient("eve").await, app.doctor("cy").await, app.admin().await);
        let analyst = app.analyst().await;
        let first = app.day_after_tomorrow(9);
        let input = series((&ana.id, &bo.id, &kind), first, "FREQ=DAILY;COUNT=2", json!({}));
        for (person, expected) in [(&*eve as &Person, "PATIENT_NOT_FOUND"), (&bo, "PATIENT_NOT_FOUND"),
            (&cy, "PATIENT_NOT_FOUND"), (&analyst, "FORBIDDEN")] {
            assert_eq!(outcome(&person.run(BOOK_SERIES, input.clone()).await), expected);
        }
        let (made, _) = booked(&ana, input).await;
        let node = "query($id: ID!) { node(id: $id) { ... on AppointmentSeries { rule appointments { totalCount } } } }";
        for (person, sees) in [(&*ana as &Person, 2), (&bo, 2), (&admin, 2), (&eve, 0), (&cy, 0)] {
            let found = person.data(node, json!({ "id": made["id"] })).await["node"].take();
            let seen = found["appointments"]["totalCount"].as_i64().unwrap_or_default();
            assert_eq!(seen, sees);
        }
        let found = analyst.data(node, json!({ "id": made["id"] })).await;
        assert_eq!(found["node"], Value::Null);
    }

    async fn the_same_key_books_one_series_however_often_it_is_sent(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let first = app.day_after_tomorrow(9);
        let with = |rule: &str| series((&ana.id, &bo.id, &kind), first, rule, json!({ "idempotencyKey": "once" }));
        let twins = (0..4).map(|_| ana.run(BOOK_SERIES, with("FREQ=DAILY;COUNT=5")));
        let ids: BTreeSet<_> = join_all(twins).await.iter().map(|answer| {
            assert_eq!(outcome(answer), "DONE");
            answer["data"]["bookSeries"]["series"]["id"].as_str().unwrap().to_owned()
        }).collect();
        assert_eq!((ids.len(), app.number(ALL).await), (1, 5));
        assert_eq!(outcome(&ana.run(BOOK_SERIES, with("FREQ=DAILY;COUNT=6")).await), "IDEMPOTENCY_KEY_REUSED");
    }

    async fn raced_for_by_many_no_time_has_two_owners_and_no_series_is_half_there(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let first = app.day_after_tomorrow(9);
        let mut patients = vec![ana.person.clone()];
        let mut ids = vec![ana.id.clone()];
        for number in 0..7 {
            let one = app.patient(&format!("patient{number}")).await;
            patients.push(one.person.clone());
            ids.push(one.id.clone());
        }
        // Series over the same ten days, and single times of those days, all at once.
        let racing = (0..48_usize).map(|number| {
            let (person, id) = (patients[number % 8].clone(), ids[number % 8].clone());
            let who = (id, bo.id.clone(), kind.clone());
            tokio::spawn(async move {
                let who = (&*who.0, &*who.1, &*who.2);
                match number % 3 {
                    0 => {
                        let day = i64::try_from(number / 3 % 10).unwrap();
                        single(&person, who, first + TimeDelta::days(day)).await
                    }
                    _ => {
                        let from = first + TimeDelta::days(i64::try_from(number % 4).unwrap() * 3);
                        person.run(BOOK_SERIES, series(who, from, "FREQ=DAILY;COUNT=3", json!({}))).await
                    }
                }
            })
        });
        for answer in join_all(racing.collect::<Vec<_>>()).await {
            let told = outcome(&answer.unwrap());
            assert!(["DONE", "CONFLICTS", "SLOT_TAKEN", "PATIENT_BUSY"].contains(&&*told), "{told}");
        }
        let twice = "SELECT count(*) FROM appointment a JOIN appointment b ON a.doctor_id = b.doctor_id
            AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at AND a.id <> b.id";
        assert_eq!(app.number(twice).await, 0);
        let halves = "SELECT count(*) FROM (SELECT series_id FROM appointment WHERE series_id IS NOT NULL
            GROUP BY series_id HAVING count(*) <> 3) AS half";
        assert_eq!(app.number(halves).await, 0);
        assert_eq!(app.number(SERIES).await * 3 , app.number("SELECT count(*) FROM appointment WHERE series_id IS NOT NULL").await);
        assert!(app.number(ALL).await >= 10);
    }

    async fn of_what_a_rule_says_once_one_appointment_stands_and_the_database_refuses_a_second(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let (_, all) = booked(&ana, series((&ana.id, &bo.id, &kind), app.day_after_tomorrow(9), "FREQ=DAILY;COUNT=2", json!({}))).await;
        assert_eq!(all.len(), 2);
        for broken in ["occurrence = 1", "occurrence = NULL", "occurrence = 0", "series_id = NULL"] {
            assert!(app.try_execute(&format!("UPDATE appointment SET {broken}")).await.is_err(), "{broken}");
        }
    }

    async fn a_series_of_fifty_costs_as_many_statements_as_one_of_two(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let page = "query($id: ID!) { node(id: $id) { ... on AppointmentSeries { appointments(first: 100) {
            nodes { id startsAt series { id rule } } } } } }";
        let mut costs = Vec::new();
        for (number, count) in [(0, 2), (1, 50)] {
            let rule = format!("FREQ=DAILY;COUNT={count}");
            let mut fewest = (u64::MAX, u64::MAX);
            for hour in 0..4 {
                let first = app.day_after_tomorrow(8 + number * 4 + hour);
                app.audit_is_sealed().await;
                let before = app.statements();
                let (made, all) = booked(&ana, series((&ana.id, &bo.id, &kind), first, &rule, json!({}))).await;
                let written = app.statements() - before;
                assert_eq!(all.len(), count);
                app.audit_is_sealed().await;
                let before = app.statements();
                ana.data(page, json!({ "id": made["id"] })).await;
                let read = app.statements() - before;
                fewest = (fewest.0.min(written), fewest.1.min(read));
            }
            costs.push(fewest);
        }
        let [few, many] = [costs[0], costs[1]];
        assert_eq!(few.1, many.1, "{costs:?}");
        // A request that lasts longer than what is remembered may ask for that again: three, and not one for each of fifty.
        assert!(many.0 <= few.0 + 3, "{costs:?}");
        assert!(costs.iter().all(|(written, read)| *written <= 16 && *read <= 6), "{costs:?}");
    }
}
