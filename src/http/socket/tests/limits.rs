use std::time::Duration;

use futures_util::SinkExt;
use serde_json::json;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use super::{
    super::limits::{Pace, Registry},
    Client, Server, Settings, calm, until,
};

const SPOKEN: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

#[tokio::test]
async fn a_message_at_the_limit_passes() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    let empty = json!({"type": "pong", "payload": {"a": ""}}).to_string();
    let filler = "x".repeat(64 * 1024 - empty.len());
    let full = json!({"type": "pong", "payload": {"a": filler}}).to_string();
    assert_eq!(full.len(), 64 * 1024);
    client.text(&full).await;
    client.is_alive().await;
}

#[tokio::test]
async fn a_message_over_the_limit_closes_1009() {
    let server = Server::start().await;
    for size in [64 * 1024 + 1, 1 << 20] {
        let mut client = server.ready().await;
        client.text(&"x".repeat(size)).await;
        assert_eq!(client.close_code().await, 1009, "{size}");
    }
}

#[tokio::test]
async fn a_frame_that_only_announces_too_much_closes_1009() {
    let server = Server::start().await;
    for size in [64 * 1024 + 1, 64 << 20, u64::MAX >> 1] {
        let mut client = server.ready().await;
        // A text frame, 8-byte length, all-zero mask, and no payload at all.
        let header = [&[0x81, 0xff][..], &size.to_be_bytes(), &[0; 4]].concat();
        client.raw(&header).await;
        assert_eq!(client.close_code().await, 1009, "{size}");
    }
}

#[tokio::test]
async fn fragments_that_add_up_over_the_limit_close_1009() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    let mut fragment = vec![0x01, 0xfe, 0x40, 0, 0, 0, 0, 0];
    fragment.extend([b'x'; 0x4000]);
    for _ in 0..5 {
        client.raw(&fragment).await;
        fragment[0] = 0x00;
    }
    assert_eq!(client.close_code().await, 1009);
}

#[tokio::test]
async fn a_message_in_frames_without_end_that_say_nothing_closes_1009() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    // The beginning of a text, and then parts of it that are empty.
    client.raw(&[0x01, 0x81, 0, 0, 0, 0, b'x']).await;
    let empty = [0x00, 0x80, 0, 0, 0, 0].repeat(1024);
    // Within what a message may be made of, nothing is wrong with that.
    for _ in 0..10 {
        client.raw(&empty).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.sockets.count(), 1);
    for _ in 0..30 {
        client.raw(&empty).await;
        // A ping between them makes the message no more whole.
        client.raw(&[0x89, 0x80, 0, 0, 0, 0]).await;
    }
    assert_eq!(client.close_code().await, 1009);
}

#[tokio::test]
async fn a_flood_of_messages_closes_1008_and_others_are_served() {
    let server = Server::start().await;
    let mut other = server.ready().await;
    let frames = [
        Message::text(r#"{"type":"pong"}"#),
        Message::Ping("x".into()),
    ];
    for frame in frames {
        let mut client = server.ready().await;
        for _ in 0..500 {
            client.socket.feed(frame.clone()).await.expect("is queued");
        }
        client.socket.flush().await.expect("is sent");
        assert_eq!(client.close_code().await, 1008);
    }
    other.is_alive().await;
}

#[tokio::test]
async fn a_flood_before_init_closes_1008() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for _ in 0..500 {
        let ping = Message::text(r#"{"type":"ping"}"#);
        client.socket.feed(ping).await.expect("is queued");
    }
    client.socket.flush().await.expect("is sent");
    assert_eq!(client.close_code().await, 1008);
}

#[tokio::test]
async fn one_socket_too_many_of_an_owner_closes_1013() {
    let server = Server::with(Settings {
        sockets_per_owner: 2,
        ..calm()
    })
    .await;
    let mine = json!({"owner": 1});
    let first = server.ready_as(mine.clone()).await;
    let mut second = server.ready_as(mine.clone()).await;
    let mut third = server.connect().await;
    third.init(mine.clone()).await;
    let (code, reason) = third.only_close_frame().await;
    assert_eq!((code, reason.as_str()), (1013, "too many sockets"));

    // Others, and the anonymous, are not counted with them.
    server.ready_as(json!({"owner": 2})).await;
    for _ in 0..3 {
        server.ready().await;
    }
    drop(first);
    until(|| server.sockets.count() == 1).await;
    server.ready_as(mine).await;
    second.is_alive().await;
}

#[tokio::test]
async fn a_full_server_refuses_the_upgrade() {
    let server = Server::with(Settings {
        sockets_total: 2,
        ..calm()
    })
    .await;
    let first = server.connect().await;
    let _second = server.connect().await;
    let refused = Client::offering(server.address, &[SPOKEN]).await;
    assert_eq!(refused.err(), Some(503));
    drop(first);
    until(|| server.sockets.count() == 1).await;
    server.connect().await;
}

#[test]
fn a_ticket_gives_back_what_it_took() {
    let registry = Registry::new(10, 1);
    let mut one = registry.enter().expect("has room");
    let mut two = registry.enter().expect("has room");
    assert!(one.claim(1));
    assert!(!two.claim(1));
    assert!(two.claim(2));
    assert_eq!(registry.count(), 2);
    drop(one);
    let mut three = registry.enter().expect("has room");
    assert!(three.claim(1));
    drop((two, three));
    assert_eq!(registry.count(), 0);
}

#[test]
fn a_pace_allows_its_burst_and_then_its_rate() {
    let start = Instant::now();
    let mut pace = Pace::new(20, 40, start);
    assert_eq!((0..100).filter(|_| pace.take(start)).count(), 40);
    let later = start + Duration::from_secs(1);
    assert_eq!((0..100).filter(|_| pace.take(later)).count(), 20);
    let much_later = start + Duration::from_secs(60);
    assert_eq!((0..100).filter(|_| pace.take(much_later)).count(), 40);
}
