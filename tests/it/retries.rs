//! Sending the same thing again does it once; changing what has changed meanwhile is refused.

use crate::support::documents::{BOOK, CANCEL, RESCHEDULE};
use crate::support::{App, Copy, codes, tidy, user_errors};
use futures_util::future::join_all;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A write that holds up every other of this copy until it is told to go on.
async fn hold_writes(copy: &Copy) -> (Arc<Notify>, JoinHandle<()>) {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (db, both) = (
        copy.state.db.clone(),
        (Arc::clone(&begun), Arc::clone(&go_on)),
    );
    let held = tokio::spawn(async move {
        let write = db.write::<(), Infallible, _>(move |_| {
            let (begun, go_on) = both.clone();
            Box::pin(async move {
                begun.notify_one();
                go_on.notified().await;
                Ok(Ok(()))
            })
        });
        let Ok(()) = write.await.unwrap();
    });
    begun.notified().await;
    (go_on, held)
}

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

    async fn a_write_that_outwaits_its_request_goes_on_and_a_retry_is_told_what_came_of_it(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let input = json!({ "input": {
            "patientId": ana.id, "doctorId": bo.id, "visitTypeId": app.visit_type(30).await,
            "startsAt": app.day_after_tomorrow(9), "idempotencyKey": "press the button",
        } });
        // One writer on PostgreSQL too, and requests that are given up while it is held.
        let copy = app.copy_with(&[
            ("database.pool", "3"), ("database.statement_timeout", "3s"), ("http.request_timeout", "3s"),
        ]).await;
        let ana = ana.at(&copy);
        let (go_on, held) = hold_writes(&copy).await;
        let (once, twice) = tokio::join!(ana.run(BOOK, input.clone()), ana.run(BOOK, input.clone()));
        assert_eq!((codes(&once), codes(&twice)), (vec!["UNAVAILABLE".into()], vec!["UNAVAILABLE".into()]));
        assert_eq!(app.number("SELECT count(*) FROM appointment").await, 0);
        go_on.notify_one();
        held.await.unwrap();
        // Nobody asks again, and it is done all the same.
        let done = async {
            while app.number("SELECT count(*) FROM appointment").await == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(15), done).await.expect("the write goes on to its end");
        let retry = ana.data(BOOK, input.clone()).await;
        let appointment = &retry["bookAppointment"]["appointment"];
        assert_eq!(appointment["status"], "BOOKED", "{retry}");
        assert_eq!(ana.data(BOOK, input).await["bookAppointment"]["appointment"], *appointment);
        assert_eq!(app.number("SELECT count(*) FROM appointment").await, 1);
        let events = "SELECT count(DISTINCT id) FROM event WHERE kind = 'APPOINTMENT_CREATED'";
        assert_eq!(app.number(events).await, 1);
    }

    async fn what_was_done_is_answered_when_it_could_not_be_done_any_more(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let at = app.hour(3);
        let book = json!({ "input": {
            "patientId": ana.id, "doctorId": bo.id, "visitTypeId": app.visit_type(30).await,
            "startsAt": at, "idempotencyKey": "press the button",
        } });
        let booked = ana.data(BOOK, book.clone()).await["bookAppointment"]["appointment"].clone();
        let mut again = book.clone();
        again["input"]["idempotencyKey"] = json!("press another");
        let later = json!({ "input": { "id": app.appointment(bo.row, ana.row, app.day_after_tomorrow(9)).await,
            "expectedVersion": 1, "startsAt": at + chrono::TimeDelta::hours(1), "idempotencyKey": "move" } });
        let moved = ana.data(RESCHEDULE, later.clone()).await["rescheduleAppointment"]["appointment"].clone();
        assert_eq!(moved["status"], "BOOKED");
        app.clock.advance(chrono::TimeDelta::hours(6));
        let ana = ana.another_session().await;
        assert_eq!(ana.data(BOOK, book).await["bookAppointment"]["appointment"], booked);
        assert_eq!(ana.data(RESCHEDULE, later).await["rescheduleAppointment"]["appointment"], moved);
        assert_eq!(user_errors(&ana.run(BOOK, again).await), ["IN_THE_PAST"]);
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
