use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use super::{Server, Settings, calm, soon, until};

#[tokio::test]
async fn init_is_acknowledged() {
    let server = Server::start().await;
    server.ready().await;
}

#[tokio::test]
async fn init_without_a_payload_is_acknowledged() {
    let server = Server::start().await;
    for message in [
        r#"{"type":"connection_init"}"#,
        r#"{"type":"connection_init","payload":null}"#,
    ] {
        let mut client = server.connect().await;
        client.text(message).await;
        assert_eq!(client.message().await, json!({"type": "connection_ack"}));
    }
}

#[tokio::test]
async fn no_init_in_time_closes_4408() {
    let server = Server::with(Settings {
        init_timeout: Duration::from_millis(50),
        ..calm()
    })
    .await;
    assert_eq!(server.connect().await.close_code().await, 4408);
}

#[tokio::test]
async fn an_init_that_is_never_decided_closes_4408() {
    let server = Server::with(Settings {
        init_timeout: Duration::from_millis(50),
        ..calm()
    })
    .await;
    let mut client = server.connect().await;
    client.init(json!({"slow": true})).await;
    assert_eq!(client.close_code().await, 4408);
}

#[tokio::test]
async fn subscribe_before_the_acknowledgement_closes_4401() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.subscribe("1", "echo").await;
    assert_eq!(client.only_close_frame().await.0, 4401);

    let mut client = server.connect().await;
    client.init(json!({"slow": true})).await;
    client.subscribe("1", "echo").await;
    assert_eq!(client.only_close_frame().await.0, 4401);
}

#[tokio::test]
async fn a_second_init_closes_4429() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client.init(json!({})).await;
    assert_eq!(client.close_code().await, 4429);

    let mut client = server.connect().await;
    client.init(json!({"slow": true})).await;
    client.init(json!({})).await;
    assert_eq!(client.close_code().await, 4429);
}

#[tokio::test]
async fn malformed_messages_close_4400_and_are_not_echoed() {
    let server = Server::start().await;
    let long_id = format!(
        r#"{{"type":"subscribe","id":"{}","payload":{{"query":"echo"}}}}"#,
        "canary".repeat(30)
    );
    let deep = format!(
        r#"{{"type":"ping","payload":{{"a":{}{}}}}}"#,
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let messages = [
        "",
        "canary",
        r#"{"type":"#,
        r#"{"id":"1"}"#,
        r#"{"type":"canary"}"#,
        r#"{"type":1}"#,
        r#"{"type":"start","id":"1"}"#,
        r#"{"type":"next","id":"1","payload":{}}"#,
        r#"{"type":"connection_ack"}"#,
        "[]",
        r#"["ping"]"#,
        r#""subscribe""#,
        "null",
        r#"{"type":"subscribe","payload":{"query":"echo"}}"#,
        r#"{"type":"subscribe","id":"","payload":{"query":"echo"}}"#,
        r#"{"type":"subscribe","id":7,"payload":{"query":"echo"}}"#,
        r#"{"type":"subscribe","id":"1"}"#,
        r#"{"type":"subscribe","id":"1","payload":{}}"#,
        r#"{"type":"subscribe","id":"1","payload":"canary"}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"echo","variables":"canary"}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"echo","operationName":1}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"echo","extensions":[]}}"#,
        r#"{"type":"complete"}"#,
        r#"{"type":"ping","payload":"canary"}"#,
        r#"{"type":"pong","payload":0}"#,
        &long_id,
        &deep,
    ];
    for message in messages {
        let mut client = server.ready().await;
        client.text(message).await;
        let (code, reason) = client.close_frame().await;
        assert_eq!(code, 4400, "{message}");
        assert!(reason.len() <= 123, "{reason}");
        assert!(!reason.contains("canary"), "{reason}");
    }
}

#[tokio::test]
async fn an_init_with_a_malformed_payload_closes_4400() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.init(json!("token")).await;
    assert_eq!(client.close_code().await, 4400);
}

#[tokio::test]
async fn a_binary_message_closes_4400() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    let binary = Message::binary(r#"{"type":"ping"}"#);
    client.socket.send(binary).await.expect("is sent");
    assert_eq!(client.close_code().await, 4400);
}

#[tokio::test]
async fn ping_is_answered_before_and_after_init() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let pong = json!({"type": "pong"});
    client
        .send(json!({"type": "ping", "payload": {"token": "bad"}}))
        .await;
    assert_eq!(client.message().await, pong);
    client.init(json!({})).await;
    client.message().await;
    client.send(json!({"type": "ping"})).await;
    assert_eq!(client.message().await, pong);
    client
        .send(json!({"type": "ping", "payload": {"note": "hello"}}))
        .await;
    assert_eq!(client.message().await, pong);
}

#[tokio::test]
async fn a_pong_nobody_asked_for_is_let_be() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client
        .send(json!({"type": "pong", "payload": {"a": 1}}))
        .await;
    client.is_alive().await;
}

#[tokio::test]
async fn a_ping_of_the_websocket_layer_is_answered() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    let ping = Message::Ping("abc".into());
    client.socket.send(ping).await.expect("is sent");
    let pong = soon(client.socket.next()).await;
    assert_eq!(
        pong.expect("open").expect("sound"),
        Message::Pong("abc".into())
    );
}

#[tokio::test]
async fn text_that_is_not_utf8_closes_1007() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    // A final text frame of two bytes under an all-zero mask.
    client.raw(&[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]).await;
    assert_eq!(client.close_code().await, 1007);
}

#[tokio::test]
async fn broken_frames_close_1002() {
    let server = Server::start().await;
    let unmasked: &[u8] = &[0x81, 0x01, b'x'];
    let reserved_bit: &[u8] = &[0xc1, 0x81, 0, 0, 0, 0, b'x'];
    let lone_continuation: &[u8] = &[0x80, 0x81, 0, 0, 0, 0, b'x'];
    for frame in [unmasked, reserved_bit, lone_continuation] {
        let mut client = server.ready().await;
        client.raw(frame).await;
        assert_eq!(client.close_code().await, 1002, "{frame:?}");
    }
}

#[tokio::test]
async fn a_client_that_closes_gets_its_own_code_back() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client.subscribe("1", "events").await;
    until(|| server.toy.running() == 1).await;
    let frame = CloseFrame {
        code: 1000.into(),
        reason: "Normal Closure".into(),
    };
    client.socket.close(Some(frame)).await.expect("is sent");
    assert_eq!(client.close_code().await, 1000);
    until(|| server.toy.running() == 0 && server.sockets.count() == 0).await;
}

#[tokio::test]
async fn a_client_that_vanishes_leaves_nothing_behind() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client.subscribe("1", "events").await;
    until(|| server.toy.running() == 1).await;
    drop(client);
    until(|| server.toy.running() == 0 && server.sockets.count() == 0).await;
}
