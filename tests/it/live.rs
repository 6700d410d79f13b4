//! Appointments, live: nothing lost, nothing twice, and nothing to whoever may not see it.

use crate::support::documents::{BOOK, FOLLOW, UPDATE_PATIENT};
use crate::support::{App, Backend, End, Person, user_errors};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Books, and gives the appointment's id.
async fn book(person: &Person, ids: (&str, &str, &str), starts_at: DateTime<Utc>) -> Value {
    let (patient, doctor, visit_type) = ids;
    let input = json!({ "input": {
        "patientId": patient, "doctorId": doctor, "visitTypeId": visit_type, "startsAt": starts_at,
    } });
    let answer = person.data(BOOK, input).await;
    let booked = &answer["bookAppointment"];
    assert_eq!(booked["userErrors"], json!([]));
    booked["appointment"]["id"].clone()
}

on_both! {
    async fn a_doctor_sees_a_booking_at_once(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let mut live = bo.subscribe(FOLLOW, json!({ "of": { "doctor": bo.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        let id = book(&ana, (&ana.id, &bo.id, &visit_type), app.day_after_tomorrow(9)).await;
        let change = live.next().await;
        assert_eq!(change["__typename"], "AppointmentChange");
        assert_eq!(change["kind"], "CREATED");
        assert_eq!(change["appointment"]["id"], id);
    }

    async fn what_only_a_newer_copy_knows_of_is_passed_by_and_ends_nothing(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let ids = (&*ana.id, &*bo.id, &*visit_type);
        let of = json!({ "doctor": bo.id });
        let mut live = bo.subscribe(FOLLOW, json!({ "of": of, "after": "now" })).await;
        let cursor = live.next().await["cursor"].clone();
        live.socket.cut();
        let mut booked = Vec::new();
        for hour in 8..11 {
            booked.push(book(&ana, ids, app.day_after_tomorrow(hour)).await);
        }
        let second = "SELECT id FROM event WHERE stream LIKE 'doctor:%' ORDER BY seq LIMIT 1 OFFSET 1";
        app.execute(&format!("UPDATE event SET kind = 'NOT_INVENTED_YET' WHERE id = ({second})")).await;
        let elsewhere = bo.at(&app.second_copy().await);
        let mut live = elsewhere.subscribe(FOLLOW, json!({ "of": of, "after": cursor })).await;
        for id in [&booked[0], &booked[2]] {
            assert_eq!(live.next().await["appointment"]["id"], *id);
        }
        assert_eq!(live.next().await["__typename"], "CaughtUp");
        let last = book(&ana, ids, app.day_after_tomorrow(15)).await;
        assert_eq!(live.next().await["appointment"]["id"], last);
    }

    async fn whoever_comes_back_gets_exactly_what_they_missed_in_order_and_then_live(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let ids = (&*ana.id, &*bo.id, &*visit_type);
        let mut live = bo.subscribe(FOLLOW, json!({ "of": { "doctor": bo.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        book(&ana, ids, app.day_after_tomorrow(8)).await;
        let cursor = live.next().await["cursor"].clone();
        live.socket.cut();
        let mut missed = Vec::new();
        for hour in 9..14 {
            missed.push(book(&ana, ids, app.day_after_tomorrow(hour)).await);
        }
        let mut live = bo
            .subscribe(FOLLOW, json!({ "of": { "doctor": bo.id }, "after": cursor }))
            .await;
        let mut delivered = Vec::new();
        for _ in 0..5 {
            let change = live.next().await;
            assert_eq!(change["__typename"], "AppointmentChange");
            delivered.push(change["appointment"]["id"].clone());
        }
        assert_eq!(delivered, missed);
        assert_eq!(live.next().await["__typename"], "CaughtUp");
        let id = book(&ana, ids, app.day_after_tomorrow(15)).await;
        assert_eq!(live.next().await["appointment"]["id"], id);
        live.is_silent_for(Duration::from_millis(500)).await;
    }

    async fn whoever_begins_has_a_cursor_before_anything_has_happened(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let of = json!({ "doctor": bo.id });
        let mut live = bo.subscribe(FOLLOW, json!({ "of": of, "after": "now" })).await;
        let begun = live.next().await;
        assert_eq!(begun["__typename"], "CaughtUp");
        live.socket.cut();
        let ids = (&*ana.id, &*bo.id, &*visit_type);
        let id = book(&ana, ids, app.day_after_tomorrow(9)).await;
        let variables = json!({ "of": of, "after": begun["cursor"] });
        let mut live = bo.subscribe(FOLLOW, variables).await;
        assert_eq!(live.next().await["appointment"]["id"], id);
        assert_eq!(live.next().await["__typename"], "CaughtUp");
    }

    async fn the_streams_of_others_are_not_to_be_followed(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let (bo, cy) = (app.doctor("bo").await, app.doctor("cy").await);
        let analyst = app.analyst().await;
        let nobody = app.anonymous();
        let patient = json!({ "of": { "patient": ana.id } });
        let doctor = json!({ "of": { "doctor": bo.id } });
        let clinic = json!({ "of": { "clinic": true } });
        for (person, of, code) in [
            (&*eve, &patient, "NOT_FOUND"), (&cy, &patient, "NOT_FOUND"),
            (&analyst, &patient, "NOT_FOUND"), (&nobody, &patient, "UNAUTHENTICATED"),
            (&ana, &doctor, "NOT_FOUND"), (&cy, &doctor, "NOT_FOUND"),
            (&ana, &clinic, "NOT_FOUND"), (&bo, &clinic, "NOT_FOUND"),
            (&analyst, &clinic, "NOT_FOUND"),
        ] {
            let mut live = person.subscribe(FOLLOW, of.clone()).await;
            let answer = match live.socket.message().await.unwrap() {
                message if message["type"] == "error" => message["payload"][0].clone(),
                message => message["payload"]["errors"][0].clone(),
            };
            let told = answer["extensions"]["code"].as_str().unwrap_or_default();
            let denied = ["NOT_FOUND", "FORBIDDEN", "UNAUTHENTICATED"];
            assert!(denied.contains(&told), "{} follows {of}: {answer}", person.email);
            if code == "UNAUTHENTICATED" {
                assert_eq!(told, code);
            }
        }
    }

    async fn what_a_patient_follows_holds_nothing_of_others(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let mut live = ana.subscribe(FOLLOW, json!({ "of": { "patient": ana.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        book(&eve, (&eve.id, &bo.id, &visit_type), app.day_after_tomorrow(9)).await;
        let id = book(&ana, (&ana.id, &bo.id, &visit_type), app.day_after_tomorrow(10)).await;
        assert_eq!(live.next().await["appointment"]["id"], id);
    }

    async fn a_doctor_whose_care_has_ended_is_told_so_and_nothing_more(app: App) {
        let (ana, bo, cy) = (app.patient("ana").await, app.doctor("bo").await, app.doctor("cy").await);
        let visit_type = app.visit_type(30).await;
        app.care(cy.row, ana.row, Some(app.clock.now() + chrono::TimeDelta::seconds(60))).await;
        let mut live = cy.subscribe(FOLLOW, json!({ "of": { "patient": ana.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        book(&ana, (&ana.id, &bo.id, &visit_type), app.day_after_tomorrow(9)).await;
        assert_eq!(live.next().await["__typename"], "AppointmentChange");
        app.clock.advance(chrono::TimeDelta::seconds(90));
        book(&ana, (&ana.id, &bo.id, &visit_type), app.day_after_tomorrow(10)).await;
        assert_eq!(live.next().await["__typename"], "AccessEnded");
        assert_eq!(live.end().await, End::Complete);
    }

    async fn what_was_missed_is_decided_on_as_things_are_now(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let (admin, visit_type) = (app.admin().await, app.visit_type(30).await);
        let of = json!({ "of": { "doctor": bo.id } });
        // The one who stays is handed each event as it comes, and what was loaded for them is at hand for others.
        let mut stays = bo.subscribe(FOLLOW, of.clone()).await;
        stays.is_silent_for(Duration::from_millis(300)).await;
        let first = book(&eve, (&eve.id, &bo.id, &visit_type), app.day_after_tomorrow(9)).await;
        let seen = stays.next().await;
        assert_eq!(seen["appointment"]["id"], first);
        let hidden = book(&ana, (&ana.id, &bo.id, &visit_type), app.day_after_tomorrow(10)).await;
        assert_eq!(stays.next().await["appointment"]["id"], hidden);
        let restricted = admin.run(UPDATE_PATIENT, json!({ "input": {
            "id": ana.id, "expectedVersion": 1, "confidentiality": "RESTRICTED",
        } })).await;
        assert_eq!(user_errors(&restricted), Vec::<String>::new());
        let last = book(&eve, (&eve.id, &bo.id, &visit_type), app.day_after_tomorrow(11)).await;
        assert_eq!(stays.next().await["appointment"]["id"], last);
        stays.is_silent_for(Duration::from_millis(600)).await;
        let variables = json!({ "of": { "doctor": bo.id }, "after": seen["cursor"] });
        let mut comes_back = bo.subscribe(FOLLOW, variables).await;
        assert_eq!(comes_back.next().await["appointment"]["id"], last);
        assert_eq!(comes_back.next().await["__typename"], "CaughtUp");
    }

    async fn a_cursor_of_another_stream_is_refused(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let mut live = bo.subscribe(FOLLOW, json!({ "of": { "doctor": bo.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        book(&ana, (&ana.id, &bo.id, &visit_type), app.day_after_tomorrow(9)).await;
        let cursor = live.next().await["cursor"].clone();
        let variables = json!({ "of": { "patient": ana.id }, "after": cursor });
        let mut live = ana.subscribe(FOLLOW, variables).await;
        let message = live.socket.message().await.unwrap().to_string();
        assert!(message.contains("BAD_REQUEST"), "{message}");
    }
}

#[test]
fn a_booking_on_one_copy_reaches_a_subscriber_on_another() {
    crate::support::run(Backend::Postgres, |app| async move {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(10).await;
        let other = app.second_copy().await;
        let mut live = bo
            .at(&other)
            .subscribe(FOLLOW, json!({ "of": { "doctor": bo.id } }))
            .await;
        live.is_silent_for(Duration::from_millis(500)).await;
        let mut waits = Vec::new();
        for number in 0..50 {
            let at = app.day_after_tomorrow(8) + chrono::TimeDelta::minutes(10 * number);
            let id = book(&ana, (&ana.id, &bo.id, &visit_type), at).await;
            let answered = Instant::now();
            assert_eq!(live.next().await["appointment"]["id"], id);
            waits.push(answered.elapsed());
        }
        waits.sort();
        report(&format!(
            "from answer on A to delivery on B: median {:?}, 49th of 50 {:?}",
            waits[25], waits[48]
        ));
    });
}

#[expect(
    clippy::print_stdout,
    reason = "the figure is wanted by whoever runs it with --nocapture"
)]
fn report(figure: &str) {
    println!("{figure}");
}
