//! A client of `graphql-transport-ws`, over a real socket.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

/// After so long what should have come will not.
const PATIENCE: Duration = Duration::from_secs(15);

/// A socket that has been acknowledged.
pub struct Socket(WebSocketStream<TcpStream>);

/// What became of a stream.
#[derive(Debug, PartialEq)]
pub enum End {
    /// The server said that it is complete.
    Complete,
    /// The server refused the operation.
    Refused(Value),
    /// The server closed the socket with this code.
    Closed(u16),
}

impl Socket {
    /// Opens a socket and waits until it is acknowledged.
    pub async fn open(address: &str, token: Option<&str>) -> Self {
        match Self::tried(address, token).await {
            Ok(socket) => socket,
            Err(code) => panic!("an acknowledgement was due, not the code {code}"),
        }
    }

    /// The same, or the code with which whoever comes is turned away.
    pub async fn tried(address: &str, token: Option<&str>) -> Result<Self, u16> {
        let mut socket = Self::connected(address).await;
        let payload = match token {
            Some(token) => json!({ "Authorization": format!("Bearer {token}") }),
            None => json!({}),
        };
        socket
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        match socket.message().await {
            Ok(message) if message["type"] == "connection_ack" => Ok(socket),
            Err(code) => Err(code),
            other => panic!("an acknowledgement was due, not {other:?}"),
        }
    }

    /// Opens a socket and says nothing.
    pub async fn connected(address: &str) -> Self {
        let mut request = format!("ws://{address}/graphql/ws")
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        headers.append(
            "sec-websocket-protocol",
            "graphql-transport-ws".parse().unwrap(),
        );
        let stream = TcpStream::connect(address).await.unwrap();
        let (socket, _) = client_async(request, stream)
            .await
            .expect("the socket opens");
        Self(socket)
    }

    /// Sends a message.
    pub async fn send(&mut self, message: Value) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .expect("the message is sent");
    }

    /// The next message, or the code with which the server closed. Its pings are answered on the way.
    pub async fn message(&mut self) -> Result<Value, u16> {
        let next = tokio::time::timeout(PATIENCE, self.next());
        next.await
            .unwrap_or_else(|_| panic!("nothing came within {PATIENCE:?}"))
    }

    /// The next message, if one comes within this time.
    pub async fn message_within(&mut self, time: Duration) -> Option<Result<Value, u16>> {
        tokio::time::timeout(time, self.next()).await.ok()
    }

    async fn next(&mut self) -> Result<Value, u16> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] == "ping" {
                        self.send(json!({ "type": "pong" })).await;
                    } else {
                        return Ok(message);
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    return Err(frame.map_or(1005, |frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// Starts an operation on this socket.
    pub async fn subscribe(mut self, id: &str, document: &str, variables: Value) -> Live {
        let payload = json!({ "query": document, "variables": variables });
        self.send(json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await;
        Live {
            socket: self,
            id: id.to_owned(),
        }
    }

    /// Closes without a word, as when the train enters a tunnel.
    pub fn cut(self) {
        drop(self);
    }
}

/// One operation under way.
pub struct Live {
    /// The socket it runs on.
    pub socket: Socket,
    id: String,
}

impl Live {
    /// The next answer, the whole of it.
    pub async fn answer(&mut self) -> Value {
        match self.socket.message().await {
            Ok(mut message) if message["type"] == "next" && message["id"] == self.id => {
                message["payload"].take()
            }
            other => panic!("an answer was due, not {other:?}"),
        }
    }

    /// What the next answer holds in its only field.
    pub async fn next(&mut self) -> Value {
        let mut answer = self.answer().await;
        assert_eq!(answer.get("errors"), None);
        let fields = answer["data"].as_object_mut().unwrap();
        fields.values_mut().next().unwrap().take()
    }

    /// Nothing comes within this time.
    pub async fn is_silent_for(&mut self, time: Duration) {
        let message = self.socket.message_within(time).await;
        assert_eq!(message, None);
    }

    /// How the operation ends; what comes before that is passed over.
    pub async fn end(&mut self) -> End {
        loop {
            match self.socket.message().await {
                Ok(message) if message["type"] == "next" => {}
                Ok(message) if message["type"] == "complete" => return End::Complete,
                Ok(mut message) if message["type"] == "error" => {
                    return End::Refused(message["payload"].take());
                }
                Ok(other) => panic!("an end was due, not {other}"),
                Err(code) => return End::Closed(code),
            }
        }
    }
}
