//! A bare client: sends what it likes, sees every message and the close code.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        self, Message, client::IntoClientRequest, handshake::client::Response, http::HeaderMap,
    },
};

use super::soon;

pub(super) struct Client {
    pub(super) socket: WebSocketStream<TcpStream>,
    pub(super) response: Response,
}

impl Client {
    pub(super) async fn connect(address: SocketAddr) -> Self {
        Self::offering(
            address,
            &[("sec-websocket-protocol", "graphql-transport-ws")],
        )
        .await
        .expect("is upgraded")
    }

    /// The HTTP status when the upgrade is refused.
    pub(super) async fn offering(
        address: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let mut request = format!("ws://{address}/ws")
            .into_client_request()
            .expect("is an address");
        let sent: &mut HeaderMap = request.headers_mut();
        for (name, value) in headers {
            sent.append(*name, value.parse().expect("is a header value"));
        }
        let stream = TcpStream::connect(address).await.expect("connects");
        match soon(client_async(request, stream)).await {
            Ok((socket, response)) => Ok(Self { socket, response }),
            Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            // The client itself refuses a 101 without the subprotocol that it asked for.
            Err(error) => panic!("handshake failed: {error}"),
        }
    }

    pub(super) async fn send(&mut self, message: Value) {
        self.text(&message.to_string()).await;
    }

    pub(super) async fn text(&mut self, text: &str) {
        soon(self.socket.send(Message::text(text)))
            .await
            .expect("is sent");
    }

    /// Bytes past the WebSocket layer.
    pub(super) async fn raw(&mut self, bytes: &[u8]) {
        soon(self.socket.get_mut().write_all(bytes))
            .await
            .expect("is sent");
    }

    pub(super) async fn init(&mut self, payload: Value) {
        self.send(json!({"type": "connection_init", "payload": payload}))
            .await;
    }

    pub(super) async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(json!({"type": "subscribe", "id": id, "payload": {"query": query}}))
            .await;
    }

    pub(super) async fn complete(&mut self, id: &str) {
        self.send(json!({"type": "complete", "id": id})).await;
    }

    /// The next message of the protocol; frames of the WebSocket layer are passed over.
    pub(super) async fn message(&mut self) -> Value {
        loop {
            match soon(self.socket.next()).await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).expect("is JSON");
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("a message was due, not {other:?}"),
            }
        }
    }

    /// Reads to the close frame and beyond it, whatever comes before.
    pub(super) async fn close_frame(&mut self) -> (u16, String) {
        self.read_to_close(|_| true).await
    }

    /// The same, but no message of the protocol may come before.
    pub(super) async fn only_close_frame(&mut self) -> (u16, String) {
        self.read_to_close(|frame| !frame.is_text()).await
    }

    /// Sees to it that nothing lies between the close frame and the end.
    async fn read_to_close(&mut self, allowed: impl Fn(&Message) -> bool) -> (u16, String) {
        let frame = loop {
            match soon(self.socket.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => break frame,
                Some(Ok(other)) if allowed(&other) => {}
                other => panic!("a close frame was due, not {other:?}"),
            }
        };
        match soon(self.socket.next()).await {
            None | Some(Err(tungstenite::Error::Io(_))) => {}
            after => panic!("{after:?} came after the close frame"),
        }
        (frame.code.into(), frame.reason.to_string())
    }

    pub(super) async fn close_code(&mut self) -> u16 {
        self.close_frame().await.0
    }

    /// Shows that the socket still serves.
    pub(super) async fn is_alive(&mut self) {
        self.subscribe("alive?", "echo").await;
        while self.message().await["id"] != "alive?" {}
        while self.message().await["id"] != "alive?" {}
    }
}
