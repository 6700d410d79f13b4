//! One time is given away once, and what cannot be booked is refused with its reason.

use crate::support::documents::BOOK;
use crate::support::{App, Backend, Copy, codes, tidy, user_errors};
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use std::collections::BTreeMap;

/// Forty patients ask for one slot, twenty-five times each, all at once: every other one at the second copy.
async fn rush_for_one_slot(app: &App, other: Option<Copy>) -> BTreeMap<String, u32> {
    let doctor = app.doctor("bo").await;
    let visit_type = app.visit_type(30).await;
    let starts_at = app.day_after_tomorrow(9);
    let mut patients = Vec::new();
    for number in 0..40 {
        patients.push(app.patient(&format!("patient{number}")).await);
    }
    let asking = patients.iter().enumerate().flat_map(|(number, patient)| {
        let person = match &other {
            Some(copy) if number % 2 == 1 => patient.person.at(copy),
            _ => patient.person.clone(),
        };
        let input = json!({ "input": {
            "patientId": patient.id, "doctorId": doctor.id, "visitTypeId": visit_type,
            "startsAt": starts_at,
        } });
        (0..25).map(move |_| {
            let (person, input) = (person.clone(), input.clone());
            tokio::spawn(async move { person.run(BOOK, input).await })
        })
    });
    let mut outcomes = BTreeMap::new();
    for answer in join_all(asking.collect::<Vec<_>>()).await {
        let answer = answer.unwrap();
        let mut outcome = codes(&answer);
        outcome.extend(user_errors(&answer));
        let outcome = match outcome.as_slice() {
            [] => "BOOKED".to_owned(),
            some => some.join(" "),
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    outcomes
}

on_both! {
    async fn a_thousand_bookings_of_one_slot_give_it_to_one(app: App) {
        let outcomes = rush_for_one_slot(&app, None).await;
        insta::assert_debug_snapshot!(outcomes, @r#"
        {
            "BOOKED": 1,
            "SLOT_TAKEN": 999,
        }
        "#);
        assert_eq!(app.number("SELECT count(*) FROM appointment").await, 1);
    }

    async fn a_booking_answers_with_the_appointment(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let answer = ana.run(BOOK, json!({ "input": {
            "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type,
            "startsAt": app.day_after_tomorrow(9), "reason": "A cough.",
        } })).await;
        insta::assert_json_snapshot!(tidy(answer), @r#"
        {
          "data": {
            "bookAppointment": {
              "appointment": {
                "id": "[app]",
                "startsAt": "[time]",
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

    async fn what_cannot_be_booked_is_refused_with_its_reason(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let (visit_type, to_ask_for) = (app.visit_type(30).await, app.visit_type_to_ask_for().await);
        let other = app.patient("eve").await;
        let good = json!({
            "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type,
            "startsAt": app.day_after_tomorrow(9),
        });
        let nobody = "0".repeat(32);
        let mut outcomes = BTreeMap::new();
        for (what, field, value) in [
            ("a time that has passed", "startsAt", json!(app.hour(-2))),
            ("half a minute", "startsAt", json!(app.day_after_tomorrow(9) + TimeDelta::seconds(30))),
            ("three years ahead", "startsAt", json!(app.hour(3 * 365 * 24))),
            ("another patient", "patientId", json!(other.id)),
            ("no such patient", "patientId", json!(format!("pat_{nobody}"))),
            ("no such doctor", "doctorId", json!(format!("doc_{nobody}"))),
            ("no such visit type", "visitTypeId", json!(format!("vis_{nobody}"))),
            ("a visit that needs approval", "visitTypeId", json!(to_ask_for)),
            ("a long reason", "reason", json!("x".repeat(501))),
            ("an id of another kind", "doctorId", json!(ana.id)),
        ] {
            let mut input = good.clone();
            input[field] = value;
            let answer = ana.run(BOOK, json!({ "input": input })).await;
            let mut outcome = codes(&answer);
            outcome.extend(user_errors(&answer));
            outcomes.insert(what, outcome.join(" "));
        }
        insta::assert_debug_snapshot!(outcomes, @r#"
        {
            "a long reason": "INVALID_REASON",
            "a time that has passed": "IN_THE_PAST",
            "a visit that needs approval": "NEEDS_APPROVAL",
            "an id of another kind": "BAD_REQUEST",
            "another patient": "PATIENT_NOT_FOUND",
            "half a minute": "NOT_A_FULL_MINUTE",
            "no such doctor": "DOCTOR_NOT_FOUND",
            "no such patient": "PATIENT_NOT_FOUND",
            "no such visit type": "VISIT_TYPE_NOT_FOUND",
            "three years ahead": "TOO_FAR_AHEAD",
        }
        "#);
        assert_eq!(app.number("SELECT count(*) FROM appointment").await, 0);
        assert_eq!(app.number("SELECT count(*) FROM event").await, 0);
    }

    async fn a_patient_is_not_in_two_places_at_once(app: App) {
        let ana = app.patient("ana").await;
        let (bo, cy) = (app.doctor("bo").await, app.doctor("cy").await);
        let visit_type = app.visit_type(30).await;
        let mut outcomes = Vec::new();
        for (doctor, minutes) in [(&bo, 0), (&cy, 15), (&cy, 30)] {
            let answer = ana.run(BOOK, json!({ "input": {
                "patientId": ana.id, "doctorId": doctor.id, "visitTypeId": visit_type,
                "startsAt": app.day_after_tomorrow(9) + TimeDelta::minutes(minutes),
            } })).await;
            outcomes.push(user_errors(&answer).join(" "));
        }
        assert_eq!(outcomes, ["", "PATIENT_BUSY", ""]);
    }
}

#[test]
fn two_copies_give_one_slot_to_one_of_a_thousand() {
    crate::support::run(Backend::Postgres, |app| async move {
        let other = app.second_copy().await;
        let outcomes = rush_for_one_slot(&app, Some(other)).await;
        insta::assert_debug_snapshot!(outcomes, @r#"
        {
            "BOOKED": 1,
            "SLOT_TAKEN": 999,
        }
        "#);
        assert_eq!(app.number("SELECT count(*) FROM appointment").await, 1);
    });
}
