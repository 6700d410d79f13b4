//! The bell when Redis is watched by sentinels: it rings wherever they say the server is by now.

use crate::support::documents::{BOOK, FOLLOW};
use crate::support::{Backend, Redis, run_with};
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use redis::Client;
use redis::aio::PubSub;
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// A server with two replicas, all behind a password, and three sentinels behind another.
struct Watch {
    servers: Vec<Redis>,
    sentinels: Vec<Redis>,
}

impl Watch {
    async fn begin() -> Self {
        // A server that cannot be told to follow goes on to take itself for the first, as one does that is cut off from its
        // sentinels; and it must not be chosen again.
        let first = "--requirepass open --masterauth open --replica-priority 0 \
                     --rename-command SLAVEOF nobody --rename-command REPLICAOF nothing";
        let first = Redis::with(first).await;
        let port = first.port();
        let second = format!("--requirepass open --masterauth open --replicaof 127.0.0.1 {port}");
        let servers = vec![
            first,
            Redis::with(&second).await,
            Redis::with(&second).await,
        ];
        for server in &servers[1..] {
            until(|| async { said(server, "open", &["ROLE"]).await.contains("connected") }).await;
        }
        let lines = format!(
            "requirepass watch\n\
             sentinel sentinel-pass watch\n\
             sentinel monitor clinic 127.0.0.1 {port} 2\n\
             sentinel auth-pass clinic open\n\
             sentinel down-after-milliseconds clinic 1000\n\
             sentinel failover-timeout clinic 4000\n"
        );
        let mut sentinels = Vec::new();
        for _ in 0..3 {
            sentinels.push(Redis::sentinel(&lines).await);
        }
        for sentinel in &sentinels {
            // Each knows the replicas and the two others.
            until(|| async { counts(sentinel).await == Some((2, 2)) }).await;
        }
        Self { servers, sentinels }
    }

    fn url(&self) -> String {
        let ports = self
            .sentinels
            .iter()
            .map(|one| format!("127.0.0.1:{}", one.port()));
        let places = ports.collect::<Vec<_>>().join(",");
        format!("redis+sentinel://:open@{places}/clinic?sentinel_password=watch")
    }

    /// The number of the server that the last sentinel names.
    async fn named(&self) -> Option<usize> {
        let mut connection = connection(&self.sentinels[2], "watch").await?;
        let mut ask = redis::cmd("SENTINEL");
        ask.arg("GET-MASTER-ADDR-BY-NAME").arg("clinic");
        let (_, port): (String, u16) = ask.query_async(&mut connection).await.ok()?;
        self.servers.iter().position(|server| server.port() == port)
    }

    /// Waits until the other server, which is to be chosen next, follows this one.
    async fn until_followed(&self, leader: usize, other: usize) {
        let leads = format!("int({})", self.servers[leader].port());
        let role = || said(&self.servers[other], "open", &["ROLE"]);
        let follows = || async {
            let role = role().await;
            role.contains(&leads) && role.contains("connected")
        };
        until(follows).await;
    }

    /// Waits until both copies, and whoever follows this stream, listen at a server other than this one, and says at which.
    async fn until_moved_from(&self, old: usize, stream: &str) -> usize {
        let mut new = old;
        // On a busy machine a sentinel finds its own clock odd, and does nothing for half a minute (Redis documentation, "TILT mode").
        for _ in 0..1_200 {
            sleep(Duration::from_millis(100)).await;
            let Some(named) = self.named().await.filter(|named| *named != old) else {
                continue;
            };
            new = named;
            // Each copy listens to `quiet`, and only one has a follower.
            let ask = ["PUBSUB", "NUMSUB", "quiet", stream];
            let heard = said(&self.servers[new], "open", &ask).await;
            if heard.contains("int(2)") && heard.contains("int(1)") {
                return new;
            }
        }
        panic!("nobody listens to {stream} at server {new}, after {old}");
    }
}

/// What is rung for this stream at this server.
async fn bells(server: &Redis, stream: &str) -> PubSub {
    let url = format!("redis://:open@127.0.0.1:{}", server.port());
    let client = Client::open(url).unwrap();
    let mut bells = client.get_async_pubsub().await.unwrap();
    bells.subscribe(stream).await.unwrap();
    bells
}

async fn is_rung(mut bells: PubSub) -> bool {
    let bell = timeout(Duration::from_secs(10), bells.on_message().next()).await;
    bell.is_ok_and(|bell| bell.is_some())
}

async fn connection(redis: &Redis, password: &str) -> Option<redis::aio::MultiplexedConnection> {
    let url = format!("redis://:{password}@127.0.0.1:{}", redis.port());
    let client = Client::open(url).unwrap();
    client.get_multiplexed_async_connection().await.ok()
}

/// What it answers, as text; nothing when it does not.
async fn said(redis: &Redis, password: &str, words: &[&str]) -> String {
    let asked = async {
        let mut connection = connection(redis, password).await?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        let answer: redis::Value = command.query_async(&mut connection).await.ok()?;
        Some(format!("{answer:?}"))
    };
    asked.await.unwrap_or_default()
}

/// How many replicas and other sentinels this one knows of.
async fn counts(sentinel: &Redis) -> Option<(u32, u32)> {
    let mut connection = connection(sentinel, "watch").await?;
    let mut ask = redis::cmd("SENTINEL");
    ask.arg("MASTER").arg("clinic");
    let known: HashMap<String, String> = ask.query_async(&mut connection).await.ok()?;
    let number = |name: &str| known.get(name)?.parse().ok();
    Some((number("num-slaves")?, number("num-other-sentinels")?))
}

async fn until<F: Future<Output = bool>>(holds: impl Fn() -> F) {
    for _ in 0..600 {
        if holds().await {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("the sentinels and their servers find each other");
}

#[test]
fn when_the_sentinels_name_another_server_the_bell_rings_there() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut watch = runtime.block_on(Watch::begin());
    let url = watch.url();
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
            let stream = format!("doctor:{}", bo.row.0.simple());
            let mut number = 0;
            let mut next = async |when: &str| {
                number += 1;
                let at = app.day_after_tomorrow(0) + TimeDelta::minutes(30 * number);
                let input = json!({ "patientId": ana.id, "doctorId": bo.id,
                "visitTypeId": visit_type, "startsAt": at });
                let answer = ana.data(BOOK, json!({ "input": input })).await;
                let told = live.next().await;
                let booked = &answer["bookAppointment"]["appointment"]["id"];
                assert_eq!(told["appointment"]["id"], *booked, "{when}");
            };
            next("with the first server").await;
            assert_eq!(watch.named().await, Some(0));

            // The first goes on to answer whoever is still with it.
            let failover = ["SENTINEL", "FAILOVER", "clinic"];
            until(|| async {
                let answer = said(&watch.sentinels[2], "watch", &failover).await;
                !answer.is_empty()
            })
            .await;
            next("while the sentinels choose").await;
            let second = watch.until_moved_from(0, &stream).await;
            let rung = bells(&watch.servers[second], &stream).await;
            next("with the second server").await;
            assert!(is_rung(rung).await, "the sender has moved too");

            watch.until_followed(second, 3 - second).await;
            // A sentinel that hangs is the first to be asked.
            watch.sentinels[0].signal("STOP");
            watch.servers[second].kill();
            next("killed").await;
            let third = watch.until_moved_from(second, &stream).await;
            let rung = bells(&watch.servers[third], &stream).await;
            next("with the third server").await;
            assert!(is_rung(rung).await, "the sender has found its way");
            watch.sentinels[0].signal("CONT");
        },
    );
}
