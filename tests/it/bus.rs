//! The bell between copies when Redis is hurt: nothing is lost, nothing is late, and it rings again by itself.

use crate::support::documents::{BOOK, FOLLOW};
use crate::support::{App, Backend, Copy, Live, Person, Redis, run_with};
use chrono::TimeDelta;
use redis::{Client, TlsCertificates};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The promise without Redis is a second; what a busy machine adds is granted.
const LATE: Duration = Duration::from_secs(3);

/// Whether anybody listens to this stream at Redis.
async fn is_heard(client: &Client, stream: &str) -> bool {
    let asked = async {
        let mut connection = client.get_multiplexed_async_connection().await?;
        let mut ask = redis::cmd("PUBSUB");
        ask.arg("NUMSUB").arg(stream);
        let (_, count): (String, i64) = ask.query_async(&mut connection).await?;
        redis::RedisResult::Ok(count > 0)
    };
    asked.await.unwrap_or(false)
}

async fn until_heard(client: &Client, stream: &str) {
    for _ in 0..300 {
        if is_heard(client, stream).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{stream} is listened to");
}

/// A booking a time, and what the follower elsewhere is told of it.
struct Visits<'a> {
    app: &'a App,
    person: &'a Person,
    input: Value,
    live: Live,
    number: i64,
}

impl Visits<'_> {
    async fn one_more_arrives(&mut self, when: &str) {
        self.number += 1;
        let at = self.app.day_after_tomorrow(0) + TimeDelta::minutes(30 * self.number);
        let mut input = self.input.clone();
        input["startsAt"] = json!(at);
        let answer = self.person.data(BOOK, json!({ "input": input })).await;
        let answered = Instant::now();
        let change = self.live.next().await;
        assert_eq!(
            change["appointment"]["id"], answer["bookAppointment"]["appointment"]["id"],
            "{when}"
        );
        assert!(
            answered.elapsed() < LATE,
            "{when}: after {:?}",
            answered.elapsed()
        );
    }
}

#[test]
fn whatever_happens_to_redis_copies_hear_of_each_other_and_listen_again() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut redis = runtime.block_on(Redis::start());
    let url = redis.url("redis");
    run_with(
        Backend::Postgres,
        &[("redis.url", &url.clone())],
        |app| async move {
            let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
            let visit_type = app.visit_type(10).await;
            let elsewhere = app.copy_with(&[("redis.url", &url)]).await;
            let of = json!({ "of": { "doctor": bo.id }, "after": "now" });
            let mut live = bo.at(&elsewhere).subscribe(FOLLOW, of).await;
            live.next().await;
            let input =
                json!({ "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type });
            let mut visits = Visits {
                app: &app,
                person: &ana,
                input,
                live,
                number: 0,
            };
            let stream = format!("doctor:{}", bo.row.0.simple());
            let client = Client::open(url.as_str()).unwrap();
            until_heard(&client, &stream).await;
            visits.one_more_arrives("with Redis").await;
            assert_eq!(app.state().db.meter().bells_lost.get(), 0);

            let mut connection = client.get_multiplexed_async_connection().await.unwrap();
            let mut kill = redis::cmd("CLIENT");
            let _: i64 = kill
                .arg("KILL")
                .arg("TYPE")
                .arg("pubsub")
                .query_async(&mut connection)
                .await
                .unwrap();
            visits.one_more_arrives("its listeners cut off").await;
            until_heard(&client, &stream).await;

            redis.kill();
            visits.one_more_arrives("killed").await;
            redis.begin().await;
            visits
                .one_more_arrives("restarted with nothing in it")
                .await;
            until_heard(&client, &stream).await;

            redis.signal("STOP");
            for _ in 0..3 {
                visits.one_more_arrives("held up").await;
                tokio::time::sleep(Duration::from_secs(3)).await;
            }
            // Seven seconds without a sign of life are enough to be given up.
            assert_eq!(elsewhere.state.db.meter().bus.get(), 0);
            redis.signal("CONT");
            until_heard(&client, &stream).await;
            visits.one_more_arrives("going on").await;
            visits.live.is_silent_for(Duration::from_millis(600)).await;
        },
    );
}

/// A certificate for this machine that signs itself, and its key.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// Whether this copy comes to listen.
async fn listens(copy: &Copy) -> bool {
    for _ in 0..60 {
        if copy.state.db.meter().bus.get() == 1 {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[test]
fn with_tls_the_bell_rings_for_a_redis_that_proves_who_it_is_and_for_no_other() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (roots, key) = certificate();
    let redis = runtime.block_on(Redis::with_tls(&roots, &key));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (known, stranger) = (
        file("roots.pem", &roots),
        file("stranger.pem", &certificate().0),
    );
    let url = redis.url("rediss");
    let changed = [("redis.url", &*url), ("redis.roots", &*known)];
    run_with(Backend::Postgres, &changed, |app| {
        let (known, stranger, url) = (known.clone(), stranger.clone(), url.clone());
        async move {
            let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
            let visit_type = app.visit_type(10).await;
            let elsewhere = app
                .copy_with(&[("redis.url", &url), ("redis.roots", &known)])
                .await;
            assert!(listens(&app.copy).await && listens(&elsewhere).await);
            let of = json!({ "of": { "doctor": bo.id }, "after": "now" });
            let mut live = bo.at(&elsewhere).subscribe(FOLLOW, of).await;
            live.next().await;
            let roots = TlsCertificates {
                client_tls: None,
                root_cert: Some(std::fs::read(&known).unwrap()),
            };
            let client = Client::build_with_tls(url.as_str(), roots).unwrap();
            until_heard(&client, &format!("doctor:{}", bo.row.0.simple())).await;
            let input =
                json!({ "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type });
            let mut visits = Visits {
                app: &app,
                person: &ana,
                input,
                live,
                number: 0,
            };
            visits.one_more_arrives("over TLS").await;
            assert_eq!(app.state().db.meter().bells_lost.get(), 0);

            let deceived = app
                .copy_with(&[("redis.url", &url), ("redis.roots", &stranger)])
                .await;
            assert!(!listens(&deceived).await);
            let plain = app
                .copy_with(&[("redis.url", &url.replace("rediss", "redis"))])
                .await;
            assert!(!listens(&plain).await);
        }
    });
}
