//! Patients, live: whoever treats them sees each change once and in order, and nobody else sees any.

use crate::support::documents::{BOOK, FOLLOW_PATIENTS, JOIN, LEAVE, REFRESH, UPDATE_PATIENT};
use crate::support::{App, End, Live, Patient, Person, codes, user_errors};
use chrono::TimeDelta;
use entity::code::Confidentiality;
use serde_json::{Value, json};
use std::time::Duration;

/// Follows one patient from now on.
async fn follow(person: &Person, patient: &str) -> Live {
    let of = json!({ "of": { "patient": patient } });
    let mut live = person.subscribe(FOLLOW_PATIENTS, of).await;
    live.is_silent_for(Duration::from_millis(300)).await;
    live
}

/// Follows the clinic from now on.
async fn follow_clinic(person: &Person) -> Live {
    let of = json!({ "of": { "clinic": true } });
    let mut live = person.subscribe(FOLLOW_PATIENTS, of).await;
    live.is_silent_for(Duration::from_millis(300)).await;
    live
}

/// Goes on after a cursor of one patient's stream.
async fn resume(person: &Person, patient: &str, cursor: &Value) -> Live {
    let variables = json!({ "of": { "patient": patient }, "after": cursor });
    person.subscribe(FOLLOW_PATIENTS, variables).await
}

/// A patient gives themselves another telephone number: the change that takes this version to the next.
async fn phone(patient: &Patient, person: &Person, version: i32) {
    let input = json!({ "input": { "id": patient.id, "expectedVersion": version,
        "contact": { "phone": format!("+37255502{version:02}") } } });
    let answer = person.data(UPDATE_PATIENT, input).await;
    assert_eq!(answer["updatePatient"]["userErrors"], json!([]));
    assert_eq!(answer["updatePatient"]["patient"]["version"], version + 1);
}

/// An appointment of the patient: an event of their stream that is no change of theirs.
async fn book(patient: &Patient, doctor: &str, visit_type: &str, app: &App, hour: u32) {
    let input = json!({ "input": { "patientId": patient.id, "doctorId": doctor,
        "visitTypeId": visit_type, "startsAt": app.day_after_tomorrow(hour) } });
    let answer = patient.run(BOOK, input).await;
    assert_eq!(
        (codes(&answer), user_errors(&answer)),
        (vec![], vec![]),
        "{answer}"
    );
}

/// The next message is a change of this patient; its cursor.
async fn change(live: &mut Live, patient: &str) -> Value {
    let message = live.next().await;
    assert_eq!(message["__typename"], "PatientChange", "{message}");
    assert_eq!(message["patient"]["id"], patient);
    message["cursor"].clone()
}

/// With which code following is refused.
async fn refusal(person: &Person, variables: Value) -> String {
    let mut live = person.subscribe(FOLLOW_PATIENTS, variables).await;
    let told = match live.socket.message().await {
        Ok(message) if message["type"] == "error" => json!({ "errors": message["payload"] }),
        Ok(message) => message["payload"].clone(),
        Err(code) => panic!("the socket closes with {code}"),
    };
    codes(&told).join(" ")
}

on_both! {
    async fn a_patient_and_whoever_treats_them_see_a_change_at_once(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let (bo, cy) = (app.doctor("bo").await, app.doctor("cy").await);
        app.care(bo.row, ana.row, None).await;
        app.appointment(cy.row, ana.row, app.day_after_tomorrow(9)).await;
        let mut followers = vec![(follow_clinic(&admin).await, "…0201")];
        for person in [&*ana, &bo, &cy] {
            followers.push((follow(person, &ana.id).await, "+3725550201"));
        }
        phone(&ana, &ana, 1).await;
        for (live, phone) in &mut followers {
            let message = live.next().await;
            assert_eq!(message["__typename"], "PatientChange");
            let patient = json!({ "id": ana.id, "version": 2, "contact": { "phone": *phone } });
            assert_eq!(message["patient"], patient);
        }
    }

    async fn nobody_else_follows_a_patient_or_the_clinic(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let (bo, cy) = (app.doctor("bo").await, app.doctor("cy").await);
        let (admin, analyst, nobody) = (app.admin().await, app.analyst().await, app.anonymous());
        app.care(bo.row, ana.row, None).await;
        // An appointment of a month and a day ago opens nothing any more.
        app.appointment(cy.row, ana.row, app.hour(-31 * 24)).await;
        let patient = json!({ "of": { "patient": ana.id } });
        let clinic = json!({ "of": { "clinic": true } });
        let unknown = json!({ "of": { "patient": format!("pat_{}", "0".repeat(32)) } });
        let other_kind = json!({ "of": { "patient": bo.id } });
        for (person, variables, code) in [
            (&*cy, &patient, "NOT_FOUND"), (&eve, &patient, "NOT_FOUND"),
            (&analyst, &patient, "FORBIDDEN"), (&nobody, &patient, "UNAUTHENTICATED"),
            (&ana, &clinic, "FORBIDDEN"), (&bo, &clinic, "FORBIDDEN"),
            (&analyst, &clinic, "FORBIDDEN"), (&nobody, &clinic, "UNAUTHENTICATED"),
            (&admin, &unknown, "NOT_FOUND"), (&admin, &other_kind, "BAD_REQUEST"),
            (&admin, &json!({ "of": { "clinic": false } }), "BAD_REQUEST"),
        ] {
            let told = refusal(person, variables.clone()).await;
            assert_eq!(told, code, "{} follows {variables}", person.email);
        }
    }

    async fn whoever_comes_back_after_a_restart_gets_exactly_the_missed_changes_in_order(app: App) {
        let mut app = app;
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        app.care(bo.row, ana.row, None).await;
        let (mut left, mut stayed) = (follow(&bo, &ana.id).await, follow(&ana, &ana.id).await);
        phone(&ana, &ana, 1).await;
        let seen = change(&mut left, &ana.id).await;
        assert_eq!(change(&mut stayed, &ana.id).await, seen);
        left.socket.cut();
        // Appointments are events of the same stream: they are none of these, and move the place all the same.
        let mut missed = Vec::new();
        for number in 2..6 {
            book(&ana, &bo.id, &visit_type, &app, 8 + number).await;
            phone(&ana, &ana, i32::try_from(number).unwrap()).await;
            missed.push(change(&mut stayed, &ana.id).await);
        }
        book(&ana, &bo.id, &visit_type, &app, 15).await;
        app.restart().await;
        let (ana_now, bo) = (ana.at(&app.copy), bo.at(&app.copy));
        let mut live = resume(&bo, &ana.id, &seen).await;
        for cursor in &missed {
            assert_eq!(&change(&mut live, &ana.id).await, cursor);
        }
        let caught_up = live.next().await;
        assert_eq!(caught_up["__typename"], "CaughtUp");
        phone(&ana, &ana_now, 6).await;
        let newest = change(&mut live, &ana.id).await;
        // The place of what was caught up with is after the last appointment, so this has missed one change only.
        let mut live = resume(&bo, &ana.id, &caught_up["cursor"]).await;
        assert_eq!(change(&mut live, &ana.id).await, newest);
        assert_eq!(live.next().await["__typename"], "CaughtUp");
    }

    async fn an_administrator_follows_everybody_in_the_order_of_their_changes(app: App) {
        let (admin, bo, visit_type) = (app.admin().await, app.doctor("bo").await, app.visit_type(30).await);
        let mut people = Vec::new();
        for name in ["ana", "eve", "ida", "una"] {
            people.push(app.patient(name).await);
        }
        let mut live = follow_clinic(&admin).await;
        phone(&people[0], &people[0], 1).await;
        let cursor = change(&mut live, &people[0].id).await;
        live.socket.cut();
        for (hour, patient) in (9..).zip(people.iter().rev()) {
            let version = if hour == 12 { 2 } else { 1 };
            phone(patient, patient, version).await;
            book(patient, &bo.id, &visit_type, &app, hour).await;
        }
        let variables = json!({ "of": { "clinic": true }, "after": cursor });
        let mut live = admin.subscribe(FOLLOW_PATIENTS, variables).await;
        for patient in people.iter().rev() {
            change(&mut live, &patient.id).await;
        }
        assert_eq!(live.next().await["__typename"], "CaughtUp");
    }

    async fn a_doctor_who_leaves_the_care_team_is_told_so_and_nothing_more(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let input = json!({ "input": { "patientId": ana.id, "doctorId": bo.id, "role": "PRIMARY" } });
        let joined = admin.data(JOIN, input).await;
        let member = &joined["addCareTeamMember"]["careTeamMember"];
        let mut live = follow(&bo, &ana.id).await;
        phone(&ana, &ana, 1).await;
        let cursor = change(&mut live, &ana.id).await;
        let left = admin.run(LEAVE, json!({ "input": {
            "id": member["id"], "expectedVersion": member["version"],
        } })).await;
        assert_eq!(user_errors(&left), Vec::<String>::new());
        phone(&ana, &ana, 2).await;
        assert_eq!(live.next().await["__typename"], "AccessEnded");
        let end = live.socket.message().await;
        assert_eq!(end.unwrap()["type"], "complete");
        let again = json!({ "of": { "patient": ana.id }, "after": cursor });
        assert_eq!(refusal(&bo, again).await, "NOT_FOUND");
    }

    async fn a_record_that_becomes_restricted_leaves_those_without_clearance(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let bo = app.doctor("bo").await;
        let cy = app.doctor_cleared_for("cy", Confidentiality::Restricted).await;
        app.care(bo.row, ana.row, None).await;
        app.care(cy.row, ana.row, None).await;
        let (mut hers, mut bos) = (follow(&ana, &ana.id).await, follow(&bo, &ana.id).await);
        let (mut cys, mut all) = (follow(&cy, &ana.id).await, follow_clinic(&admin).await);
        let restricted = admin.run(UPDATE_PATIENT, json!({ "input": {
            "id": ana.id, "expectedVersion": 1, "confidentiality": "RESTRICTED",
        } })).await;
        assert_eq!(user_errors(&restricted), Vec::<String>::new());
        phone(&ana, &ana, 2).await;
        for live in [&mut hers, &mut cys, &mut all] {
            change(live, &ana.id).await;
            change(live, &ana.id).await;
        }
        assert_eq!(bos.next().await["__typename"], "AccessEnded");
        assert_eq!(bos.end().await, End::Complete);
        assert_eq!(refusal(&bo, json!({ "of": { "patient": ana.id } })).await, "NOT_FOUND");
    }

    async fn a_socket_ends_with_its_token_unless_it_was_given_a_fresh_one(app: App) {
        let ana = app.patient("ana").await;
        // Opened in the token's last seconds: a timer that is set does not see a test's clock move.
        app.clock.advance(TimeDelta::seconds(594));
        let of = json!({ "of": { "patient": ana.id } });
        let mut renewed = ana.subscribe(FOLLOW_PATIENTS, of.clone()).await;
        let mut live = ana.subscribe(FOLLOW_PATIENTS, of).await;
        let answer = ana.data(REFRESH, json!({ "token": ana.refresh_token })).await;
        let token = answer["refreshSession"]["authSession"]["accessToken"].as_str().unwrap();
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        renewed.socket.send(json!({ "type": "ping", "payload": payload })).await;
        assert_eq!(renewed.socket.message().await.unwrap()["type"], "pong");
        assert_eq!(live.end().await, End::Closed(4403));
        let now = Person { token: Some(token.to_owned()), ..ana.person.clone() };
        phone(&ana, &now, 1).await;
        change(&mut renewed, &ana.id).await;
    }
}
