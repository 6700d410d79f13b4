//! A doctor's own: the patients of their care teams, and the appointments of one of their days, live.

use crate::support::documents::{BOOK, JOIN, LEAVE, UPDATE_PATIENT};
use crate::support::{App, Copy, Live, Patient, Person, codes, user_errors};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;

const PANEL: &str =
    "subscription($after: String) { patientChanged(of: { panel: true }, after: $after) {
    __typename
    ... on PatientChange { cursor kind occurredAt patient { id version gender } }
    ... on CaughtUp { cursor }
} }";

const DAY: &str =
    "subscription($of: AppointmentsOf!, $day: NaiveDate) { appointmentChanged(of: $of, day: $day) {
    __typename
    ... on AppointmentChange { kind appointment { id status } }
} }";

async fn follow(person: &Person) -> Live {
    let mut live = person.subscribe(PANEL, json!({})).await;
    live.is_silent_for(Duration::from_millis(300)).await;
    live
}

async fn phone(patient: &Patient, version: i32) {
    let input = json!({ "input": { "id": patient.id, "expectedVersion": version,
        "contact": { "phone": format!("+37255502{version:02}") } } });
    let answer = patient.run(UPDATE_PATIENT, input).await;
    assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
}

/// An administrator brings the doctor in; the membership.
async fn join(admin: &Person, patient: &str, doctor: &str) -> Value {
    let input = json!({ "input": { "patientId": patient, "doctorId": doctor, "role": "PRIMARY" } });
    let joined = admin.data(JOIN, input).await;
    assert_eq!(joined["addCareTeamMember"]["userErrors"], json!([]));
    joined["addCareTeamMember"]["careTeamMember"].clone()
}

async fn leave(admin: &Person, member: &Value) {
    let input = json!({ "input": { "id": member["id"], "expectedVersion": member["version"] } });
    assert_eq!(
        user_errors(&admin.run(LEAVE, input).await),
        Vec::<String>::new()
    );
}

/// The next message tells this of this patient.
async fn told(live: &mut Live, kind: &str, patient: &str, version: i32) {
    let message = live.next().await;
    let got = (
        &message["kind"],
        &message["patient"]["id"],
        &message["patient"]["version"],
    );
    assert_eq!(
        got,
        (&json!(kind), &json!(patient), &json!(version)),
        "{message}"
    );
    assert!(message["occurredAt"].is_string());
    // Whoever does not treat them any more sees who it was, and nothing else.
    assert_eq!(
        message["patient"]["gender"].is_null(),
        kind == "LEFT_PANEL",
        "{message}"
    );
}

async fn refusal(person: &Person, document: &str, variables: Value) -> String {
    let mut live = person.subscribe(document, variables).await;
    match live.socket.message().await {
        Ok(message) if message["type"] == "error" => {
            codes(&json!({ "errors": message["payload"] })).join(" ")
        }
        Ok(message) => codes(&message["payload"]).join(" "),
        Err(code) => panic!("the socket closes with {code}"),
    }
}

/// Each copy that there is: on PostgreSQL two.
async fn copies(app: &App) -> Vec<Copy> {
    match app.backend() {
        crate::support::Backend::Postgres => vec![app.copy.clone(), app.second_copy().await],
        crate::support::Backend::Sqlite => vec![app.copy.clone()],
    }
}

on_both! {
    async fn a_doctor_is_told_who_enters_and_leaves_the_panel_and_what_changes_between(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let (bo, cy, admin) = (app.doctor("bo").await, app.doctor("cy").await, app.admin().await);
        app.care(cy.row, eve.row, None).await;
        for (round, copy) in copies(&app).await.iter().enumerate() {
            let version = 1 + 3 * i32::try_from(round).unwrap();
            let mut live = follow(&bo.at(copy)).await;
            phone(&ana, version).await;
            let member = join(&admin, &ana.id, &bo.id).await;
            told(&mut live, "ENTERED_PANEL", &ana.id, version + 1).await;
            phone(&eve, i32::try_from(round).unwrap() + 1).await;
            phone(&ana, version + 1).await;
            told(&mut live, "UPDATED", &ana.id, version + 2).await;
            leave(&admin, &member).await;
            told(&mut live, "LEFT_PANEL", &ana.id, version + 2).await;
            phone(&ana, version + 2).await;
            live.is_silent_for(Duration::from_millis(600)).await;
        }
    }

    async fn whoever_comes_back_to_the_panel_gets_what_was_missed_as_things_are_now(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let (bo, admin) = (app.doctor("bo").await, app.admin().await);
        app.care(bo.row, ana.row, None).await;
        let mut live = bo.subscribe(PANEL, json!({ "after": "now" })).await;
        let begun = live.next().await["cursor"].clone();
        live.socket.cut();
        let member = join(&admin, &eve.id, &bo.id).await;
        phone(&eve, 1).await;
        phone(&ana, 1).await;
        leave(&admin, &member).await;
        let mut live = bo.subscribe(PANEL, json!({ "after": begun })).await;
        // Eve was taken in and let go meanwhile; what was hers then is not the doctor's any more.
        told(&mut live, "UPDATED", &ana.id, 2).await;
        told(&mut live, "LEFT_PANEL", &eve.id, 2).await;
        assert_eq!(live.next().await["__typename"], "CaughtUp");
    }

    async fn only_a_doctor_has_a_panel(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let (admin, analyst, nobody) = (app.admin().await, app.analyst().await, app.anonymous());
        for (person, code) in [
            (&*ana, "FORBIDDEN"), (&admin, "FORBIDDEN"), (&analyst, "FORBIDDEN"), (&nobody, "UNAUTHENTICATED"),
        ] {
            assert_eq!(refusal(person, PANEL, json!({})).await, code, "{}", person.email);
        }
        let no = "subscription { patientChanged(of: { panel: false }) { __typename } }";
        assert_eq!(refusal(&bo, no, json!({})).await, "BAD_REQUEST");
    }

    async fn a_panel_is_not_told_of_whom_the_doctor_only_meets_or_is_not_cleared_for(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let admin = app.admin().await;
        app.appointment(bo.row, eve.row, app.day_after_tomorrow(9)).await;
        app.care(bo.row, ana.row, None).await;
        let mut live = follow(&bo).await;
        phone(&eve, 1).await;
        phone(&ana, 1).await;
        told(&mut live, "UPDATED", &ana.id, 2).await;
        let restricted = json!({ "input": { "id": ana.id, "expectedVersion": 2, "confidentiality": "RESTRICTED" } });
        assert_eq!(user_errors(&admin.run(UPDATE_PATIENT, restricted).await), Vec::<String>::new());
        phone(&ana, 3).await;
        live.is_silent_for(Duration::from_millis(600)).await;
    }

    async fn a_doctors_day_is_told_of_its_own_appointments_only(app: App) {
        let (ana, bo, visit_type) = (app.patient("ana").await, app.doctor("bo").await, app.visit_type(30).await);
        let day = app.day_after_tomorrow(0);
        let of = json!({ "doctor": bo.id });
        let variables = json!({ "of": of, "day": day.date_naive().to_string() });
        let mut live = bo.subscribe(DAY, variables.clone()).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        // The doctor's zone is UTC: the day ends with its last half hour.
        let before = day - TimeDelta::minutes(30);
        let last = day + TimeDelta::minutes(24 * 60 - 30);
        let after = day + TimeDelta::days(1);
        let mut booked = Vec::new();
        for at in [before, day, last, after] {
            let input = json!({ "input": { "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type, "startsAt": at } });
            let answer = ana.data(BOOK, input).await;
            assert_eq!(answer["bookAppointment"]["userErrors"], json!([]));
            booked.push(answer["bookAppointment"]["appointment"]["id"].clone());
        }
        for id in &booked[1..3] {
            assert_eq!(&live.next().await["appointment"]["id"], id);
        }
        live.is_silent_for(Duration::from_millis(600)).await;
        let patient = json!({ "of": { "patient": ana.id }, "day": variables["day"] });
        assert_eq!(refusal(&ana, DAY, patient).await, "BAD_REQUEST");
        assert_eq!(refusal(&ana, DAY, variables).await, "NOT_FOUND");
    }
}
