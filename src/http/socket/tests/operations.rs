use serde_json::json;

use super::{Server, Settings, calm, until};

#[tokio::test]
async fn results_come_in_order_and_then_complete() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client.subscribe("f", "count").await;
    for n in 0..5 {
        let next = json!({"id": "f", "type": "next", "payload": {"data": {"v": n}}});
        assert_eq!(client.message().await, next);
    }
    let complete = json!({"id": "f", "type": "complete"});
    assert_eq!(client.message().await, complete);
}

#[tokio::test]
async fn the_request_reaches_the_application_whole() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    let payload = json!({
        "query": "echo", "operationName": "Op", "variables": {"a": [1, "ü"]}, "extensions": null,
    });
    client
        .send(json!({"type": "subscribe", "id": "1", "payload": payload}))
        .await;
    let said = client.message().await["payload"]["data"]["v"].clone();
    assert_eq!(said, json!(["Op", {"a": [1, "ü"]}]));
}

#[tokio::test]
async fn an_id_with_quotes_comes_back_as_it_was() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    let id = "a\"b\\c\n\u{1f489}";
    client.subscribe(id, "echo").await;
    assert_eq!(client.message().await["id"], id);
    assert_eq!(client.message().await["id"], id);
}

#[tokio::test]
async fn a_refused_operation_gets_an_error_and_the_socket_lives() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client.subscribe("e", "no such thing").await;
    let error = json!({"id": "e", "type": "error", "payload": [{"message": "no such field"}]});
    assert_eq!(client.message().await, error);
    client.is_alive().await;
}

#[tokio::test]
async fn a_live_id_used_again_closes_4409() {
    let server = Server::start().await;
    for query in ["never", "slow start"] {
        let mut client = server.ready().await;
        client.subscribe("dup", query).await;
        client.subscribe("dup", "echo").await;
        assert_eq!(client.close_code().await, 4409, "{query}");
    }
}

#[tokio::test]
async fn an_id_is_free_after_its_last_message() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    for query in ["echo", "no such thing", "count", "echo"] {
        client.subscribe("same", query).await;
        while client.message().await["type"] == "next" {}
    }
}

#[tokio::test]
async fn an_id_is_free_after_the_client_completes_it() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client.subscribe("same", "never").await;
    client.complete("same").await;
    client.subscribe("same", "echo").await;
    assert_eq!(client.message().await["type"], "next");
    let last = json!({"id": "same", "type": "complete"});
    assert_eq!(client.message().await, last);
}

#[tokio::test]
async fn completing_an_unknown_id_is_let_be() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client.complete("nobody").await;
    client.is_alive().await;
}

#[tokio::test]
async fn complete_ends_its_own_operation_only() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    for id in ["a", "b", "c"] {
        client.subscribe(id, "events").await;
    }
    until(|| server.toy.running() == 3).await;
    client.complete("b").await;
    until(|| server.toy.running() == 2).await;
    server.toy.fire();
    let mut ids = [client.message().await, client.message().await]
        .map(|message| message["id"].as_str().unwrap_or_default().to_owned());
    ids.sort();
    assert_eq!(ids, ["a", "c"]);
}

#[tokio::test]
async fn an_operation_that_starts_late_holds_back_nobody() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client.subscribe("stuck", "slow start").await;
    client.subscribe("late", "late").await;
    client.is_alive().await;
    assert_eq!(client.message().await["id"], "late");
}

#[tokio::test]
async fn one_operation_too_many_is_refused_and_the_socket_lives() {
    let server = Server::with(Settings {
        operations_per_socket: 3,
        ..calm()
    })
    .await;
    let mut client = server.ready().await;
    for id in ["1", "2", "3", "4"] {
        client.subscribe(id, "never").await;
    }
    let refused = client.message().await;
    assert_eq!(
        (&refused["id"], &refused["type"]),
        (&json!("4"), &json!("error"))
    );
    assert_eq!(refused["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    client.complete("1").await;
    client.subscribe("4", "echo").await;
    assert_eq!(client.message().await["type"], "next");
}

#[tokio::test]
async fn a_result_too_large_ends_its_operation_only() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client.subscribe("big", "huge").await;
    let ended = client.message().await;
    assert_eq!(
        (&ended["id"], &ended["type"]),
        (&json!("big"), &json!("error"))
    );
    client.subscribe("big", "echo").await;
    assert_eq!(
        client.message().await["payload"]["data"]["v"],
        json!([null, null])
    );
}

#[tokio::test]
async fn an_operation_always_ready_lets_the_client_complete_it() {
    let server = Server::start().await;
    let mut client = server.ready().await;
    client.subscribe("flood", "flood").await;
    for _ in 0..20 {
        assert_eq!(client.message().await["id"], "flood");
    }
    client.complete("flood").await;
    client.is_alive().await;
    assert_eq!(server.toy.running(), 0);
}
