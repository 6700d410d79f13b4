//! Reminders of many appointments: through servers that are killed, of what an absence brings elsewhere, and forgotten when
//! they are long over.

use crate::absence::{mark, mornings};
use crate::reminders::{
    PLANNED, header, it_is, letters, planned, sent, settings, some_looks, states, until, with_post,
};
use crate::series::{booked, outcome, series};
use crate::support::documents::BOOK;
use crate::support::smtp::{Mood, Smtp};
use crate::support::{App, Backend, Process};
use chrono::{DateTime, TimeDelta, Utc};
use patient_tracker::notification::service::sweep;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const RESOLVE: &str = "mutation($input: ResolveAbsenceInput!) { resolveAbsence(input: $input) {
    userErrors { code } outcomes(first: 100) { nodes { kind appointment { id } replacement { id startsAt } } } } }";

const CHANGE: &str = "mutation($input: ChangeSeriesInput!) { changeSeries(input: $input) { userErrors { code path } } }";
const CALL_OFF: &str = "mutation($input: CancelSeriesInput!) { cancelSeries(input: $input) { userErrors { code path } } }";

/// How long a letter is left to whoever has taken it on.
const TURN: Duration = Duration::from_secs(60);

/// Two servers are killed: one while its first letter waits on the mail server, one in the middle of the others.
async fn killed(mut app: App, smtp: Smtp) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    let mut ids = Vec::new();
    for hour in 9..15 {
        let begins = app.day_after_tomorrow(hour);
        ids.push(app.appointment(bo.row, ana.row, begins).await);
    }
    planned(&app).await;
    // Their time comes by the clock of processes that no test can move.
    let past = (app.clock.now() - TimeDelta::minutes(1)).to_rfc3339();
    let due = "WHERE kind = 'DAY_BEFORE'";
    app.execute(&format!("UPDATE reminder SET try_at = '{past}' {due}"))
        .await;
    app.stop().await;
    let url = smtp.url();
    let settings = settings(&url);
    let serve = async || Process::serve(&app, &settings).await;
    let begun = Instant::now();
    let first = serve().await;
    until("the mail server to be asked", async || smtp.came().1 == 1).await;
    first.kill();
    smtp.becomes(Mood::Takes);
    let (second, third) = tokio::join!(serve(), serve());
    until("the others", async || {
        letters(&smtp, &ana).len() >= ids.len() - 1
    })
    .await;
    let names = || {
        let all = letters(&smtp, &ana);
        let names = all.iter().map(|one| header(one, "Message-ID:").to_owned());
        names.collect::<BTreeSet<_>>()
    };
    let so_many = names().len();
    if begun.elapsed() < TURN {
        assert_eq!(so_many, ids.len() - 1, "the first's turn is not over");
    }
    second.kill();
    // As long as two turns may take: that of the first, and of what the second may have had on its way.
    let (bo, patience) = (bo.at(&third.copy), Instant::now());
    for id in &ids {
        while states(&bo, id).await[..2] != ["DAY_BEFORE EMAIL SENT -", "DAY_BEFORE LIVE SENT -"] {
            assert!(patience.elapsed() < TURN * 3, "waiting for {id}");
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
    some_looks().await;
    // Whoever is killed may not have known that the letter on its way was taken; it goes again by the same name.
    assert_eq!(names().len(), ids.len());
    assert!(letters(&smtp, &ana).len() <= ids.len() + 1);
    drop(third);
    app.restart().await;
    let all = i64::try_from(ids.len()).unwrap();
    for rows in [
        "notification",
        "event WHERE kind = 'NOTIFICATION_ADDED'",
        "reminder WHERE state = 'SENT' AND channel = 'EMAIL'",
    ] {
        let found = app.number(&format!("SELECT count(*) FROM {rows}")).await;
        assert_eq!(found, all, "{rows}");
    }
}

/// What is planned for an appointment that begins then and was made now.
fn due_for(app: &App, begins: &Value) -> Vec<String> {
    let begins: DateTime<Utc> = begins.as_str().unwrap().parse().unwrap();
    let left = begins - app.clock.now();
    let is_to_come =
        |one: &str| left > TimeDelta::hours(if one.starts_with("DAY") { 24 } else { 2 });
    let all = PLANNED.into_iter().filter(|one| is_to_come(one));
    all.map(str::to_owned).collect()
}

#[test]
fn servers_that_are_killed_lose_no_reminder_and_send_none_again_that_was_noted() {
    with_post(Backend::Postgres, Mood::Hangs, killed);
}

#[test]
fn what_a_clock_that_jumps_with_a_letter_under_way_sends_twice_has_one_name() {
    with_post(Backend::Postgres, Mood::Dallies, under_way);
}

/// The clock of two copies jumps while a letter waits on the mail server: the other copy takes it for lost and sends it
/// too, by the same name; one notification, and one note.
async fn under_way(app: App, smtp: Smtp) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    let begins = app.day_after_tomorrow(15);
    app.appointment(bo.row, ana.row, begins).await;
    app.second_copy().await;
    planned(&app).await;
    it_is(&app, begins - TimeDelta::hours(24) + TimeDelta::seconds(1));
    until("the mail server to be asked", async || smtp.came().1 == 1).await;
    app.clock.advance(TimeDelta::minutes(2));
    until("the other to ask", async || smtp.came().0 == 2).await;
    smtp.becomes(Mood::Takes);
    sent(&app, 2).await;
    some_looks().await;
    let all = letters(&smtp, &ana);
    assert!((1..=2).contains(&all.len()));
    let names: BTreeSet<_> = all.iter().map(|one| header(one, "Message-ID:")).collect();
    assert_eq!(names.len(), 1);
    assert_eq!(app.number("SELECT count(*) FROM notification").await, 1);
}

#[test]
fn what_several_copies_look_at_is_sent_by_one_of_them() {
    with_post(Backend::Postgres, Mood::Dallies, looked_at_by_two);
}

/// Each of two copies has a letter under way and believes that all the others are still to be sent.
async fn looked_at_by_two(app: App, smtp: Smtp) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    for hour in 9..17 {
        let begins = app.day_after_tomorrow(hour);
        app.appointment(bo.row, ana.row, begins).await;
    }
    planned(&app).await;
    app.second_copy().await;
    let past = (app.clock.now() - TimeDelta::minutes(1)).to_rfc3339();
    let due = "WHERE kind = 'DAY_BEFORE'";
    app.execute(&format!("UPDATE reminder SET try_at = '{past}' {due}"))
        .await;
    until("both to ask", async || smtp.came().1 == 2).await;
    smtp.becomes(Mood::Takes);
    sent(&app, 16).await;
    some_looks().await;
    assert_eq!(letters(&smtp, &ana).len(), 8);
    assert_eq!(app.number("SELECT count(*) FROM notification").await, 8);
}

on_both! {
    async fn the_database_knows_each_reminder_once_and_follows_an_appointment_that_moves(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let id = app.appointment(bo.row, ana.row, app.day_after_tomorrow(15)).await;
        planned(&app).await;
        let past = (app.clock.now() - TimeDelta::minutes(1)).to_rfc3339();
        app.execute(&format!("UPDATE reminder SET try_at = '{past}' WHERE kind = 'DAY_BEFORE' AND channel = 'LIVE'")).await;
        sent(&app, 1).await;
        for twice in [
            "INSERT INTO reminder SELECT * FROM reminder",
            "INSERT INTO notification (id, user_id, kind, appointment_id, reminder_kind, due_at, created_at)
                SELECT appointment_id, user_id, kind, appointment_id, reminder_kind, due_at, created_at FROM notification",
        ] {
            assert!(app.try_execute(twice).await.is_err(), "{twice}");
        }
        // By whatever way it comes to be at another time.
        let later = app.day_after_tomorrow(18);
        let (begins, ends) = (later.to_rfc3339(), (later + TimeDelta::minutes(30)).to_rfc3339());
        app.execute(&format!("UPDATE appointment SET starts_at = '{begins}', ends_at = '{ends}', blocked_from = '{begins}',
            blocked_until = '{ends}'")).await;
        let called_off = "SELECT count(*) FROM reminder WHERE state = 'CANCELLED' AND cause = 'MOVED'";
        assert_eq!(app.number(called_off).await, 3);
        planned(&app).await;
        let mut expected: Vec<_> = PLANNED.iter().map(|one| (*one).to_owned()).collect();
        expected.extend(PLANNED.map(|one| match one {
            "DAY_BEFORE LIVE PLANNED -" => "DAY_BEFORE LIVE SENT -".to_owned(),
            one => one.replace("PLANNED -", "CANCELLED MOVED"),
        }));
        expected.sort();
        assert_eq!(states(&bo, &id).await, expected);
    }

    async fn what_an_absence_brings_elsewhere_is_reminded_of_there_and_what_it_calls_off_is_not(app: App) {
        let (bo, cy, admin) = (app.doctor("bo").await, app.doctor("cy").await, app.admin().await);
        mornings(&app, &[&bo, &cy]).await;
        let kind = app.visit_type(30).await;
        let day = app.day_after_tomorrow(0) + TimeDelta::days(1);
        let mut ids = Vec::new();
        for number in 0..6 {
            let patient = app.patient(&format!("patient{number}")).await;
            let begins = day + TimeDelta::minutes(9 * 60 + 30 * number);
            let input = json!({ "patientId": patient.id, "doctorId": bo.id, "visitTypeId": kind, "startsAt": begins });
            let booked = admin.data(BOOK, json!({ "input": input })).await;
            assert_eq!(booked["bookAppointment"]["userErrors"], json!([]));
            ids.push(booked["bookAppointment"]["appointment"]["id"].as_str().unwrap().to_owned());
        }
        planned(&app).await;
        for id in &ids {
            assert_eq!(states(&admin, id).await, PLANNED);
        }
        let absence = mark(&admin, &bo.id, day, day + TimeDelta::days(1)).await;
        // What is only tried changes nothing. Then two of them each way.
        let resolve = |dry: bool, ways: &[&str]| json!({ "input": { "id": absence["id"], "dryRun": dry, "atMost": 2,
            "ways": ways, "otherwiseCancel": "PROVIDER" } });
        admin.data(RESOLVE, resolve(true, &["REROUTE", "MOVE"])).await;
        assert_eq!(app.number("SELECT count(*) FROM reminder WHERE state <> 'PLANNED'").await, 0);
        let mut done = Vec::new();
        for ways in [&["REROUTE"][..], &["MOVE"], &[]] {
            let answer = admin.data(RESOLVE, resolve(false, ways)).await;
            let outcomes = answer["resolveAbsence"]["outcomes"]["nodes"].as_array().unwrap();
            done.extend(outcomes.iter().cloned());
        }
        planned(&app).await;
        let kinds: Vec<_> = done.iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["REROUTED", "REROUTED", "MOVED", "MOVED", "CANCELLED", "CANCELLED"]);
        for outcome in done {
            let before = states(&admin, outcome["appointment"]["id"].as_str().unwrap()).await;
            assert_eq!(before, PLANNED.map(|one| one.replace("PLANNED -", "CANCELLED NOT_EXPECTED")));
            if let Some(new) = outcome["replacement"]["id"].as_str() {
                assert_eq!(states(&admin, new).await, due_for(&app, &outcome["replacement"]["startsAt"]));
            }
        }
    }

    async fn each_appointment_of_a_series_is_reminded_of_and_moves_and_ends_with_the_others(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let kind = app.visit_type(30).await;
        let first = app.day_after_tomorrow(15);
        let input = series((&ana.id, &bo.id, &kind), first, "FREQ=WEEKLY;COUNT=4", json!({}));
        let (_, all) = booked(&ana, input).await;
        planned(&app).await;
        let id = |one: &Value| one["id"].as_str().unwrap().to_owned();
        let off = PLANNED.map(|one| one.replace("PLANNED -", "CANCELLED NOT_EXPECTED"));
        for one in &all {
            assert_eq!(states(&bo, &id(one)).await, PLANNED);
        }
        let change = |document: &str, which: &Value, version: i32, more: Value| {
            let mut input = json!({ "appointmentId": which["id"], "expectedVersion": version, "scope": "THIS_AND_FOLLOWING" });
            for (key, value) in more.as_object().unwrap() {
                input[key] = value.clone();
            }
            let (ana, document) = (ana.person.clone(), document.to_owned());
            async move { ana.run(&document, json!({ "input": input })).await }
        };
        // The last two go to another time of the day: what was planned for them goes with them.
        let later = first + TimeDelta::weeks(2) + TimeDelta::hours(1);
        let moved = change(CHANGE, &all[2], 1, json!({ "startsAt": later })).await;
        assert_eq!(outcome(&moved), "DONE", "{moved}");
        planned(&app).await;
        for (number, one) in all.iter().enumerate() {
            let expected = if number < 2 { PLANNED.map(str::to_owned) } else { off.clone() };
            assert_eq!(states(&bo, &id(one)).await, expected);
        }
        assert_eq!(app.number("SELECT count(*) FROM appointment WHERE status = 'BOOKED'").await, 4);
        let due = "SELECT count(*) FROM reminder r JOIN appointment a ON a.id = r.appointment_id
            WHERE r.state = 'PLANNED' AND a.status = 'BOOKED'";
        assert_eq!(app.number(due).await, 16);
        let later = "SELECT count(DISTINCT appointment_id) FROM reminder r WHERE r.state = 'PLANNED' AND NOT EXISTS
            (SELECT 1 FROM appointment a WHERE a.id = r.appointment_id AND a.replaces_id IS NULL)";
        assert_eq!(app.number(later).await, 2);
        // All but the first are called off.
        let cancelled = change(CALL_OFF, &all[1], 2, json!({ "reason": "PATIENT" })).await;
        assert_eq!(outcome(&cancelled), "DONE", "{cancelled}");
        planned(&app).await;
        assert_eq!(states(&bo, &id(&all[0])).await, PLANNED);
        assert_eq!(app.number("SELECT count(*) FROM reminder WHERE state = 'PLANNED'").await, 4);
    }

    async fn what_is_long_over_is_forgotten_and_what_is_to_come_is_not(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let begins = app.day_after_tomorrow(15);
        app.appointment(bo.row, ana.row, begins).await;
        app.appointment(bo.row, ana.row, begins + TimeDelta::days(200)).await;
        planned(&app).await;
        it_is(&app, begins - TimeDelta::hours(24) + TimeDelta::seconds(1));
        let sent = "SELECT count(*) FROM notification";
        let settled = "SELECT count(*) FROM reminder WHERE state <> 'PLANNED'";
        // The letter as well: one that is left out only after the next jump is as old as that.
        until("the first", async || app.number(settled).await == 2).await;
        it_is(&app, begins - TimeDelta::hours(2) + TimeDelta::seconds(1));
        until("the second", async || app.number(settled).await == 4).await;
        // One after the other: first what came the day before, then the rest.
        for (time, expected) in [
            (begins + TimeDelta::days(89), (8, 2)),
            (begins + TimeDelta::days(90) - TimeDelta::hours(10), (6, 1)),
            (begins + TimeDelta::days(91), (4, 0)),
        ] {
            it_is(&app, time);
            sweep(app.state()).await.unwrap();
            let left = app.number("SELECT count(*) FROM reminder").await;
            assert_eq!((left, app.number(sent).await), expected);
        }
        assert_eq!(app.number("SELECT count(*) FROM reminder WHERE state = 'PLANNED'").await, 4);
    }
}
