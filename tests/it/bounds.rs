//! Who does not read is let go of, soon and whatever the others do; who reads gets everything meanwhile.

use crate::support::documents::{BOOK, FOLLOW};
use crate::support::{App, Events, Patient, Person};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// How many sockets do not read.
const STALLED: i64 = 100;
/// Until when they are gone, and what a busy machine may add.
const GONE: Duration = Duration::from_secs(15 + 5);

/// Books the visit of this number; its id.
async fn book(app: &App, patient: &Patient, doctor: &str, visit_type: &str, number: i64) -> Value {
    let at = app.day_after_tomorrow(0) + TimeDelta::minutes(10 * number);
    let input = json!({ "input": {
        "patientId": patient.id, "doctorId": doctor, "visitTypeId": visit_type, "startsAt": at,
    } });
    let booked = patient.data(BOOK, input).await;
    booked["bookAppointment"]["appointment"]["id"].clone()
}

/// A stream of events that nobody reads from.
async fn unread(person: &Person, document: &str, variables: &Value) -> TcpStream {
    let address = &person.copy.address;
    let token = person.token.as_deref().unwrap();
    let body = json!({ "query": document, "variables": variables }).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Accept: text/event-stream\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

on_both! {
    async fn a_hundred_readers_that_stop_are_gone_in_fifteen_seconds_and_the_one_who_reads_misses_nothing(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(10).await;
        let of = json!({ "of": { "doctor": bo.id }, "after": "now" });
        let mut stalled = Vec::new();
        for _ in 0..STALLED {
            stalled.push(bo.subscribe(FOLLOW, of.clone()).await);
        }
        let mut reads = bo.subscribe(FOLLOW, of).await;
        reads.next().await;
        let meter = app.state().db.meter().clone();
        let begun = Instant::now();
        let mut number = 0;
        while meter.sockets.get() > 1 {
            assert!(begun.elapsed() < GONE, "{} are open", meter.sockets.get());
            let booked = book(&app, &ana, &bo.id, &visit_type, number).await;
            number += 1;
            assert_eq!(reads.next().await["appointment"]["id"], booked);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let ends: Vec<_> = meter.ends.counts().filter(|(_, count)| *count > 0).collect();
        assert_eq!(ends, [("silent", 100)]);
        drop(stalled);
    }
    async fn a_stream_that_nobody_reads_is_cut_off_and_its_neighbour_misses_nothing(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(10).await;
        let of = json!({ "of": { "doctor": bo.id }, "after": "now" });
        // Each event is large, so that what lies between is full soon.
        let wide: String = (0..100).map(|number| format!(" {}{number}: kind", "a".repeat(120))).collect();
        let document = FOLLOW.replace("cursor kind", &format!("cursor kind{wide}"));
        let stalled = unread(&bo, &document, &of).await;
        let reads = Events::open(&app.copy, bo.token.as_deref(), (&document, of), None).await;
        let mut reads = reads.unwrap_or_else(|answer| panic!("{}", answer.text));
        assert_eq!(reads.next().await.message()["__typename"], "CaughtUp");
        let meter = app.state().db.meter().clone();
        for number in 0..80 {
            let booked = book(&app, &ana, &bo.id, &visit_type, number).await;
            assert_eq!(reads.next().await.message()["appointment"]["id"], booked);
        }
        let full = Instant::now();
        while meter.streams.get() > 1 {
            assert!(full.elapsed() < GONE, "{} are open", meter.streams.get());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(meter.stalled.get(), 1);
        let booked = book(&app, &ana, &bo.id, &visit_type, 80).await;
        assert_eq!(reads.next().await.message()["appointment"]["id"], booked);
        drop(stalled);
    }
}
