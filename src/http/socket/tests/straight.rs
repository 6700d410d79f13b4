use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{Client, PATIENCE, Server, Settings, calm, soon, until};

async fn follows(server: &Server, client: &mut Client, id: &str) {
    let there_were = server.toy.running();
    client.subscribe(id, "straight").await;
    until(|| server.toy.running() == there_were + 1).await;
}

fn value(message: &Value) -> (&str, i64) {
    let value = message["payload"]["data"]["v"].as_i64();
    (
        message["id"].as_str().expect("has an id"),
        value.unwrap_or_else(|| panic!("not {message}")),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_straight_and_what_comes_by_the_stream_is_all_there_and_in_order() {
    const MANY: i64 = 10_000;
    let server = Server::with(Settings {
        messages_per_second: 1_000_000,
        message_burst: 1_000_000,
        ..calm()
    })
    .await;
    let mut client = server.ready().await;
    follows(&server, &mut client, "s").await;
    let toy = server.toy.clone();
    toy.ponders(Duration::from_micros(50));
    let telling = tokio::spawn(async move {
        let mut straight = 0;
        // One by the stream, then one, two and three at once.
        for n in (0..MANY).step_by(7) {
            toy.tells_by_the_stream(n);
            // The next are told as soon as this is fetched, and before it is sent.
            while !toy.has_fetched_all() {
                tokio::task::yield_now().await;
            }
            for some in [n + 1..n + 2, n + 2..n + 4, n + 4..n + 7] {
                let values: Vec<i64> = some.filter(|it| *it < MANY).collect();
                let many = i64::try_from(values.len()).expect("few");
                straight += many * i64::from(toy.tells_at_once(&values));
            }
        }
        straight
    });
    for n in 0..MANY {
        if n % 50 == 0 {
            client.send(json!({"type": "pong"})).await;
        }
        assert_eq!(value(&client.message().await), ("s", n));
    }
    let straight = telling.await.expect("tells");
    assert!((1..MANY).contains(&straight), "{straight} went straight");
}

#[tokio::test]
async fn nothing_goes_straight_to_an_operation_that_was_completed() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    follows(&server, &mut client, "same").await;
    assert!(server.toy.tells(1));
    assert_eq!(value(&client.message().await), ("same", 1));
    client.send(json!({"type": "complete", "id": "same"})).await;
    client.is_alive().await;
    assert!(!server.toy.tells(2), "it is complete");
    follows(&server, &mut client, "same").await;
    assert!(server.toy.tells(3));
    assert_eq!(value(&client.message().await), ("same", 3));
}

#[tokio::test]
async fn nothing_goes_straight_to_a_socket_that_has_ended() {
    let server = Server::start().await;
    let mut client = server.ready_as(json!({"name": "gone"})).await;
    follows(&server, &mut client, "s").await;
    server.toy.revoke("gone");
    assert_eq!(client.only_close_frame().await.0, 4403);
    assert!(!server.toy.tells(1));
}

#[tokio::test]
async fn who_was_told_straight_is_asked_soon_whether_they_read() {
    let server = Server::with(Settings {
        probe_after: Duration::from_secs(5),
        ..calm()
    })
    .await;
    let mut client = server.ready().await;
    follows(&server, &mut client, "s").await;
    assert!(server.toy.tells(1));
    assert_eq!(value(&client.message().await), ("s", 1));
    let ping = soon(client.socket.next()).await;
    assert!(matches!(ping, Some(Ok(Message::Ping(_)))), "{ping:?}");
}

#[tokio::test]
async fn who_stops_reading_what_comes_straight_is_dropped_and_held_up_by_nobody() {
    let server = Server::with(Settings {
        send_timeout: Duration::from_millis(300),
        probe_after: PATIENCE,
        ..calm()
    })
    .await;
    let mut stalled = server.ready().await;
    follows(&server, &mut stalled, "s").await;
    // Until the system holds no more of it for them.
    until(|| (0..50).filter(|_| server.toy.tells_much()).count() == 0).await;
    until(|| server.sockets.count() == 0).await;
    // Whatever of it is read is whole, and no close frame could be sent any more.
    let end = loop {
        match soon(stalled.socket.next()).await {
            Some(Ok(Message::Text(text))) => assert!(text.ends_with('}')),
            end => break end,
        }
    };
    assert!(!matches!(end, Some(Ok(_))), "{end:?}");
}
