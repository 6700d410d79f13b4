//! The queue of the day: who has come, who is next, who is with the doctor; live for the doctor and the desk, and for each
//! who waits without a word of the others.

use crate::support::documents::FOLLOW;
use crate::support::{App, Patient, Person, codes, user_errors};
use serde_json::{Value, json};
use std::time::Duration;

const MOVES: [&str; 3] = [
    "arriveAppointment",
    "callAppointment",
    "completeAppointment",
];
const QUEUE: &str = "query($doctor: ID!) { queue(doctor: $doctor) {
    totalCount nodes { id status queuePlace { position arrivedAt calledAt waitedMinutes } } } }";
const PLACE: &str =
    "query($id: ID!) { appointment(id: $id) { status queuePlace { position calledAt waitedMinutes }
    history { nodes { kind } } } }";
const FOLLOW_PLACE: &str = "subscription($id: ID!) { queuePlaceChanged(appointment: $id) {
    __typename ... on QueuePlaceChange { cursor place { position calledAt } } } }";

/// Makes one of the moves; what came of it.
async fn make(person: &Person, name: &str, id: &str, version: i32) -> String {
    assert!(MOVES.contains(&name));
    let mut input = name.to_owned();
    input[..1].make_ascii_uppercase();
    let document = format!(
        "mutation($input: {input}Input!) {{ {name}(input: $input) {{ appointment {{ status }} userErrors {{ code }} }} }}"
    );
    let answer = person
        .run(
            &document,
            json!({ "input": { "id": id, "expectedVersion": version } }),
        )
        .await;
    let mut told = codes(&answer);
    told.extend(user_errors(&answer));
    match told.first() {
        Some(code) => code.clone(),
        None => answer["data"][name]["appointment"]["status"]
            .as_str()
            .unwrap()
            .to_owned(),
    }
}

/// The appointments of the queue, in order, with their places.
async fn queue(person: &Person, doctor: &str) -> Vec<(String, Value)> {
    let data = person.data(QUEUE, json!({ "doctor": doctor })).await;
    let nodes = data["queue"]["nodes"].as_array().unwrap();
    let one = |one: &Value| {
        (
            one["id"].as_str().unwrap().to_owned(),
            one["queuePlace"]["position"].clone(),
        )
    };
    nodes.iter().map(one).collect()
}

on_both! {
    async fn whoever_comes_waits_in_order_until_they_are_called_in(app: App) {
        let (bo, cy, admin) = (app.doctor("bo").await, app.doctor("cy").await, app.admin().await);
        let mut patients: Vec<Patient> = Vec::new();
        let mut booked = Vec::new();
        for (number, name) in (1..).zip(["ana", "eve", "ira"]) {
            let patient = app.patient(name).await;
            booked.push(app.appointment(bo.row, patient.row, app.hour(number)).await);
            patients.push(patient);
        }
        assert_eq!(queue(&bo, &bo.id).await, []);
        assert_eq!(make(&bo, "callAppointment", &booked[0], 1).await, "WRONG_STATE");
        let of = json!({ "of": { "doctor": bo.id }, "after": "now" });
        let mut days = vec![bo.subscribe(FOLLOW, of.clone()).await, admin.subscribe(FOLLOW, of).await];
        let own = json!({ "of": { "patient": patients[1].id }, "after": "now" });
        days.push(patients[1].subscribe(FOLLOW, own).await);
        for live in &mut days {
            assert_eq!(live.next().await["__typename"], "CaughtUp");
        }
        // The last of the day comes first, and early.
        for at in [2, 0, 1] {
            assert_eq!(make(&admin, "arriveAppointment", &booked[at], 1).await, "ARRIVED");
            app.clock.advance(chrono::TimeDelta::minutes(3));
        }
        let one = |at: usize, place: i32| (booked[at].clone(), json!(place));
        for person in [&*bo as &Person, &admin] {
            assert_eq!(queue(person, &bo.id).await, [one(0, 1), one(1, 2), one(2, 3)]);
        }
        assert_eq!(codes(&cy.run(QUEUE, json!({ "doctor": bo.id })).await), ["NOT_FOUND"]);
        assert_eq!(codes(&patients[0].run(QUEUE, json!({ "doctor": bo.id })).await), ["FORBIDDEN"]);
        for (at, patient) in patients.iter().enumerate() {
            let seen = patient.data(PLACE, json!({ "id": booked[at] })).await["appointment"].take();
            assert_eq!(seen["queuePlace"]["position"], json!(at + 1));
        }
        let waited = patients[2].data(PLACE, json!({ "id": booked[2] })).await;
        assert_eq!(waited["appointment"]["queuePlace"]["waitedMinutes"], 9);
        // Each who waits hears of their own place, and nobody of another's.
        let mut eve = patients[1].subscribe(FOLLOW_PLACE, json!({ "id": booked[1] })).await;
        let mut stranger = patients[0].subscribe(FOLLOW_PLACE, json!({ "id": booked[1] })).await;
        let refused = stranger.socket.message_within(Duration::from_secs(5)).await.unwrap().unwrap();
        let (data, errors) = (&refused["payload"]["data"], &refused["payload"]["errors"]);
        assert_eq!((data, &errors[0]["extensions"]["code"]), (&Value::Null, &json!("NOT_FOUND")));
        eve.is_silent_for(Duration::from_millis(300)).await;
        assert_eq!(make(&patients[0], "callAppointment", &booked[0], 2).await, "FORBIDDEN");
        assert_eq!(make(&bo, "callAppointment", &booked[0], 2).await, "ARRIVED");
        assert_eq!(make(&bo, "callAppointment", &booked[0], 3).await, "WRONG_STATE");
        let told = eve.next().await;
        assert_eq!(told["place"], json!({ "position": 1, "calledAt": null }));
        assert_eq!(queue(&bo, &bo.id).await, [(booked[0].clone(), Value::Null), one(1, 1), one(2, 2)]);
        let seen = patients[0].data(PLACE, json!({ "id": booked[0] })).await["appointment"].take();
        assert!(seen["queuePlace"]["calledAt"].is_string());
        assert_eq!(seen["queuePlace"]["waitedMinutes"], 6);
        assert_eq!(seen["history"]["nodes"][2]["kind"], "CALLED_IN");
        // Out of turn, if the doctor likes.
        assert_eq!(make(&bo, "callAppointment", &booked[2], 2).await, "ARRIVED");
        assert_eq!(eve.next().await["place"]["position"], 1);
        assert_eq!(make(&bo, "completeAppointment", &booked[0], 3).await, "FULFILLED");
        assert_eq!(eve.next().await["place"]["position"], 1);
        assert_eq!(queue(&bo, &bo.id).await, [(booked[2].clone(), Value::Null), one(1, 1)]);
        let gone = patients[0].data(PLACE, json!({ "id": booked[0] })).await;
        assert_eq!(gone["appointment"]["queuePlace"], Value::Null);
        assert_eq!(make(&bo, "callAppointment", &booked[1], 2).await, "ARRIVED");
        let called = eve.next().await["place"].take();
        assert!(called["position"].is_null() && called["calledAt"].is_string(), "{called}");
        // The doctor and the desk were told of every step; the patient of their own.
        for (live, steps) in days.iter_mut().zip([7, 7, 2]) {
            for _ in 0..steps {
                assert_eq!(live.next().await["kind"], "UPDATED");
            }
            live.is_silent_for(Duration::from_millis(200)).await;
        }
    }

    async fn each_who_waits_hears_of_their_own_place_whoever_else_asks_in_the_same_words(app: App) {
        let (bo, admin) = (app.doctor("bo").await, app.admin().await);
        let mut booked = Vec::new();
        let mut waiting = Vec::new();
        for (number, name) in (1..).zip(["ana", "eve", "ira", "kim", "lou", "max"]) {
            let patient = app.patient(name).await;
            booked.push(app.appointment(bo.row, patient.row, app.hour(number)).await);
            waiting.push(patient);
        }
        for appointment in &booked {
            assert_eq!(make(&admin, "arriveAppointment", appointment, 1).await, "ARRIVED");
        }
        let mut all = Vec::new();
        for (at, appointment) in booked.iter().enumerate().skip(3) {
            let own = json!({ "id": appointment });
            for person in [&*waiting[at] as &Person, &admin] {
                all.push((at, person.subscribe(FOLLOW_PLACE, own.clone()).await));
            }
            for (_, live) in &mut all {
                live.is_silent_for(Duration::from_millis(50)).await;
            }
        }
        // First nobody has a seat among those who are told together; then all have.
        for (called, appointment) in booked.iter().enumerate().take(3) {
            assert_eq!(make(&bo, "callAppointment", appointment, 2).await, "ARRIVED");
            for (at, live) in &mut all {
                assert_eq!(live.next().await["place"]["position"], json!(*at - called));
            }
        }
    }

    async fn who_came_before_arrivals_were_noted_is_called_in_all_the_same(app: App) {
        let (bo, ana) = (app.doctor("bo").await, app.patient("ana").await);
        let booked = app.appointment(bo.row, ana.row, app.hour(1)).await;
        assert_eq!(make(&bo, "arriveAppointment", &booked, 1).await, "ARRIVED");
        app.execute("DELETE FROM attendance").await;
        assert_eq!(make(&bo, "callAppointment", &booked, 2).await, "ARRIVED");
        assert_eq!(make(&bo, "callAppointment", &booked, 3).await, "WRONG_STATE");
        assert_eq!(queue(&bo, &bo.id).await, [(booked, Value::Null)]);
    }
}
