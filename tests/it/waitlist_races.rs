//! The waiting list when many come at once, when copies work side by side, and when one is killed: one owner always, nothing
//! half done, and nobody forgotten.

use crate::support::documents::{BOOK, CANCEL};
use crate::support::waiting_list::{ACCEPT, DECLINE, FOLLOW_WAITLIST, LEAVE_WAITLIST, at};
use crate::support::{App, Doctor, Patient, Process, Random, codes, user_errors};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const CONFIRM: &str =
    "mutation($input: ConfirmAppointmentInput!) { confirmAppointment(input: $input) {
    appointment { id } userErrors { code } } }";

fn time(patient: &Patient, doctor: &Doctor, kind: &str, at: DateTime<Utc>) -> Value {
    json!({ "input": { "patientId": patient.id, "doctorId": doctor.id, "visitTypeId": kind, "startsAt": at } })
}

/// What every state of the list must be: an open offer has an entry that says so and a hold, and the other way round; what
/// was taken is booked.
async fn is_whole(app: &App) {
    for (what, sql) in [
        (
            "an offer is open of whom nobody says so",
            "SELECT count(*) FROM waitlist_offer o JOIN waitlist_entry e ON e.id = o.entry_id
             WHERE o.outcome = 'OPEN' AND e.status <> 'OFFERED'",
        ),
        (
            "somebody has an offer that is not there",
            "SELECT count(*) FROM waitlist_entry e WHERE e.status = 'OFFERED' AND NOT EXISTS
             (SELECT 1 FROM waitlist_offer o WHERE o.entry_id = e.id AND o.outcome = 'OPEN')",
        ),
        (
            "what was taken is not booked",
            "SELECT count(*) FROM waitlist_offer o JOIN appointment a ON a.id = o.appointment_id
             WHERE o.outcome = 'ACCEPTED' AND a.status <> 'BOOKED'",
        ),
        (
            "whoever took something is not said to have",
            "SELECT count(*) FROM waitlist_offer o JOIN waitlist_entry e ON e.id = o.entry_id
             WHERE (o.outcome = 'ACCEPTED') AND e.status <> 'BOOKED'",
        ),
        (
            "a time has two owners",
            "SELECT count(*) FROM appointment a JOIN appointment b ON a.doctor_id = b.doctor_id AND a.id < b.id
             AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
             WHERE a.status IN ('PENDING', 'BOOKED') AND b.status IN ('PENDING', 'BOOKED')",
        ),
    ] {
        assert_eq!(app.number(sql).await, 0, "{what}");
    }
}

/// Answers each offer as soon as it comes, until nothing has come for a while; whether one was taken.
async fn answers_all(patient: Patient, entry: Value, takes: bool) -> bool {
    let after = json!({ "of": { "patient": patient.id }, "after": "now" });
    let mut live = patient.subscribe(FOLLOW_WAITLIST, after).await;
    while let Some(message) = live.socket.message_within(Duration::from_secs(4)).await {
        let message = message.expect("the socket stays open");
        let offered = &message["payload"]["data"]["waitlistChanged"];
        if offered["kind"] != "OFFERED" && offered["__typename"] != "CaughtUp" {
            continue;
        }
        let now = patient.entry(&entry).await;
        if now["status"] == "OFFERED" {
            let verb = if takes { ACCEPT } else { DECLINE };
            let said = patient.answers(verb, &now).await;
            if takes && said["userErrors"] == json!([]) {
                return true;
            }
        }
    }
    false
}

on_both! {
    async fn a_cancellation_reaches_the_next_on_the_list_in_under_a_second(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        app.opens(&bo, nine, 30).await;
        let mut took = Vec::new();
        for round in 0..5 {
            let booked = ana.data(BOOK, time(&ana, &bo, &kind, nine)).await["bookAppointment"]["appointment"].take();
            let eve = app.patient(&format!("eve{round}")).await;
            eve.waits_for(&bo, &kind).await;
            let mut live = eve.subscribe(FOLLOW_WAITLIST, json!({ "of": { "patient": eve.id }, "after": "now" })).await;
            assert_eq!(live.next().await["__typename"], "CaughtUp");
            let cancel = json!({ "input": { "id": booked["id"], "expectedVersion": booked["version"], "reason": "PATIENT" } });
            let begun = Instant::now();
            ana.data(CANCEL, cancel).await;
            let told = live.next().await;
            took.push(begun.elapsed());
            assert_eq!(told["kind"], "OFFERED");
            assert_eq!(told["entry"]["offer"]["appointment"]["startsAt"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), nine);
            eve.answers(LEAVE_WAITLIST, &told["entry"]).await;
        }
        took.sort_unstable();
        // The machine that runs this does other things too: most of the time it must be so.
        assert!(took[2] < Duration::from_secs(1), "{took:?}");
    }

    async fn what_is_booked_by_one_verb_is_not_declined_by_another(app: App) {
        let bo = app.doctor("bo").await;
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        app.opens(&bo, nine, 240).await;
        for (round, verb) in [DECLINE, LEAVE_WAITLIST].into_iter().cycle().take(6).enumerate() {
            let eve = app.patient(&format!("eve{round}")).await;
            let entry = eve.waits_for(&bo, &kind).await;
            let offered = eve.entry_once(&entry, "OFFERED").await;
            let hold = &offered["offer"]["appointment"];
            let confirm = json!({ "input": { "id": hold["id"], "expectedVersion": hold["version"] } });
            let (confirmed, said) = tokio::join!(eve.run(CONFIRM, confirm), eve.answers(verb, &offered));
            let (confirmed, gone) = (user_errors(&confirmed).is_empty(), said["userErrors"] == json!([]));
            assert!(confirmed != gone, "{confirmed} {said}");
        }
        let both = "SELECT count(*) FROM waitlist_offer o JOIN appointment a ON a.id = o.appointment_id
            WHERE o.outcome = 'DECLINED' AND a.status = 'BOOKED'";
        assert_eq!(app.number(both).await, 0);
        is_whole(&app).await;
    }

    async fn holds_offers_and_bookings_raced_from_many_clients_leave_one_owner(app: App) {
        const WAITING: usize = 8;
        const BOOKING: usize = 24;
        let (owner, bo) = (app.patient("owner").await, app.doctor("bo").await);
        let copies = [app.copy.clone(), app.second_copy().await];
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        app.opens(&bo, nine, 30).await;
        let booked = owner.data(BOOK, time(&owner, &bo, &kind, nine)).await["bookAppointment"]["appointment"].take();
        let mut waiting = Vec::new();
        for number in 0..WAITING {
            let patient = at(&app.patient(&format!("waits{number}")).await, &copies[number % 2]);
            let entry = patient.waits_for(&bo, &kind).await;
            waiting.push((patient, entry));
        }
        let mut racing = tokio::task::JoinSet::new();
        for number in 0..BOOKING {
            let patient = at(&app.patient(&format!("books{number}")).await, &copies[number % 2]);
            let (input, pause) = (time(&patient, &bo, &kind, nine), 5 + u64::try_from(number).unwrap() % 7);
            racing.spawn(async move {
                for _ in 0..40 {
                    let answer = patient.run(BOOK, input.clone()).await;
                    assert_eq!(codes(&answer), Vec::<String>::new(), "{answer}");
                    match &user_errors(&answer)[..] {
                        [] => return true,
                        told => assert!(["SLOT_TAKEN", "PATIENT_BUSY"].contains(&&*told[0]), "{told:?}"),
                    }
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                false
            });
        }
        let mut answering = tokio::task::JoinSet::new();
        // The first to wait decline: the time must pass through several hands while others snatch at it.
        for (number, (patient, entry)) in waiting.into_iter().enumerate() {
            answering.spawn(answers_all(patient, entry, number >= WAITING / 2));
        }
        let cancel = json!({ "input": { "id": booked["id"], "expectedVersion": booked["version"], "reason": "PATIENT" } });
        owner.data(CANCEL, cancel).await;
        let mut owners = 0;
        while let Some(got_it) = racing.join_next().await {
            owners += u32::from(got_it.unwrap());
        }
        while let Some(got_it) = answering.join_next().await {
            owners += u32::from(got_it.unwrap());
        }
        assert_eq!(owners, 1);
        is_whole(&app).await;
        assert_eq!(app.number("SELECT count(*) FROM appointment WHERE status = 'BOOKED'").await, 1);
        assert_eq!(app.number("SELECT count(*) FROM appointment WHERE status = 'PENDING'").await, 0);
    }

    async fn what_another_copy_frees_is_offered_and_what_a_copy_that_is_gone_has_missed_too(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        app.opens(&bo, nine, 30).await;
        let there = app.second_copy().await;
        let booked = ana.data(BOOK, time(&ana, &bo, &kind, nine)).await["bookAppointment"]["appointment"].take();
        let entry = at(&eve, &there).waits_for(&bo, &kind).await;
        let cancel = json!({ "input": { "id": booked["id"], "expectedVersion": booked["version"], "reason": "PATIENT" } });
        ana.data(CANCEL, cancel).await;
        let offered = eve.entry_once(&entry, "OFFERED").await;
        eve.answers(DECLINE, &offered).await;
        // As if a copy had claimed the looking, and died: a time that nobody was told of.
        let mut app = app;
        app.stop().await;
        app.restart().await;
        let eve = at(&eve, &app.copy);
        app.execute("UPDATE availability_rule SET until_minute = until_minute + 30").await;
        app.clock.advance(TimeDelta::seconds(40));
        let offered = eve.entry_once(&entry, "OFFERED").await;
        assert_eq!(offered["offer"]["appointment"]["startsAt"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(),
            nine + TimeDelta::minutes(30));
    }

    async fn a_kill_at_any_moment_leaves_whole_offers_and_forgets_nobody(app: App) {
        const CYCLES: usize = 5;
        let mut app = app;
        let bo = app.doctor("bo").await;
        let (kind, nine) = (app.visit_type(30).await, app.day_after_tomorrow(9));
        let mut waiting = Vec::new();
        for number in 0..CYCLES {
            let patient = app.patient(&format!("waits{number}")).await;
            let entry = patient.waits_for(&bo, &kind).await;
            waiting.push((patient, entry));
        }
        app.stop().await;
        let mut random = Random::of(5);
        let mut server = Process::serve(&app, &[]).await;
        for (cycle, (patient, entry)) in waiting.iter().enumerate() {
            let day = nine + TimeDelta::days(i64::try_from(cycle).unwrap());
            let here = Doctor { person: bo.person.at(&server.copy), ..bo.clone() };
            app.opens(&here, day, 30).await;
            // Some time between the event and the offer, or after it.
            tokio::time::sleep(Duration::from_millis(random.below(60))).await;
            server.kill();
            server = Process::serve(&app, &[]).await;
            let patient = at(patient, &server.copy);
            let offered = patient.entry_once(entry, "OFFERED").await;
            let input = json!({ "input": { "id": entry["id"], "expectedVersion": offered["version"], "idempotencyKey": "once" } });
            let taking = {
                let (patient, input) = (patient.clone(), input.clone());
                let token = patient.token.clone().unwrap();
                tokio::spawn(async move { patient.copy.try_run(&token, ACCEPT, input).await })
            };
            tokio::time::sleep(Duration::from_millis(random.below(12))).await;
            server.kill();
            drop(taking.await);
            server = Process::serve(&app, &[]).await;
            // Done or not, the same again is the same.
            let again = patient.person.at(&server.copy).data(ACCEPT, input).await;
            assert_eq!(again["acceptOffer"]["userErrors"], json!([]), "{again}");
            assert_eq!(again["acceptOffer"]["entry"]["status"], "BOOKED");
        }
        server.kill();
        app.restart().await;
        is_whole(&app).await;
        let booked = app.number("SELECT count(*) FROM appointment WHERE status = 'BOOKED'").await;
        assert_eq!(usize::try_from(booked).unwrap(), CYCLES);
        let offers = app.number("SELECT count(*) FROM waitlist_offer").await;
        assert_eq!(usize::try_from(offers).unwrap(), CYCLES);
    }
}
