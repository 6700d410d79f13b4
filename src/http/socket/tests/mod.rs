//! A toy application, a server on loopback and a bare client, shared by the tests beside this file.

mod client;
mod handshake;
mod limits;
mod listening;
mod messages;
mod operations;
mod protocol;
mod session;
mod slow;
mod straight;
mod toy;

use std::{future::Future, net::SocketAddr, time::Duration};

use axum::{
    Extension, Router,
    extract::{State, WebSocketUpgrade},
    http::HeaderMap,
    response::Response,
    routing::any,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::timeout};

use crate::http::{
    listener::{self, Received},
    socket::{Settings, Sockets},
};
use client::Client;
use toy::Toy;

/// No test waits longer for anything that has to happen; none expects it to happen sooner.
const PATIENCE: Duration = Duration::from_secs(20);

/// The value of a future that has to resolve.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future)
        .await
        .expect("happens within the test's patience")
}

/// Waits until a condition holds that nothing announces.
async fn until(mut condition: impl FnMut() -> bool) {
    soon(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// Time-outs so long that no test meets one it did not ask for.
fn calm() -> Settings {
    Settings {
        init_timeout: PATIENCE * 4,
        send_timeout: PATIENCE * 4,
        ping_every: PATIENCE * 4,
        silence_limit: PATIENCE * 4,
        ..Settings::default()
    }
}

/// The same for connections.
fn patient() -> listener::Settings {
    listener::Settings {
        first_byte_timeout: PATIENCE * 4,
        header_timeout: PATIENCE * 4,
        write_timeout: PATIENCE * 4,
        grace: PATIENCE * 4,
        ..listener::Settings::default()
    }
}

/// A running server; stops when told to or when dropped.
struct Server {
    address: SocketAddr,
    toy: Toy,
    sockets: Sockets,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        Self::with(calm()).await
    }

    async fn with(settings: Settings) -> Self {
        Self::with_both(settings, patient()).await
    }

    async fn with_both(settings: Settings, connections: listener::Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("is bound");
        let (stop, stopping) = watch::channel(false);
        let sockets = Sockets::new(settings, stopping.clone());
        let toy = Toy::default();
        let router = Router::new()
            .route("/ws", any(upgrade))
            .route("/", any(listening::answer))
            .with_state((sockets.clone(), toy.clone()));
        let task = tokio::spawn(listener::serve(listener, router, connections, stopping));
        Self {
            address,
            toy,
            sockets,
            stop,
            task,
        }
    }

    /// Upgraded, not initialised.
    async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Acknowledged, as nobody in particular.
    async fn ready(&self) -> Client {
        self.ready_as(serde_json::json!({})).await
    }

    async fn ready_as(&self, payload: serde_json::Value) -> Client {
        let mut client = self.connect().await;
        client.init(payload).await;
        assert_eq!(client.message().await["type"], "connection_ack");
        client
    }
}

async fn upgrade(
    State((sockets, toy)): State<(Sockets, Toy)>,
    Extension(received): Extension<Received>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    sockets.upgrade(toy, received, &headers, upgrade)
}
