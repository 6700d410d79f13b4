//! Told to stop, a server leaves nobody without an answer and nothing untold: the real program, by SIGTERM, under load.

use crate::support::documents::{BOOK, FOLLOW};
use crate::support::{App, Backend, Copy, Events, Person, Process, Told};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// From the signal to the exit.
const EXIT: Duration = Duration::from_secs(12);
/// As an operator leaves it.
const SERVED: [(&str, &str); 1] = [("http.drain", "1s")];

/// What became of the requests of one client until nobody took any more.
#[derive(Default)]
struct Calls {
    booked: Vec<String>,
    failed: Vec<String>,
}

/// Books one slot after another until the server is gone.
async fn books(person: Person, copy: Copy, input: Value, slots: Arc<AtomicI64>, app: App) -> Calls {
    let mut calls = Calls::default();
    loop {
        let slot = slots.fetch_add(1, Ordering::SeqCst);
        let at = app.day_after_tomorrow(0) + TimeDelta::minutes(10 * slot);
        let mut input = input.clone();
        input["startsAt"] = json!(at);
        let body = json!({ "query": BOOK, "variables": { "input": input } }).to_string();
        let bearer = format!("Bearer {}", person.token.as_deref().unwrap());
        let headers = [
            ("content-type", "application/json"),
            ("authorization", &*bearer),
        ];
        match copy.try_send("POST", "/graphql", &headers, body).await {
            Ok(answer) => {
                match answer.json()["data"]["bookAppointment"]["appointment"]["id"].as_str() {
                    Some(id) => calls.booked.push(id.to_owned()),
                    None => calls
                        .failed
                        .push(format!("{} {}", answer.status, answer.text)),
                }
            }
            // Nobody listens any more: this request was never sent.
            Err(error) if error.is_connect() => return calls,
            Err(error) => calls.failed.push(format!("{error:?}")),
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// Takes in the messages of a socket until it is closed, or until `caught_up`: the ids, and the newest cursor.
async fn follow(
    person: &Person,
    of: &Value,
    cursor: &mut Value,
    seen: &mut Vec<String>,
    caught_up: bool,
) {
    let variables = json!({ "of": of, "after": cursor });
    let mut live = person.subscribe(FOLLOW, variables).await;
    loop {
        let mut message = match live.socket.message().await {
            Ok(message) => message["payload"]["data"]["appointmentChanged"].clone(),
            Err(code) => return assert_eq!((code, caught_up), (1001, false)),
        };
        *cursor = message["cursor"].take();
        if let Some(id) = message["appointment"]["id"].as_str() {
            seen.push(id.to_owned());
        } else if caught_up {
            return live.is_silent_for(Duration::from_millis(300)).await;
        }
    }
}

#[test]
fn a_copy_that_stops_leaves_no_request_unanswered_and_its_followers_miss_nothing_elsewhere() {
    crate::support::run(Backend::Postgres, |app| async move {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(10).await;
        let input = json!({ "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type });
        let of = json!({ "doctor": bo.id });
        let slots = Arc::new(AtomicI64::new(0));
        let stays = Process::serve(&app, &SERVED).await;
        let elsewhere = stays.copy.clone();
        let mut live = bo
            .at(&elsewhere)
            .subscribe(FOLLOW, json!({ "of": of, "after": "now" }))
            .await;
        let mut cursor = live.next().await["cursor"].take();
        live.socket.cut();
        for _ in 0..3 {
            let leaves = Process::serve(&app, &SERVED).await;
            let copy = leaves.copy.clone();
            let working: Vec<_> = (0..4)
                .map(|_| {
                    let person = ana.at(&copy);
                    let (input, slots) = (input.clone(), Arc::clone(&slots));
                    tokio::spawn(books(person, copy.clone(), input, slots, app.clone()))
                })
                .collect();
            let (follower, of_bo, from) = (bo.at(&copy), of.clone(), cursor.clone());
            let following = tokio::spawn(async move {
                let (mut cursor, mut seen) = (from, Vec::new());
                follow(&follower, &of_bo, &mut cursor, &mut seen, false).await;
                (cursor, seen)
            });
            let mut stream = Events::open(
                &copy,
                bo.token.as_deref(),
                (FOLLOW, json!({ "of": of })),
                None,
            )
            .await
            .unwrap_or_else(|answer| panic!("{}", answer.text));
            tokio::time::sleep(Duration::from_millis(500)).await;
            leaves.signal("TERM");
            let told = Instant::now();
            assert_eq!(
                stream.end().await,
                Told::Cut("1001 the server is going away".to_owned())
            );
            // It takes requests for a second more, and says meanwhile that it should be sent none.
            assert_eq!(copy.send("GET", "/readyz", &[], "").await.status, 503);
            assert_eq!(
                copy.send("GET", "/livez", &[], "")
                    .await
                    .header("connection"),
                "close"
            );
            let mut booked = Vec::new();
            for calls in working {
                let calls = calls.await.unwrap();
                assert_eq!(calls.failed, Vec::<String>::new());
                booked.extend(calls.booked);
            }
            assert!(leaves.ended().await.success());
            assert!(told.elapsed() < EXIT, "{:?}", told.elapsed());
            assert!(booked.len() > 4, "{}", booked.len());
            let (at, mut seen) = following.await.unwrap();
            let due: BTreeSet<String> = booked.into_iter().collect();
            cursor = at;
            follow(&bo.at(&elsewhere), &of, &mut cursor, &mut seen, true).await;
            let once: BTreeSet<String> = seen.iter().cloned().collect();
            assert_eq!((seen.len(), &once), (due.len(), &due));
        }
    });
}
