//! A subscriber: a WebSocket that speaks graphql-transport-ws, with little memory of its own so that thousands fit.

use crate::http::Target;
use crate::output::{Done, Told};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// After so long without a message that is due, there is none.
const PATIENCE: Duration = Duration::from_secs(20);

/// One socket.
pub struct Subscriber {
    socket: WebSocketStream<TcpStream>,
}

impl Subscriber {
    /// Connects and introduces itself.
    pub async fn open(target: &Target) -> Done<Self> {
        let url = format!("ws://{}{}", target.address, target.path);
        let mut request = url.into_client_request().told("a socket's address")?;
        let protocol = "graphql-transport-ws".parse().told("a protocol")?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let stream = TcpStream::connect(target.address)
            .await
            .told("connecting")?;
        let config = WebSocketConfig::default().read_buffer_size(4096);
        let (socket, _) = client_async_with_config(request, stream, Some(config))
            .await
            .told("opening a socket")?;
        let mut subscriber = Self { socket };
        let token = target.token.as_deref().unwrap_or_default();
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        subscriber
            .send(&json!({ "type": "connection_init", "payload": payload }))
            .await?;
        let answer = subscriber.receive().await?.0;
        if answer["type"] != "connection_ack" {
            return Err(format!("the socket was not accepted: {answer}"));
        }
        Ok(subscriber)
    }

    /// Subscribes. There is no answer to it; [`Self::settled`] waits for the server.
    pub async fn subscribe(&mut self, query: &str, variables: &Value) -> Done<()> {
        let payload = json!({ "query": query, "variables": variables });
        self.send(&json!({ "type": "subscribe", "id": "1", "payload": payload }))
            .await
    }

    /// Pings: messages are read in order, so a pong says that what was sent before has been read.
    pub async fn settled(&mut self) -> Done<()> {
        self.send(&json!({ "type": "ping" })).await?;
        loop {
            let message = self.receive().await?.0;
            match message["type"].as_str() {
                Some("pong") => return Ok(()),
                Some("error" | "complete") => return Err(format!("no subscription: {message}")),
                _ => {}
            }
        }
    }

    /// The next message of the protocol, and when it came.
    pub async fn receive(&mut self) -> Done<(Value, Instant)> {
        tokio::time::timeout(PATIENCE, self.hears())
            .await
            .map_err(|_| "no message in time".to_owned())?
    }

    /// The same, however long it takes: whoever waits here answers the server's pings meanwhile.
    pub async fn hears(&mut self) -> Done<(Value, Instant)> {
        loop {
            let message = self.socket.next().await;
            let message = message.ok_or("the socket was closed")?.told("a socket")?;
            let arrived = Instant::now();
            match message {
                Message::Text(text) => {
                    let value: Value = serde_json::from_str(&text).told("a message")?;
                    if value["type"] == "ping" {
                        self.send(&json!({ "type": "pong" })).await?;
                    } else {
                        return Ok((value, arrived));
                    }
                }
                Message::Close(frame) => return Err(format!("the socket was closed: {frame:?}")),
                _ => {}
            }
        }
    }

    async fn send(&mut self, message: &Value) -> Done<()> {
        let text = Message::text(message.to_string());
        self.socket.send(text).await.told("a socket")
    }
}
