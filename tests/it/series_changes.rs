//! Series that are changed and called off: this one, this and following, or all that are to come; all that are meant or none,
//! and whoever follows is told of each.

use crate::series::{booked, conflicts, outcome, series};
use crate::support::documents::{BOOK, CANCEL, FOLLOW, RESCHEDULE};
use crate::support::{App, Doctor, Patient, Person};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const CHANGE: &str = "mutation($input: ChangeSeriesInput!) { changeSeries(input: $input) {
    series { id version }
    occurrences(first: 100) { totalCount nodes { occurrence startsAt conflict } }
    conflicts: occurrences(conflictsOnly: true, first: 100) { nodes { occurrence conflict } }
    userErrors { code path } } }";
const CALL_OFF: &str = "mutation($input: CancelSeriesInput!) { cancelSeries(input: $input) {
    series { id version }
    occurrences(first: 100) { totalCount nodes { occurrence startsAt } }
    conflicts: occurrences(conflictsOnly: true, first: 100) { nodes { occurrence conflict } }
    userErrors { code path } } }";
const MEMBERS: &str = "query($id: ID!) { node(id: $id) { ... on AppointmentSeries { version
    appointments(first: 100) { nodes { id version status occurrence startsAt endsAt cancellationReason reason
        doctor { id } visitType { id } replaces { id occurrence } } } } } }";

async fn three(app: &App) -> (Patient, Doctor, String) {
    (
        app.patient("ana").await,
        app.doctor("bo").await,
        app.visit_type(30).await,
    )
}

fn from(one: &Value, version: i32, scope: &str, more: Value) -> Value {
    let mut input =
        json!({ "appointmentId": one["id"], "expectedVersion": version, "scope": scope });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    json!({ "input": input })
}

fn at(one: &Value) -> DateTime<Utc> {
    one["startsAt"].as_str().unwrap().parse().unwrap()
}

/// What stands of a series, by its place in the rule, and the version.
async fn standing(person: &Person, series: &Value) -> (BTreeMap<i64, Value>, i64) {
    let data = person.data(MEMBERS, json!({ "id": series["id"] })).await;
    let nodes = data["node"]["appointments"]["nodes"].as_array().unwrap();
    let stands = nodes.iter().filter(|one| one["status"] == "BOOKED");
    let places = stands.map(|one| (one["occurrence"].as_i64().unwrap(), one.clone()));
    (places.collect(), data["node"]["version"].as_i64().unwrap())
}

async fn begins(person: &Person, series: &Value) -> Vec<(i64, DateTime<Utc>)> {
    let (all, _) = standing(person, series).await;
    all.iter().map(|(place, one)| (*place, at(one))).collect()
}

on_both! {
    async fn this_and_following_are_moved_and_those_before_stay(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let first = app.day_after_tomorrow(9);
        let week = |weeks: i64| first + TimeDelta::weeks(weeks);
        let (made, all) = booked(&ana, series((&ana.id, &bo.id, &kind), first, "FREQ=WEEKLY;COUNT=5", json!({ "reason": "A cough" }))).await;
        let mut live = ana.subscribe(FOLLOW, json!({ "of": { "patient": ana.id }, "after": "now" })).await;
        assert_eq!(live.next().await["__typename"], "CaughtUp");
        let later = TimeDelta::days(1) + TimeDelta::hours(2);
        let to = json!({ "startsAt": week(2) + later });
        let tried = ana.run(CHANGE, from(&all[2], 1, "THIS_AND_FOLLOWING", json!({ "startsAt": week(2) + later, "dryRun": true }))).await;
        assert_eq!((outcome(&tried), &tried["data"]["changeSeries"]["occurrences"]["totalCount"]), ("DONE".to_owned(), &json!(3)));
        assert_eq!(begins(&ana, &made).await, (0..5).map(|n| (n + 1, week(n))).collect::<Vec<_>>());
        let moved = ana.run(CHANGE, from(&all[2], 1, "THIS_AND_FOLLOWING", to.clone())).await;
        assert_eq!(outcome(&moved), "DONE");
        assert_eq!(moved["data"]["changeSeries"]["series"]["version"], 2);
        let (now, version) = standing(&ana, &made).await;
        let expected = [week(0), week(1), week(2) + later, week(3) + later, week(4) + later];
        assert_eq!((now.values().map(at).collect::<Vec<_>>(), version), (expected.to_vec(), 2));
        assert_eq!(now[&3]["replaces"], json!({ "id": all[2]["id"], "occurrence": 3 }));
        assert!(now.values().all(|one| one["reason"] == "A cough"));
        let reasons = "SELECT count(*) FROM appointment WHERE status = 'CANCELLED' AND cancellation_reason = 'rescheduled'";
        assert_eq!(app.number(reasons).await, 3);
        // Whoever follows is told of each, and of none twice.
        let mut told = BTreeMap::new();
        for _ in 0..6 {
            let change = live.next().await;
            *told.entry(change["kind"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        assert_eq!(told, BTreeMap::from([("CANCELLED".to_owned(), 3), ("CREATED".to_owned(), 3)]));
        live.is_silent_for(Duration::from_millis(300)).await;
        // What was read before is no longer so; of what was moved the old one cannot be moved again.
        assert_eq!(outcome(&ana.run(CHANGE, from(&now[&3], 1, "ALL", to.clone())).await), "CONFLICT");
        assert_eq!(outcome(&ana.run(CHANGE, from(&all[2], 2, "ALL", to.clone())).await), "WRONG_STATE");
        assert_eq!(outcome(&ana.run(CHANGE, from(&now[&3], 2, "ALL", json!({}))).await), "NOTHING_TO_CHANGE");
        // All: those before keep their days but for the shift, and each the same time of the day.
        let (back, times) = (week(2) - TimeDelta::hours(1), [week(0), week(1), week(2), week(3), week(4)]);
        assert_eq!(outcome(&ana.run(CHANGE, from(&now[&3], 2, "ALL", json!({ "startsAt": back + TimeDelta::days(1) }))).await), "DONE");
        let shifted: Vec<_> = begins(&ana, &made).await.iter().map(|(_, at)| *at).collect();
        let days: Vec<_> = [0, 0, 1, 1, 1].into_iter().zip(times).map(|(days, time)| time + TimeDelta::days(days) - TimeDelta::hours(1)).collect();
        assert_eq!(shifted, days);
    }

    async fn one_that_meets_something_keeps_all_where_they_are_and_is_named(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let eve = app.patient("eve").await;
        let first = app.day_after_tomorrow(9);
        let (made, all) = booked(&ana, series((&ana.id, &bo.id, &kind), first, "FREQ=DAILY;COUNT=4", json!({}))).await;
        let taken = first + TimeDelta::days(2) + TimeDelta::hours(3);
        let single = json!({ "input": { "patientId": eve.id, "doctorId": bo.id, "visitTypeId": kind, "startsAt": taken } });
        eve.data(BOOK, single).await;
        let before = begins(&ana, &made).await;
        let events = app.number("SELECT count(*) FROM event").await;
        for dry in [true, false] {
            let to = json!({ "startsAt": first + TimeDelta::hours(3), "dryRun": dry });
            let answer = ana.run(CHANGE, from(&all[0], 1, "ALL", to)).await;
            assert_eq!((outcome(&answer), conflicts(&answer)), ("CONFLICTS".to_owned(), vec!["3 SLOT_TAKEN".to_owned()]));
        }
        assert_eq!(begins(&ana, &made).await, before);
        assert_eq!(app.number("SELECT count(*) FROM event").await, events);
        // But what is moved away itself stands in nobody's way: each takes the day of the next.
        let to = json!({ "startsAt": first + TimeDelta::days(1) });
        assert_eq!(outcome(&ana.run(CHANGE, from(&all[0], 1, "ALL", to)).await), "DONE");
        let after: Vec<_> = before.into_iter().map(|(place, at)| (place, at + TimeDelta::days(1))).collect();
        assert_eq!(begins(&ana, &made).await, after);
    }

    async fn another_doctor_and_another_kind_of_visit_for_one_or_for_all(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let (cy, admin, long) = (app.doctor("cy").await, app.admin().await, app.visit_type(60).await);
        let first = app.day_after_tomorrow(9);
        let (made, all) = booked(&admin, series((&ana.id, &bo.id, &kind), first, "FREQ=DAILY;COUNT=3", json!({}))).await;
        // One goes to a colleague: who sees it, and not what it was booked with.
        assert_eq!(outcome(&admin.run(CHANGE, from(&all[1], 1, "THIS", json!({ "doctorId": cy.id }))).await), "DONE");
        let (now, _) = standing(&admin, &made).await;
        assert_eq!(now[&2]["doctor"]["id"], json!(cy.id));
        assert_eq!(at(&now[&2]), at(&all[1]));
        let of = "query($id: ID!) { appointment(id: $id) { occurrence series { id } } }";
        let seen = cy.data(of, json!({ "id": now[&2]["id"] })).await["appointment"].take();
        assert_eq!(seen, json!({ "occurrence": 2, "series": null }));
        // Who receives one of them by their own list moves that, and by a series that they do not know of nothing.
        let to = json!({ "startsAt": at(&now[&2]) + TimeDelta::hours(1) });
        assert_eq!(outcome(&cy.run(CHANGE, from(&now[&2], 2, "ALL", to)).await), "NOT_IN_A_SERIES");
        // And who receives the series does not move what a colleague receives.
        let to = json!({ "startsAt": first + TimeDelta::hours(1) });
        let answer = bo.run(CHANGE, from(&now[&1], 2, "ALL", to)).await;
        assert_eq!((outcome(&answer), &answer["data"]["changeSeries"]["occurrences"]["totalCount"]), ("DONE".to_owned(), &json!(2)));
        let (now, _) = standing(&admin, &made).await;
        let hours: Vec<_> = now.values().map(|one| (at(one) - first).num_hours() % 24).collect();
        assert_eq!(hours, [1, 0, 1]);
        // All to the colleague, and longer; and then they see it.
        let to = json!({ "doctorId": cy.id, "visitTypeId": long });
        assert_eq!(outcome(&bo.run(CHANGE, from(&now[&1], 3, "ALL", to.clone())).await), "FORBIDDEN");
        assert_eq!(outcome(&admin.run(CHANGE, from(&now[&1], 3, "ALL", to)).await), "DONE");
        let (now, version) = standing(&cy, &made).await;
        assert_eq!((now.len(), version), (3, 4));
        assert!(now.values().all(|one| one["visitType"]["id"] == json!(long) && one["doctor"]["id"] == json!(cy.id)));
        let length = "SELECT count(*) FROM appointment WHERE status = 'BOOKED' AND blocked_until > blocked_from";
        assert_eq!(app.number(length).await, 3);
        for (field, unknown, code) in [("doctorId", "doc", "DOCTOR_NOT_FOUND"), ("visitTypeId", "vis", "VISIT_TYPE_NOT_FOUND")] {
            let to = json!({ field: format!("{unknown}_{}", "0".repeat(32)) });
            assert_eq!(outcome(&admin.run(CHANGE, from(&now[&1], 4, "ALL", to)).await), code);
        }
        let to = json!({ "visitTypeId": app.visit_type_to_ask_for().await });
        assert_eq!(outcome(&ana.run(CHANGE, from(&now[&1], 4, "ALL", to)).await), "NEEDS_APPROVAL");
    }

    async fn a_series_is_called_off_from_one_on_until_the_cutoff_and_whole_or_not(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let eve = app.patient("eve").await;
        let first = app.hour(2);
        let (made, all) = booked(&ana, series((&ana.id, &bo.id, &kind), first, "FREQ=DAILY;INTERVAL=2;COUNT=4", json!({}))).await;
        let off = |one: &Value, version: i32, scope: &str| from(one, version, scope, json!({ "reason": "PATIENT" }));
        assert_eq!(outcome(&eve.run(CALL_OFF, off(&all[1], 1, "ALL")).await), "NOT_FOUND");
        let answer = ana.run(CALL_OFF, off(&all[1], 1, "ALL")).await;
        assert_eq!((outcome(&answer), conflicts(&answer)), ("CONFLICTS".to_owned(), vec!["1 TOO_LATE".to_owned()]));
        assert_eq!(begins(&ana, &made).await.len(), 4);
        let provider = from(&all[2], 1, "THIS", json!({ "reason": "PROVIDER" }));
        assert_eq!(outcome(&ana.run(CALL_OFF, provider).await), "REASON_NOT_YOURS");
        let mut live = bo.subscribe(FOLLOW, json!({ "of": { "doctor": bo.id }, "after": "now" })).await;
        assert_eq!(live.next().await["__typename"], "CaughtUp");
        assert_eq!(outcome(&ana.run(CALL_OFF, off(&all[2], 1, "THIS_AND_FOLLOWING")).await), "DONE");
        for one in [&all[2], &all[3]] {
            let change = live.next().await;
            assert_eq!((&change["kind"], &change["appointment"]["id"]), (&json!("CANCELLED"), &one["id"]));
        }
        assert_eq!(begins(&ana, &made).await.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(outcome(&ana.run(CALL_OFF, off(&all[2], 2, "ALL")).await), "WRONG_STATE");
        assert_eq!(outcome(&bo.run(CALL_OFF, off(&all[0], 1, "ALL")).await), "CONFLICT");
        assert_eq!(outcome(&bo.run(CALL_OFF, off(&all[0], 2, "ALL")).await), "DONE");
        assert_eq!(begins(&ana, &made).await.len(), 0);
        let history = "query($id: ID!) { appointment(id: $id) { history { nodes { kind by } } } }";
        let steps = ana.data(history, json!({ "id": all[0]["id"] })).await["appointment"]["history"]["nodes"].take();
        assert_eq!(steps[1], json!({ "kind": "CANCELLED", "by": "STAFF" }));
        // Its times are free again.
        let (_, again) = booked(&ana, series((&ana.id, &bo.id, &kind), at(&all[0]), "FREQ=DAILY;COUNT=2", json!({}))).await;
        assert_eq!(again.len(), 2);
    }

    async fn one_of_a_series_is_moved_or_called_off_alone_and_whoever_read_the_series_hears_of_it(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let first = app.day_after_tomorrow(9);
        let (made, all) = booked(&ana, series((&ana.id, &bo.id, &kind), first, "FREQ=DAILY;COUNT=4", json!({}))).await;
        let later = json!({ "input": { "id": all[1]["id"], "expectedVersion": 1, "startsAt": at(&all[1]) + TimeDelta::hours(4) } });
        assert_eq!(outcome(&ana.run(RESCHEDULE, later).await), "DONE");
        let off = json!({ "input": { "id": all[3]["id"], "expectedVersion": 1, "reason": "PATIENT" } });
        assert_eq!(outcome(&ana.run(CANCEL, off).await), "DONE");
        let (now, version) = standing(&ana, &made).await;
        assert_eq!((now.keys().copied().collect::<Vec<_>>(), version), (vec![1, 2, 3], 3));
        let to = |version| from(&now[&1], version, "ALL", json!({ "startsAt": first + TimeDelta::hours(1) }));
        assert_eq!(outcome(&ana.run(CHANGE, to(1)).await), "CONFLICT");
        // Moved as one, all have one time of the day again, each on its day.
        assert_eq!(outcome(&ana.run(CHANGE, to(3)).await), "DONE");
        let days: Vec<_> = begins(&ana, &made).await.iter().map(|(_, at)| *at - first).collect();
        assert_eq!(days, [0, 1, 2].map(|day| TimeDelta::days(day) + TimeDelta::hours(1)));
    }

    async fn of_many_who_change_a_series_at_once_one_does_and_a_repetition_answers_the_same(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let first = app.day_after_tomorrow(9);
        let (made, all) = booked(&ana, series((&ana.id, &bo.id, &kind), first, "FREQ=DAILY;COUNT=6", json!({}))).await;
        let racing = (1..=8).map(|hour| {
            let to = json!({ "startsAt": first + TimeDelta::hours(hour) });
            ana.run(CHANGE, from(&all[0], 1, "ALL", to))
        });
        let told: Vec<_> = join_all(racing).await.iter().map(outcome).collect();
        assert_eq!(told.iter().filter(|one| *one == "DONE").count(), 1, "{told:?}");
        assert!(told.iter().all(|one| ["DONE", "CONFLICT", "WRONG_STATE"].contains(&one.as_str())), "{told:?}");
        let times = begins(&ana, &made).await;
        assert_eq!(times.len(), 6);
        assert!(times.iter().zip(0..).all(|((_, at), day)| *at - times[0].1 == TimeDelta::days(day)));
        let (now, version) = standing(&ana, &made).await;
        let once = |reason: &str| from(&now[&4], i32::try_from(version).unwrap(), "THIS_AND_FOLLOWING", json!({ "reason": reason, "idempotencyKey": "once" }));
        for _ in 0..2 {
            assert_eq!(outcome(&ana.run(CALL_OFF, once("PATIENT")).await), "DONE");
        }
        assert_eq!(outcome(&ana.run(CALL_OFF, once("WEATHER")).await), "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(begins(&ana, &made).await.len(), 3);
    }

    async fn while_a_doctor_is_away_no_series_is_given_their_time_also_by_a_copy_that_has_not_heard(app: App) {
        let (ana, bo, kind) = three(&app).await;
        let admin = app.admin().await;
        let other = admin.at(&app.second_copy().await);
        let first = app.day_after_tomorrow(9);
        let input = |hour| series((&ana.id, &bo.id, &kind), first + TimeDelta::hours(hour), "FREQ=DAILY;COUNT=3", json!({}));
        // The other copy believes for a while what it has read here.
        let (made, all) = booked(&other, input(0)).await;
        let day = first + TimeDelta::days(1);
        crate::absence::mark(&admin, &bo.id, day + TimeDelta::hours(1), day + TimeDelta::hours(9)).await;
        let to = json!({ "startsAt": first + TimeDelta::hours(4) });
        for answer in [
            other.run(crate::series::BOOK_SERIES, input(2)).await,
            other.run(CHANGE, from(&all[0], 1, "ALL", to)).await,
            admin.run(crate::series::BOOK_SERIES, input(2)).await,
        ] {
            assert_eq!((outcome(&answer), conflicts(&answer)), ("CONFLICTS".to_owned(), vec!["2 NOT_AVAILABLE".to_owned()]));
        }
        assert_eq!(begins(&ana, &made).await.iter().map(|(_, at)| *at - first).collect::<Vec<_>>(), [0, 1, 2].map(TimeDelta::days));
        // What was booked before stays, and can be brought where the doctor is.
        let to = json!({ "startsAt": first - TimeDelta::hours(1) });
        assert_eq!(outcome(&other.run(CHANGE, from(&all[0], 1, "ALL", to)).await), "DONE");
    }

    async fn a_series_of_group_visits_takes_a_seat_each_time(app: App) {
        let (ana, bo, _) = three(&app).await;
        let (admin, mut patients) = (app.admin().await, vec![ana]);
        for name in ["eve", "ida"] {
            patients.push(app.patient(name).await);
        }
        let kind = "mutation { createVisitType(input: { code: \"group\", name: \"A group\", minutes: 30, modality: IN_PERSON, capacity: 2 }) {
            visitType { id } } }";
        let kind = admin.data(kind, json!({})).await["createVisitType"]["visitType"]["id"].as_str().unwrap().to_owned();
        let first = app.day_after_tomorrow(9);
        let input = |patient: &Patient, rule: &str| series((&patient.id, &bo.id, &kind), first, rule, json!({}));
        booked(&patients[0], input(&patients[0], "FREQ=DAILY;COUNT=3")).await;
        booked(&patients[1], input(&patients[1], "FREQ=DAILY;COUNT=2")).await;
        let third = patients[2].run(crate::series::BOOK_SERIES, input(&patients[2], "FREQ=DAILY;COUNT=4")).await;
        assert_eq!(conflicts(&third), ["1 SLOT_TAKEN", "2 SLOT_TAKEN"]);
        let seats = "SELECT count(*) FROM (SELECT DISTINCT group_key, seat FROM appointment) AS seat";
        assert_eq!(app.number(seats).await, 5);
    }
}
