//! A relation that ends by itself ends what was followed through it, though nothing happens; one that is left carries on.

use crate::support::documents::{FOLLOW, FOLLOW_PATIENTS, UPDATE_PATIENT};
use crate::support::{App, End, Live, Patient, Person, user_errors};
use chrono::TimeDelta;
use patient_tracker::access::facts::WINDOW_AFTER;
use serde_json::json;
use std::time::Duration;

/// Long enough to subscribe, short enough to wait for.
const SOON: TimeDelta = TimeDelta::milliseconds(1500);

async fn follow(person: &Person, document: &str, patient: &Patient) -> Live {
    let of = json!({ "of": { "patient": patient.id } });
    let mut live = person.subscribe(document, of).await;
    live.is_silent_for(Duration::from_millis(300)).await;
    live
}

async fn phone(patient: &Patient, version: i32) {
    let input = json!({ "input": { "id": patient.id, "expectedVersion": version,
        "contact": { "phone": "+37255502001" } } });
    let answer = patient.run(UPDATE_PATIENT, input).await;
    assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
}

/// The right has ended, and not before its time.
async fn ends(app: &App, live: &mut Live, at: chrono::DateTime<chrono::Utc>) {
    assert_eq!(live.next().await["__typename"], "AccessEnded");
    assert!(app.clock.now() >= at, "it ended before its time");
    assert_eq!(live.end().await, End::Complete);
}

on_both! {
    async fn a_membership_that_ends_by_itself_ends_what_was_followed_though_nothing_happens(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let ends_at = app.clock.now() + SOON;
        app.care(bo.row, ana.row, Some(ends_at)).await;
        let mut patients = follow(&bo, FOLLOW_PATIENTS, &ana).await;
        let mut appointments = follow(&bo, FOLLOW, &ana).await;
        ends(&app, &mut patients, ends_at).await;
        ends(&app, &mut appointments, ends_at).await;
    }

    async fn the_end_of_the_window_after_an_appointment_ends_what_was_followed(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let ends_at = app.clock.now() + SOON;
        app.appointment(bo.row, ana.row, ends_at - WINDOW_AFTER - TimeDelta::hours(1)).await;
        app.appointment(bo.row, ana.row, ends_at - WINDOW_AFTER).await;
        let mut live = follow(&bo, FOLLOW_PATIENTS, &ana).await;
        ends(&app, &mut live, ends_at).await;
    }

    async fn who_has_another_relation_left_goes_on_until_that_ends(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let (first, second) = (app.clock.now() + SOON, app.clock.now() + SOON + SOON);
        app.care(bo.row, ana.row, Some(first)).await;
        app.appointment(bo.row, ana.row, second - WINDOW_AFTER).await;
        let mut live = follow(&bo, FOLLOW_PATIENTS, &ana).await;
        while app.clock.now() < first + TimeDelta::milliseconds(200) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        phone(&ana, 1).await;
        assert_eq!(live.next().await["patient"]["version"], 2);
        ends(&app, &mut live, second).await;
    }
}
