use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{Server, Settings, calm, listener, patient, soon, until};

#[tokio::test]
async fn a_reader_that_stops_is_dropped_and_others_are_served() {
    let server = Server::with(Settings {
        send_timeout: Duration::from_millis(300),
        ..calm()
    })
    .await;
    let mut other = server.ready().await;
    other.subscribe("e", "events").await;
    let mut stalled = server.ready().await;
    stalled.subscribe("f", "flood").await;
    until(|| server.toy.running() == 2).await;
    server.toy.fire();
    assert_eq!(other.message().await["id"], "e");
    until(|| server.sockets.count() == 1 && server.toy.running() == 1).await;
    server.toy.fire();
    assert_eq!(other.message().await["id"], "e");

    // What had been sent may still be read, a close frame could not be sent any more.
    let end = loop {
        match soon(stalled.socket.next()).await {
            Some(Ok(Message::Text(_))) => {}
            end => break end,
        }
    };
    assert!(!matches!(end, Some(Ok(_))), "{end:?}");
}

#[tokio::test]
async fn a_reader_that_stops_is_dropped_by_the_connection_too() {
    let server = Server::with_both(
        calm(),
        listener::Settings {
            write_timeout: Duration::from_millis(300),
            ..patient()
        },
    )
    .await;
    let mut stalled = server.ready().await;
    stalled.subscribe("f", "flood").await;
    until(|| server.toy.running() == 1).await;
    until(|| server.sockets.count() == 0).await;
}

#[tokio::test]
async fn a_reader_that_stops_is_closed_at_revocation_without_waiting_for_it() {
    let server = Server::start().await;
    let mut stalled = server.ready_as(json!({"name": "gone"})).await;
    stalled.subscribe("f", "flood").await;
    until(|| server.toy.running() == 1).await;
    server.toy.revoke("gone");
    until(|| server.toy.running() == 0 && server.sockets.count() == 0).await;
}

#[tokio::test]
async fn a_reader_that_pauses_within_the_limit_gets_everything() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client.subscribe("f", "flood").await;
    until(|| server.toy.running() == 1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    for _ in 0..2_000 {
        assert_eq!(client.message().await["id"], "f");
    }
}

#[tokio::test]
async fn a_silent_peer_is_pinged_and_then_closed() {
    let server = Server::with(Settings {
        ping_every: Duration::from_millis(300),
        silence_limit: Duration::from_secs(1),
        ..calm()
    })
    .await;
    // A client that is not polled answers no ping.
    let mut client = server.ready().await;
    until(|| server.sockets.count() == 0).await;
    let mut pings = 0;
    let close = loop {
        match soon(client.socket.next()).await {
            Some(Ok(Message::Ping(_))) => pings += 1,
            Some(Ok(Message::Close(Some(frame)))) => break frame,
            other => panic!("pings and a close frame were due, not {other:?}"),
        }
    };
    assert_eq!(u16::from(close.code), 1001);
    assert!(pings >= 1);
}

#[tokio::test]
async fn a_peer_that_only_answers_pings_is_kept() {
    let server = Server::with(Settings {
        ping_every: Duration::from_millis(50),
        silence_limit: Duration::from_secs(2),
        ..calm()
    })
    .await;
    let mut client = server.ready().await;
    let quiet = tokio::time::sleep(Duration::from_secs(3));
    tokio::select! {
        () = quiet => {}
        // Reading is what answers the pings.
        () = async { while let Some(Ok(Message::Ping(_))) = client.socket.next().await {} } => {
            panic!("something other than a ping came");
        }
    }
    client.is_alive().await;
}

#[tokio::test]
async fn pings_cost_an_honest_peer_nothing_of_its_pace() {
    let server = Server::with(Settings {
        ping_every: Duration::from_millis(100),
        ..calm()
    })
    .await;
    let mut client = server.ready().await;
    for _ in 0..10 {
        let ping = soon(client.socket.next()).await;
        assert!(matches!(ping, Some(Ok(Message::Ping(_)))), "{ping:?}");
    }
    client.is_alive().await;
}
