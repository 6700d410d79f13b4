//! The least that a server can do: WebSockets that receive the bytes of a message as they are, written once and sent to all.
//! No GraphQL, no database, no authentication, no rights. What live delivery costs beyond this is ours.

use crate::crowd::frame::broadcast;
use crate::output::{Done, Told};
use futures_util::{SinkExt as _, StreamExt as _};
use patient_tracker::clock::Clock;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::{Sender, channel};
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// How it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Way {
    /// One loop writes the ready frame to every socket.
    Raw,
    /// A task for each socket, woken by a channel, as servers are commonly built.
    Tasks,
}

/// Where and how.
#[derive(clap::Args)]
pub struct Arguments {
    /// The port to listen on.
    #[arg(long)]
    port: u16,
    /// How it writes.
    #[arg(long, value_enum, default_value_t = Way::Tasks)]
    way: Way,
}

/// What a subscriber hears first, as from our server.
const CAUGHT_UP: &str = r#"{"id":"1","type":"next","payload":{"data":{"appointmentChanged":{"__typename":"CaughtUp","cursor":"bare"}}}}"#;
/// What stands before the time in a message.
const STAMP: &[u8] = b"\"occurredAt\":\"";

struct Bare {
    way: Way,
    sockets: Mutex<Vec<TcpStream>>,
    sender: Sender<Utf8Bytes>,
}

/// Serves until it is ended.
pub async fn run(arguments: Arguments) -> Done<()> {
    let bare = Arc::new(Bare {
        way: arguments.way,
        sockets: Mutex::default(),
        sender: channel(1024).0,
    });
    let listener = TcpListener::bind(("127.0.0.1", arguments.port))
        .await
        .told("a port")?;
    loop {
        let (stream, _) = listener.accept().await.told("accepting")?;
        stream.set_nodelay(true).told("a socket option")?;
        let bare = Arc::clone(&bare);
        tokio::spawn(async move {
            let mut first = [0];
            // A connection that ends is of no interest to the others.
            match stream.peek(&mut first).await {
                Ok(1) if first == *b"P" => drop(bare.posted(stream).await),
                Ok(1) => drop(bare.subscribed(stream).await),
                _ => {}
            }
        });
    }
}

impl Bare {
    /// Each body that is posted is sent to all, with the time written into it.
    async fn posted(&self, mut stream: TcpStream) -> Done<()> {
        let mut buffer = Vec::with_capacity(8192);
        loop {
            let start = loop {
                if let Some(end) = memchr::memmem::find(&buffer, b"\r\n\r\n") {
                    break end + 4;
                }
                more(&mut stream, &mut buffer).await?;
            };
            let head = String::from_utf8_lossy(&buffer[..start]).to_ascii_lowercase();
            let length = head.split("content-length:").nth(1);
            let length = length.and_then(|rest| rest.lines().next()?.trim().parse().ok());
            let end = start + length.unwrap_or(0_usize);
            while buffer.len() < end {
                more(&mut stream, &mut buffer).await?;
            }
            let body = &mut buffer[start..end];
            if let Some(at) = memchr::memmem::find(body, STAMP) {
                let now = Clock::system()
                    .now()
                    .to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
                let at = at + STAMP.len();
                if let Some(place) = body.get_mut(at..at + now.len()) {
                    place.copy_from_slice(now.as_bytes());
                }
                self.send(body);
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let answer = [answer.as_bytes(), &*body].concat();
            stream.write_all(&answer).await.told("answering")?;
            buffer.drain(..end);
        }
    }

    fn send(&self, message: &[u8]) {
        match self.way {
            Way::Raw => {
                let frame = broadcast(message);
                let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
                sockets.retain(|socket| {
                    socket
                        .try_write(&frame)
                        .is_ok_and(|sent| sent == frame.len())
                });
            }
            Way::Tasks => {
                if let Ok(text) = String::from_utf8(message.to_vec()) {
                    // Nobody may be listening.
                    drop(self.sender.send(text.into()));
                }
            }
        }
    }

    async fn subscribed(&self, stream: TcpStream) -> Done<()> {
        let config = WebSocketConfig::default()
            .read_buffer_size(4096)
            .write_buffer_size(0);
        #[expect(
            clippy::result_large_err,
            reason = "the library asks for a closure of this type"
        )]
        let upgrade = |_: &Request, mut response: Response| {
            let headers = response.headers_mut();
            if let Ok(name) = "graphql-transport-ws".parse() {
                headers.insert("sec-websocket-protocol", name);
            }
            Ok(response)
        };
        let socket = accept_hdr_async_with_config(stream, upgrade, Some(config)).await;
        let mut socket = socket.told("a socket")?;
        socket.next().await;
        let acknowledged = Message::text(r#"{"type":"connection_ack"}"#);
        socket.send(acknowledged).await.told("a socket")?;
        socket.next().await;
        let mut messages = self.sender.subscribe();
        socket
            .send(Message::text(CAUGHT_UP))
            .await
            .told("a socket")?;
        match self.way {
            Way::Raw => {
                let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
                sockets.push(socket.into_inner());
            }
            Way::Tasks => {
                while let Ok(text) = messages.recv().await {
                    socket.send(Message::Text(text)).await.told("a socket")?;
                }
            }
        }
        Ok(())
    }
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Done<()> {
    match stream.read_buf(buffer).await.told("reading")? {
        0 => Err("the connection has ended".to_owned()),
        _ => Ok(()),
    }
}
