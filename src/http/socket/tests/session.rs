use std::time::Duration;

use serde_json::json;

use super::{Server, Settings, calm, soon, until};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn a_refused_session_closes_with_the_applications_code() {
    let server = Server::start().await;
    for (token, code) in [("bad", 4403), ("unknown", 1013)] {
        let mut client = server.connect().await;
        client.init(json!({ "token": token })).await;
        assert_eq!(client.only_close_frame().await.0, code);
    }
}

#[tokio::test]
async fn an_expired_session_closes_4403() {
    let server = Server::start().await;
    let mut client = server.ready_as(json!({"ms": 500})).await;
    client.subscribe("1", "events").await;
    assert_eq!(client.close_code().await, 4403);
    assert_eq!(server.toy.running(), 0);
}

#[tokio::test]
async fn a_session_expired_on_arrival_closes_4403() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.init(json!({"ms": 0})).await;
    assert_eq!(client.only_close_frame().await.0, 4403);
}

#[tokio::test]
async fn nothing_is_delivered_once_the_applications_clock_has_passed_the_end() {
    let server = Server::start().await;
    let mut client = server.ready_as(json!({"ms": HOUR.as_millis()})).await;
    client.subscribe("1", "events").await;
    until(|| server.toy.running() == 1).await;
    server.toy.skip(HOUR);
    server.toy.fire();
    let (code, reason) = client.only_close_frame().await;
    assert_eq!((code, reason.as_str()), (4403, "token expired"));
}

#[tokio::test]
async fn a_renewed_session_outlives_its_first_end_and_running_operations_see_it() {
    let server = Server::start().await;
    let first = json!({"name": "first", "owner": 7, "ms": HOUR.as_millis()});
    let mut client = server.ready_as(first).await;
    client.subscribe("1", "events").await;
    until(|| server.toy.running() == 1).await;
    server.toy.fire();
    assert_eq!(client.message().await["payload"]["data"]["v"], "first");

    let second = json!({"name": "second", "owner": 7, "ms": 3 * HOUR.as_millis()});
    client
        .send(json!({"type": "ping", "payload": second}))
        .await;
    assert_eq!(client.message().await["type"], "pong");
    server.toy.skip(HOUR);
    server.toy.fire();
    assert_eq!(client.message().await["payload"]["data"]["v"], "second");

    // The old session's end no longer matters, the new one's does.
    server.toy.revoke("first");
    client.is_alive().await;
    server.toy.revoke("second");
    assert_eq!(client.close_code().await, 4403);
}

#[tokio::test]
async fn a_renewal_that_is_refused_closes_4403() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    let ping = json!({"type": "ping", "payload": {"token": "bad"}});
    client.send(ping).await;
    assert_eq!(client.close_code().await, 4403);
}

#[tokio::test]
async fn a_renewal_for_another_owner_closes_4403() {
    let server = Server::start().await;
    for (before, after) in [
        (json!(1), json!(2)),
        (json!(1), json!(null)),
        (json!(null), json!(1)),
    ] {
        let mut client = server.ready_as(json!({"owner": before})).await;
        let ping = json!({"type": "ping", "payload": {"owner": after}});
        client.send(ping).await;
        assert_eq!(client.close_code().await, 4403);
    }
}

#[tokio::test]
async fn a_message_behind_a_renewal_waits_for_it() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client
        .send(json!({"type": "ping", "payload": {"slow": true}}))
        .await;
    client.subscribe("1", "events").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.toy.running(), 0);
    server.toy.revoke("nobody");
    assert_eq!(client.close_code().await, 4403);
    assert_eq!(server.toy.running(), 0);
}

#[tokio::test]
async fn a_revoked_session_closes_4403_and_delivers_nothing_after() {
    let server = Server::start().await;
    for round in 0..20 {
        let name = format!("user {round}");
        let mut client = server.ready_as(json!({ "name": name })).await;
        client.subscribe("1", "flood").await;
        client.subscribe("2", "events").await;
        client.message().await;
        server.toy.revoke(&name);
        server.toy.fire();
        // close_frame() fails if anything follows the close frame.
        let (code, reason) = client.close_frame().await;
        assert_eq!((code, reason.as_str()), (4403, "session revoked"));
    }
    until(|| server.toy.running() == 0).await;
}

#[tokio::test]
async fn a_session_revoked_before_it_opened_closes_4403() {
    let server = Server::start().await;
    server.toy.revoke("gone");
    let mut client = server.connect().await;
    client.init(json!({"name": "gone"})).await;
    assert_eq!(client.only_close_frame().await.0, 4403);
}

#[tokio::test]
async fn revocation_of_one_leaves_others_alone() {
    let server = Server::start().await;
    let mut one = server.ready_as(json!({"name": "one"})).await;
    let mut other = server.ready_as(json!({"name": "other"})).await;
    server.toy.revoke("one");
    assert_eq!(one.close_code().await, 4403);
    other.is_alive().await;
}

#[tokio::test]
async fn a_socket_too_old_closes_4403() {
    let server = Server::with(Settings {
        max_age: Duration::from_millis(100),
        ..calm()
    })
    .await;
    let mut client = server.connect().await;
    let (code, reason) = client.close_frame().await;
    assert_eq!(code, 4403);
    assert_eq!(reason, "socket too old, connect again");
}

#[tokio::test]
async fn a_stopping_server_closes_1001_and_takes_no_more() {
    let server = Server::start().await;
    let mut fresh = server.connect().await;
    let mut busy = server.ready().await;
    busy.subscribe("1", "flood").await;
    busy.message().await;
    server.stop.send_replace(true);
    assert_eq!(fresh.close_code().await, 1001);
    assert_eq!(busy.close_code().await, 1001);
    soon(server.task).await.expect("ends in order");
    assert_eq!(server.sockets.count(), 0);
}

#[tokio::test]
async fn a_server_whose_owner_is_gone_stops() {
    let Server {
        stop,
        task,
        address,
        ..
    } = Server::start().await;
    let mut client = super::Client::connect(address).await;
    drop(stop);
    assert_eq!(client.close_code().await, 1001);
    soon(task).await.expect("ends in order");
}
