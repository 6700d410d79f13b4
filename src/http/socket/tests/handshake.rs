use super::{Client, Server, Settings, calm};

const SPOKEN: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

#[tokio::test]
async fn the_subprotocol_is_selected() {
    let server = Server::start().await;
    let client = server.connect().await;
    let selected = &client.response.headers()["sec-websocket-protocol"];
    assert_eq!(selected, "graphql-transport-ws");
}

#[tokio::test]
async fn the_subprotocol_is_found_among_others() {
    let server = Server::start().await;
    let offer = "graphql-ws, made-up, graphql-transport-ws";
    let client = Client::offering(server.address, &[("sec-websocket-protocol", offer)]).await;
    let client = client.expect("is upgraded");
    let selected = &client.response.headers()["sec-websocket-protocol"];
    assert_eq!(selected, "graphql-transport-ws");
}

#[tokio::test]
async fn other_subprotocols_are_refused() {
    let server = Server::start().await;
    for offer in ["graphql-ws", "made-up", "GRAPHQL-TRANSPORT-WS", "graphql"] {
        let refused = Client::offering(server.address, &[("sec-websocket-protocol", offer)]).await;
        assert_eq!(refused.err(), Some(400), "{offer}");
    }
    assert_eq!(Client::offering(server.address, &[]).await.err(), Some(400));
    assert_eq!(server.sockets.count(), 0);
}

#[tokio::test]
async fn foreign_origins_are_refused() {
    let server = Server::with(Settings {
        allowed_origins: vec!["https://clinic.example".to_owned()],
        ..calm()
    })
    .await;
    let own = format!("http://{}", server.address);
    let longer = format!("{own}.evil.example");
    let refused = [
        "https://evil.example",
        "http://clinic.example",
        "https://clinic.example:8443",
        "https://clinic.example.evil.example",
        "https://sub.clinic.example",
        "null",
        "",
        "https://",
        "http://127.0.0.1",
        &longer,
    ];
    for origin in refused {
        let answer = Client::offering(server.address, &[SPOKEN, ("origin", origin)]).await;
        assert_eq!(answer.err(), Some(403), "{origin}");
    }
    for origin in ["https://clinic.example", &own] {
        let answer = Client::offering(server.address, &[SPOKEN, ("origin", origin)]).await;
        assert!(answer.is_ok(), "{origin}");
    }
}

#[tokio::test]
async fn two_origins_are_refused() {
    let server = Server::start().await;
    let own = format!("http://{}", server.address);
    let both = [SPOKEN, ("origin", own.as_str()), ("origin", own.as_str())];
    let answer = Client::offering(server.address, &both).await;
    assert_eq!(answer.err(), Some(403));
}

#[tokio::test]
async fn the_same_host_can_be_refused_too() {
    let server = Server::with(Settings {
        allow_same_host: false,
        ..calm()
    })
    .await;
    let own = format!("http://{}", server.address);
    let answer = Client::offering(server.address, &[SPOKEN, ("origin", &own)]).await;
    assert_eq!(answer.err(), Some(403));
}
