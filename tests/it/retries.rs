//! Sending the same thing again does it once; changing what has changed meanwhile is refused.

use crate::support::documents::{BOOK, CANCEL};
use crate::support::{App, tidy, user_errors};
use futures_util::future::join_all;
use serde_json::json;

on_both! {
    async fn five_twins_with_one_key_book_once_and_are_answered_alike(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let input = json!({ "input": {
            "patientId": ana.id, "doctorId": bo.id, "visitTypeId": app.visit_type(30).await,
            "startsAt": app.day_after_tomorrow(9), "idempotencyKey": "press the button",
        } });
        let twins = (0..5).map(|_| {
            let (person, input) = (ana.person.clone(), input.clone());
            tokio::spawn(async move { person.run(BOOK, input).await })
        });
        let answers: Vec<_> = join_all(twins).await.into_iter().map(Result::unwrap).collect();
        for answer in &answers {
            assert_eq!(answer, &answers[0]);
            assert_eq!(answer["data"]["bookAppointment"]["appointment"]["status"], "BOOKED");
        }
        assert_eq!(app.number("SELECT count(*) FROM appointment").await, 1);
        let events = "SELECT count(DISTINCT subject) FROM event WHERE kind = 'APPOINTMENT_CREATED'";
        assert_eq!(app.number(events).await, 1);
    }

    async fn a_key_is_not_good_for_another_input(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let mut outcomes = Vec::new();
        for hour in [9, 10, 9] {
            let answer = ana.run(BOOK, json!({ "input": {
                "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type,
                "startsAt": app.day_after_tomorrow(hour), "idempotencyKey": "the same",
            } })).await;
            outcomes.push(user_errors(&answer).join(" "));
        }
        assert_eq!(outcomes, ["", "IDEMPOTENCY_KEY_REUSED", ""]);
    }

    async fn a_key_belongs_to_its_user(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let mut ids = Vec::new();
        for (patient, hour) in [(&ana, 9), (&eve, 10)] {
            let answer = patient.run(BOOK, json!({ "input": {
                "patientId": patient.id, "doctorId": bo.id, "visitTypeId": visit_type,
                "startsAt": app.day_after_tomorrow(hour), "idempotencyKey": "k",
            } })).await;
            assert_eq!(user_errors(&answer), Vec::<String>::new());
            ids.push(answer["data"]["bookAppointment"]["appointment"]["id"].clone());
        }
        assert_ne!(ids[0], ids[1]);
    }

    async fn a_change_of_what_has_changed_is_a_conflict(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let id = app.appointment(bo.row, ana.row, app.day_after_tomorrow(9)).await;
        let confirm = "mutation($input: ConfirmAppointmentInput!) { confirmAppointment(input: $input) {
            appointment { version } userErrors { code } } }";
        let confirmed = ana.run(confirm, json!({ "input": { "id": id, "expectedVersion": 1 } })).await;
        assert_eq!(user_errors(&confirmed), Vec::<String>::new());
        let answer = bo.run(CANCEL, json!({ "input": {
            "id": id, "expectedVersion": 1, "reason": "PROVIDER",
        } })).await;
        insta::assert_json_snapshot!(tidy(answer), @r#"
        {
          "data": {
            "cancelAppointment": {
              "appointment": {
                "cancellationReason": null,
                "id": "[app]",
                "status": "BOOKED",
                "version": 2
              },
              "userErrors": [
                {
                  "code": "CONFLICT",
                  "path": [
                    "input",
                    "expectedVersion"
                  ]
                }
              ]
            }
          },
          "extensions": {
            "cost": "[cost]"
          }
        }
        "#);
    }
}
