//! Live over Server-Sent Events: the same messages as over a socket, the same rights, and the same ends.

use crate::support::documents::{BOOK, FOLLOW, WHO};
use crate::support::{App, Events, Person, Told};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;

const SIGN_OUT: &str = "mutation { signOut(input: {}) { session { id } userErrors { code } } }";
const SOON: Duration = Duration::from_millis(300);

async fn book(app: &App, person: &Person, ids: (&str, &str, &str), hour: u32) -> Value {
    let (patient, doctor, visit_type) = ids;
    let input = json!({ "input": {
        "patientId": patient, "doctorId": doctor, "visitTypeId": visit_type,
        "startsAt": app.day_after_tomorrow(hour),
    } });
    let answer = person.data(BOOK, input).await;
    assert_eq!(answer["bookAppointment"]["userErrors"], json!([]));
    answer["bookAppointment"]["appointment"]["id"].clone()
}

/// A stream as this person.
async fn open(person: &Person, document: &str, variables: Value, last: Option<&str>) -> Events {
    let token = person.token.as_deref();
    let opened = Events::open(&person.copy, token, (document, variables), last).await;
    opened.unwrap_or_else(|answer| panic!("{} {}", answer.status, answer.text))
}

/// The status with which a stream is refused.
async fn refused(person: &Person, variables: Value) -> u16 {
    let token = person.token.as_deref();
    match Events::open(&person.copy, token, (FOLLOW, variables), None).await {
        Ok(_) => 200,
        Err(answer) => answer.status,
    }
}

on_both! {
    async fn each_change_comes_with_its_cursor_as_id_and_the_last_id_goes_on_from_there(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let ids = (&*ana.id, &*bo.id, &*visit_type);
        // Clients send their request again as it was; `now` is the place of one who had none.
        let variables = json!({ "of": { "doctor": bo.id }, "after": "now" });
        // Two, for the answer that one of them is given was made for the other.
        let mut both = Vec::new();
        for _ in 0..2 {
            let mut live = open(&bo, FOLLOW, variables.clone(), None).await;
            assert_eq!(live.next().await.message()["__typename"], "CaughtUp");
            both.push(live);
        }
        let first = book(&app, &ana, ids, 8).await;
        let mut id = String::new();
        for mut live in both {
            let Told::Next(Some(given), result) = live.next().await else { panic!("a change is due") };
            let change = &result["data"]["appointmentChanged"];
            assert_eq!((&change["appointment"]["id"], &change["cursor"]), (&first, &json!(given)));
            id = given;
        }
        let tally = &app.state().tally;
        assert!(tally.given.load(std::sync::atomic::Ordering::Relaxed) > 0);

        let mut missed = Vec::new();
        for hour in 9..12 {
            missed.push(book(&app, &ana, ids, hour).await);
        }
        let mut live = open(&bo, FOLLOW, variables.clone(), Some(&id)).await;
        for booked in &missed {
            assert_eq!(live.next().await.message()["appointment"]["id"], *booked);
        }
        assert_eq!(live.next().await.message()["__typename"], "CaughtUp");
        let last = book(&app, &ana, ids, 13).await;
        assert_eq!(live.next().await.message()["appointment"]["id"], last);
        live.is_silent_for(SOON).await;

        // A request that began at a cursor is sent again as it was, too: what was seen last is where it goes on.
        let variables = json!({ "of": { "doctor": bo.id }, "after": id });
        let mut live = open(&bo, FOLLOW, variables.clone(), None).await;
        let Told::Next(Some(seen), _) = live.next().await else { panic!("a change is due") };
        let mut live = open(&bo, FOLLOW, variables, Some(&seen)).await;
        assert_eq!(live.next().await.message()["appointment"]["id"], missed[1]);
    }

    async fn an_id_that_is_no_cursor_of_the_stream_is_refused(app: App) {
        let bo = app.doctor("bo").await;
        let mut live = open(&bo, FOLLOW, json!({ "of": { "doctor": bo.id } }), Some("nonsense")).await;
        assert_eq!(live.next().await.code(), "BAD_REQUEST");
        assert_eq!(live.next().await, Told::Complete);
    }

    async fn the_same_gate_and_the_same_rights_as_everywhere(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let of = |person: &str| json!({ "of": { "patient": person } });
        for (person, document, variables, code) in [
            (&*ana, "subscription { nothing }", json!({}), "BAD_REQUEST"),
            (&*ana, "{node(id:[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]){id}}", json!({}), "BAD_REQUEST"),
            (&*ana, WHO, json!({}), "BAD_REQUEST"),
            (&*ana, SIGN_OUT, json!({}), "BAD_REQUEST"),
            (&*ana, FOLLOW, of(&eve.id), "NOT_FOUND"),
            (&*app.anonymous(), FOLLOW, of(&ana.id), "UNAUTHENTICATED"),
        ] {
            let mut live = open(person, document, variables, None).await;
            assert_eq!(live.next().await.code(), code, "{document}");
            assert_eq!(live.next().await, Told::Complete, "{document}");
        }
        ana.data(WHO, json!({})).await;
        let forged = Person { token: Some("forged".to_owned()), ..(*ana).clone() };
        assert_eq!(refused(&forged, of(&ana.id)).await, 401);
        let elsewhere = [("content-type", "text/plain"), ("accept", "text/event-stream")];
        assert_eq!(app.copy.send("POST", "/graphql", &elsewhere, "{}").await.status, 415);
        assert_eq!(app.copy.send("GET", "/graphql?query=x", &[elsewhere[1]], "").await.status, 405);
    }

    async fn a_stream_ends_with_its_session_and_is_not_complete(app: App) {
        let ana = app.patient("ana").await;
        let mut live = open(&ana, FOLLOW, json!({ "of": { "patient": ana.id } }), None).await;
        live.is_silent_for(SOON).await;
        ana.data(SIGN_OUT, json!({})).await;
        assert_eq!(live.end().await, Told::Cut("4403 session revoked".to_owned()));
        assert_eq!(refused(&ana, json!({ "of": { "patient": ana.id } })).await, 401);
    }

    async fn a_stream_ends_with_its_token(app: App) {
        let ana = app.patient("ana").await;
        app.clock.advance(TimeDelta::seconds(598));
        let mut live = open(&ana, FOLLOW, json!({ "of": { "patient": ana.id } }), None).await;
        assert_eq!(live.end().await, Told::Cut("4403 token expired".to_owned()));
    }

    async fn a_stream_ends_when_the_right_to_it_does(app: App) {
        let (ana, cy, bo) = (app.patient("ana").await, app.doctor("cy").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        app.care(cy.row, ana.row, Some(app.clock.now() + TimeDelta::seconds(60))).await;
        let mut live = open(&cy, FOLLOW, json!({ "of": { "patient": ana.id } }), None).await;
        live.is_silent_for(SOON).await;
        app.clock.advance(TimeDelta::seconds(90));
        book(&app, &ana, (&ana.id, &bo.id, &visit_type), 9).await;
        assert_eq!(live.next().await.message()["__typename"], "AccessEnded");
        assert_eq!(live.next().await, Told::Complete);
    }
}

#[test]
fn a_stream_takes_a_place_among_the_sockets_of_its_owner() {
    let changed = [("socket.max_per_user", "2")];
    crate::support::run_with(
        crate::support::Backend::Sqlite,
        &changed,
        |app| async move {
            let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
            let of = |id: &str| json!({ "of": { "patient": id } });
            let socket = ana.socket().await;
            let mut stream = open(&ana, FOLLOW, of(&ana.id), None).await;
            stream.is_silent_for(SOON).await;
            assert_eq!(refused(&ana, of(&ana.id)).await, 429);
            assert_eq!(refused(&eve, of(&eve.id)).await, 200);
            drop(stream);
            // The server notices by and by that nobody is there any more.
            for _ in 0..100 {
                if refused(&ana, of(&ana.id)).await == 200 {
                    return socket.cut();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            panic!("a stream that was left keeps its place");
        },
    );
}
