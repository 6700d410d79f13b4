//! An appointment's life, through the door: what may follow what, by whom, and when.

use crate::support::documents::{CANCEL, REQUEST, RESCHEDULE};
use crate::support::{App, Person, codes, tidy, user_errors};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// One of the moves that take nothing but the appointment: the state after it, or why not.
async fn step(person: &Person, verb: &str, id: &Value) -> String {
    let version = person.data(
        "query($id: ID!) { appointment(id: $id) { version } }",
        json!({ "id": id }),
    );
    let version = version.await["appointment"]["version"].clone();
    let input = format!("{}{}Input", verb[..1].to_uppercase(), &verb[1..]);
    let document = format!(
        "mutation($input: {input}!) {{ {verb}(input: $input) {{ appointment {{ status }} userErrors {{ code }} }} }}"
    );
    let variables = json!({ "input": { "id": id, "expectedVersion": version } });
    let answer = person.run(&document, variables).await;
    let mut refused = codes(&answer);
    refused.extend(user_errors(&answer));
    match refused.as_slice() {
        [] => answer["data"][verb]["appointment"]["status"]
            .as_str()
            .unwrap()
            .to_owned(),
        some => some.join(" "),
    }
}

/// What was done to an appointment, each with where it stood then, by whom, and why if it was called off.
async fn steps(person: &Person, id: &Value) -> Vec<String> {
    let document = "query($id: ID!) { appointment(id: $id) { history { totalCount
        nodes { kind status by version occurredAt cancellationReason } } } }";
    let history = person.data(document, json!({ "id": id })).await["appointment"]["history"].take();
    let nodes = history["nodes"].as_array().unwrap();
    assert_eq!(history["totalCount"], nodes.len());
    let mut last = String::new();
    let told = nodes.iter().enumerate().map(|(at, step)| {
        assert_eq!(step["version"], at + 1);
        let when = step["occurredAt"].as_str().unwrap().to_owned();
        assert!(last <= when);
        last = when;
        let words =
            ["kind", "status", "by", "cancellationReason"].map(|field| step[field].as_str());
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    told.collect()
}

on_both! {
    async fn each_step_of_an_appointment_is_kept_with_who_took_it(app: App) {
        let (ana, bo, eve) = (app.patient("ana").await, app.doctor("bo").await, app.patient("eve").await);
        let asked = ana.run(REQUEST, json!({ "input": {
            "patientId": ana.id, "doctorId": bo.id, "visitTypeId": app.visit_type_to_ask_for().await,
            "startsAt": app.hour(3),
        } })).await;
        let id = asked["data"]["requestAppointment"]["appointment"]["id"].clone();
        assert_eq!(steps(&ana, &id).await, ["MADE PROPOSED PATIENT"]);
        for (person, verb) in [(&*bo, "acceptAppointment"), (&ana, "confirmAppointment"), (&bo, "checkInAppointment")] {
            step(person, verb, &id).await;
        }
        app.clock.advance(TimeDelta::hours(4));
        let doctor = bo.another_session().await;
        for verb in ["markNoShow", "undoNoShow", "arriveAppointment", "completeAppointment", "completeAppointment"] {
            step(&doctor, verb, &id).await;
        }
        // What was refused is no step.
        let all = ["MADE PROPOSED PATIENT", "ACCEPTED BOOKED STAFF", "CONFIRMED BOOKED PATIENT", "CHECKED_IN CHECKED_IN STAFF",
            "MARKED_NO_SHOW NOSHOW STAFF", "NO_SHOW_UNDONE BOOKED STAFF", "ARRIVED ARRIVED STAFF", "COMPLETED FULFILLED STAFF"];
        assert_eq!(steps(&doctor, &id).await, all);
        assert_eq!(steps(&ana.another_session().await, &id).await, all);
        let document = "query($id: ID!) { appointment(id: $id) { history { nodes { kind } } } }";
        assert_eq!(codes(&eve.another_session().await.run(document, json!({ "id": id })).await), ["NOT_FOUND"]);
    }

    async fn what_was_moved_says_so_in_its_history_and_the_new_one_begins_its_own(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let at = app.day_after_tomorrow(9);
        let id = app.appointment(bo.row, ana.row, at).await;
        let moved = ana.run(RESCHEDULE, json!({ "input": {
            "id": id, "expectedVersion": 1, "startsAt": at + TimeDelta::hours(1),
        } })).await;
        let new = moved["data"]["rescheduleAppointment"]["appointment"]["id"].clone();
        // The first was written by nobody, as an import does.
        let old = ["MADE BOOKED SYSTEM", "CANCELLED CANCELLED PATIENT RESCHEDULED"];
        assert_eq!(steps(&bo, &json!(id)).await, old);
        assert_eq!(steps(&bo, &new).await, ["MADE BOOKED PATIENT"]);
    }

    async fn a_visit_is_asked_for_accepted_confirmed_and_completed(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let asked = ana.run(REQUEST, json!({ "input": {
            "patientId": ana.id, "doctorId": bo.id, "visitTypeId": app.visit_type_to_ask_for().await,
            "startsAt": app.hour(3),
        } })).await;
        let id = asked["data"]["requestAppointment"]["appointment"]["id"].clone();
        let mut states = vec![step(&ana, "acceptAppointment", &id).await];
        for (person, verb) in [
            (&*bo, "acceptAppointment"), (&ana, "confirmAppointment"), (&bo, "completeAppointment"),
            (&bo, "checkInAppointment"), (&bo, "arriveAppointment"), (&bo, "completeAppointment"),
            (&bo, "arriveAppointment"),
        ] {
            states.push(step(person, verb, &id).await);
        }
        insta::assert_debug_snapshot!(states, @r#"
        [
            "FORBIDDEN",
            "BOOKED",
            "BOOKED",
            "WRONG_STATE",
            "CHECKED_IN",
            "ARRIVED",
            "FULFILLED",
            "WRONG_STATE",
        ]
        "#);
    }

    async fn whoever_did_not_come_is_marked_after_the_grace_and_unmarked_within_a_day(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let id = json!(app.appointment(bo.row, ana.row, app.hour(1)).await);
        let mut states = vec![step(&bo, "markNoShow", &id).await];
        app.clock.advance(TimeDelta::minutes(80));
        let doctor = bo.another_session().await;
        states.push(step(&doctor, "markNoShow", &id).await);
        states.push(step(&doctor, "undoNoShow", &id).await);
        states.push(step(&doctor, "markNoShow", &id).await);
        app.clock.advance(TimeDelta::hours(25));
        let doctor = bo.another_session().await;
        states.push(step(&doctor, "undoNoShow", &id).await);
        assert_eq!(states, ["TOO_EARLY", "NOSHOW", "BOOKED", "NOSHOW", "TOO_LATE"]);
    }

    async fn a_moved_appointment_replaces_the_old_one_and_frees_its_time(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let at = app.day_after_tomorrow(9);
        let id = app.appointment(bo.row, ana.row, at).await;
        // Half an hour later within its own hour: the old time must not stand in the way.
        let answer = ana.run(RESCHEDULE, json!({ "input": {
            "id": id, "expectedVersion": 1, "startsAt": at + TimeDelta::minutes(15),
        } })).await;
        insta::assert_json_snapshot!(tidy(answer), @r#"
        {
          "data": {
            "rescheduleAppointment": {
              "appointment": {
                "id": "[app]",
                "replaces": {
                  "cancellationReason": "RESCHEDULED",
                  "id": "[app]",
                  "status": "CANCELLED"
                },
                "status": "BOOKED",
                "version": 1
              },
              "userErrors": []
            }
          },
          "extensions": {
            "cost": "[cost]"
          }
        }
        "#);
    }

    async fn a_move_to_a_taken_time_changes_nothing(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let id = app.appointment(bo.row, ana.row, app.day_after_tomorrow(9)).await;
        app.appointment(bo.row, eve.row, app.day_after_tomorrow(11)).await;
        let answer = ana.run(RESCHEDULE, json!({ "input": {
            "id": id, "expectedVersion": 1, "startsAt": app.day_after_tomorrow(11),
        } })).await;
        assert_eq!(user_errors(&answer), ["SLOT_TAKEN"]);
        let kept = ana.data("query($id: ID!) { appointment(id: $id) { status version } }", json!({ "id": id }));
        assert_eq!(kept.await["appointment"], json!({ "status": "BOOKED", "version": 1 }));
    }

    async fn a_patient_calls_off_until_the_cutoff_and_the_doctor_after_it(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let id = app.appointment(bo.row, ana.row, app.hour(2)).await;
        let input = json!({ "input": { "id": id, "expectedVersion": 1, "reason": "PATIENT" } });
        assert_eq!(user_errors(&ana.run(CANCEL, input.clone()).await), ["TOO_LATE"]);
        assert_eq!(user_errors(&bo.run(CANCEL, input).await), Vec::<String>::new());
    }

    async fn what_nobody_has_agreed_to_is_withdrawn_whenever_one_likes(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let asked = ana.run(REQUEST, json!({ "input": {
            "patientId": ana.id, "doctorId": bo.id, "visitTypeId": app.visit_type_to_ask_for().await,
            "startsAt": app.hour(2),
        } })).await;
        let id = asked["data"]["requestAppointment"]["appointment"]["id"].clone();
        let input = json!({ "input": { "id": id, "expectedVersion": 1, "reason": "PATIENT" } });
        assert_eq!(user_errors(&ana.run(CANCEL, input).await), Vec::<String>::new());
    }

    async fn a_time_that_the_doctor_has_agreed_to_is_moved_by_the_patient_only_by_asking_again(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let at = app.day_after_tomorrow(9);
        let asked = ana.run(REQUEST, json!({ "input": {
            "patientId": ana.id, "doctorId": bo.id, "visitTypeId": app.visit_type_to_ask_for().await, "startsAt": at,
        } })).await;
        let id = asked["data"]["requestAppointment"]["appointment"]["id"].clone();
        assert_eq!(step(&bo, "acceptAppointment", &id).await, "BOOKED");
        let input = json!({ "input": { "id": id, "expectedVersion": 2, "startsAt": at + TimeDelta::hours(1) } });
        assert_eq!(user_errors(&ana.run(RESCHEDULE, input.clone()).await), ["NEEDS_APPROVAL"]);
        assert_eq!(user_errors(&bo.run(RESCHEDULE, input).await), Vec::<String>::new());
    }

    async fn what_never_was_stays_readable_as_that_and_its_time_is_free(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let at = app.day_after_tomorrow(9);
        let id = json!(app.appointment(bo.row, ana.row, at).await);
        assert_eq!(step(&ana, "enterAppointmentInError", &id).await, "FORBIDDEN");
        assert_eq!(step(&bo, "enterAppointmentInError", &id).await, "ENTERED_IN_ERROR");
        assert_eq!(step(&bo, "enterAppointmentInError", &id).await, "WRONG_STATE");
        assert_eq!(steps(&ana, &id).await, ["MADE BOOKED SYSTEM", "ENTERED_IN_ERROR ENTERED_IN_ERROR STAFF"]);
        app.appointment(bo.row, eve.row, at).await;
    }
}
