//! The bell over a Redis Cluster: copies at different nodes hear each other.

use crate::support::documents::{BOOK, FOLLOW};
use crate::support::{Backend, Redis, free_port, run_with};
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use redis::{Client, cmd};
use serde_json::json;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How many hash slots a cluster divides among its nodes (Redis cluster specification).
const SLOTS: u32 = 16384;

/// Two nodes that share the slots, and know each other.
async fn cluster() -> [Redis; 2] {
    let buses = [free_port(), free_port()];
    let settings = |bus: u16| format!("--cluster-enabled yes --cluster-port {bus}");
    let nodes = [
        Redis::with(&settings(buses[0])).await,
        Redis::with(&settings(buses[1])).await,
    ];
    let half = SLOTS / 2;
    for (node, (from, to)) in nodes.iter().zip([(0, half - 1), (half, SLOTS - 1)]) {
        let client = Client::open(node.url("redis")).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut take = cmd("CLUSTER");
        take.arg("ADDSLOTSRANGE").arg(from).arg(to);
        let () = take.query_async(&mut connection).await.unwrap();
        let mut meet = cmd("CLUSTER");
        meet.arg("MEET")
            .arg("127.0.0.1")
            .arg(nodes[0].port())
            .arg(buses[0]);
        let () = meet.query_async(&mut connection).await.unwrap();
    }
    for node in &nodes {
        let client = Client::open(node.url("redis")).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        for turn in 0.. {
            let mut ask = cmd("CLUSTER");
            let told: String = ask.arg("INFO").query_async(&mut connection).await.unwrap();
            if told.contains("cluster_state:ok") && told.contains("cluster_known_nodes:2") {
                break;
            }
            assert!(turn < 300, "the nodes find each other: {told}");
            sleep(Duration::from_millis(100)).await;
        }
    }
    nodes
}

#[test]
fn what_is_rung_at_one_node_of_a_cluster_is_heard_at_another() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let [here, there] = runtime.block_on(cluster());
    let (here, there) = (here.url("redis"), there.url("redis"));
    run_with(
        Backend::Postgres,
        &[("redis.url", &here)],
        |app| async move {
            let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
            let visit_type = app.visit_type(10).await;
            let elsewhere = app.copy_with(&[("redis.url", &there)]).await;
            let of = json!({ "of": { "doctor": bo.id }, "after": "now" });
            let mut live = bo.at(&elsewhere).subscribe(FOLLOW, of).await;
            live.next().await;
            // Whether by the bell or by looking, the subscriber is told; the bell itself is heard here.
            let mut bells = Client::open(there.as_str())
                .unwrap()
                .get_async_pubsub()
                .await
                .unwrap();
            let stream = format!("doctor:{}", bo.row.0.simple());
            bells.subscribe(&stream).await.unwrap();
            let input = json!({ "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type,
            "startsAt": app.day_after_tomorrow(0) + TimeDelta::minutes(30) });
            let answer = ana.data(BOOK, json!({ "input": input })).await;
            let told = live.next().await;
            let booked = &answer["bookAppointment"]["appointment"]["id"];
            assert_eq!(told["appointment"]["id"], *booked);
            let bell = timeout(Duration::from_secs(10), bells.on_message().next()).await;
            assert_eq!(bell.unwrap().unwrap().get_channel_name(), stream);
        },
    );
}
