//! One socket of many: it reads whatever is there into a buffer that all share, looks at each message where it lies, and
//! keeps nothing but what is left of a message that has not come whole. Pings are answered from the moment it is open.

use super::frame::{self, Kind};
use crate::http::Target;
use crate::output::{Done, Told};
use std::cell::RefCell;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

/// For connecting, and for the answer to the upgrade.
const PATIENCE: Duration = Duration::from_secs(30);
/// What all sockets read into.
const SHARED: usize = 64 * 1024;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; SHARED]);
}

/// What to do after a message.
pub enum Turn {
    /// Go on.
    On,
    /// Send this, and go on.
    Say(String),
    /// Stop listening for now; what follows is kept.
    Stop,
}

/// How a socket is opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Where, with the path of the socket.
    pub target: Target,
    /// From which loopback address: there are more sockets than one address has ports.
    pub from: Ipv4Addr,
    /// Bytes that the system may hold for us unread, if not as many as it likes.
    pub receive_buffer: Option<u32>,
}

/// The `number`th address that sockets come from.
#[must_use]
pub fn source(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, u8::try_from(2 + number % 100).unwrap_or(2))
}

/// One open socket.
pub struct Line {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Line {
    /// Connects and upgrades.
    pub async fn open(opening: &Opening) -> Done<Self> {
        let opened = tokio::time::timeout(PATIENCE, Self::upgraded(opening)).await;
        opened.map_err(|_| "a socket did not open in time".to_owned())?
    }

    async fn upgraded(opening: &Opening) -> Done<Self> {
        let target = &opening.target;
        let socket = TcpSocket::new_v4().told("a socket")?;
        if let Some(bytes) = opening.receive_buffer {
            socket
                .set_recv_buffer_size(bytes)
                .told("a socket's buffer")?;
        }
        socket
            .bind(SocketAddr::from((opening.from, 0)))
            .told("a socket's address")?;
        let mut stream = socket.connect(target.address).await.told("connecting")?;
        stream.set_nodelay(true).told("a socket option")?;
        let request = format!(
            "GET {} HTTP/1.1\r\nhost: {}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n",
            target.path, target.address
        );
        stream
            .write_all(request.as_bytes())
            .await
            .told("upgrading")?;
        let mut line = Self {
            stream,
            rest: Vec::new(),
        };
        loop {
            if let Some(end) = memchr::memmem::find(&line.rest, b"\r\n\r\n") {
                if !line.rest.starts_with(b"HTTP/1.1 101") {
                    let text = String::from_utf8_lossy(&line.rest[..end.min(200)]);
                    return Err(format!("no socket: {text}"));
                }
                line.rest.drain(..end + 4);
                return Ok(line);
            }
            line.read(|line, bytes| line.rest.extend_from_slice(bytes))
                .await?;
        }
    }

    /// Sends a message.
    pub async fn say(&mut self, text: &str) -> Done<()> {
        self.send(&frame::text(text)).await
    }

    async fn send(&mut self, bytes: &[u8]) -> Done<()> {
        self.stream.write_all(bytes).await.told("sending")
    }

    /// The port that the socket comes from.
    #[must_use]
    pub fn local(&self) -> Option<SocketAddr> {
        self.stream.local_addr().ok()
    }

    /// Ends the connection as a cable that is pulled, without a word.
    pub fn cut(self) {
        // Should it be refused, the connection ends politely, which is the easier case.
        drop(self.stream.set_zero_linger());
    }

    /// Listens until `on` says to stop; an error when the socket has ended.
    pub async fn listen(&mut self, mut on: impl FnMut(&[u8]) -> Turn) -> Done<()> {
        let mut out = Vec::new();
        // What came with the last message before a stop is looked at first.
        let mut rest = std::mem::take(&mut self.rest);
        let mut looked = look(&rest, &mut on, &mut out);
        keep(&mut rest, &looked);
        self.rest = rest;
        loop {
            if !out.is_empty() {
                let bytes = std::mem::take(&mut out);
                self.send(&bytes).await?;
            }
            if looked?.1 {
                return Ok(());
            }
            looked = self
                .read(|line, bytes| {
                    if line.rest.is_empty() {
                        let looked = look(bytes, &mut on, &mut out);
                        let done = looked.as_ref().map_or(bytes.len(), |(done, _)| *done);
                        line.rest.extend_from_slice(&bytes[done..]);
                        return looked;
                    }
                    line.rest.extend_from_slice(bytes);
                    let mut rest = std::mem::take(&mut line.rest);
                    let looked = look(&rest, &mut on, &mut out);
                    keep(&mut rest, &looked);
                    line.rest = rest;
                    looked
                })
                .await?;
        }
    }

    /// Waits for bytes and hands them over once.
    async fn read<T>(&mut self, take: impl FnOnce(&mut Self, &[u8]) -> T) -> Done<T> {
        loop {
            self.stream.readable().await.told("a socket")?;
            let read = SCRATCH.with_borrow_mut(|scratch| self.stream.try_read(scratch));
            match read {
                Ok(0) => return Err("the server closed the connection".to_owned()),
                Ok(length) => {
                    return Ok(SCRATCH.with_borrow(|scratch| take(self, &scratch[..length])));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(format!("a socket: {error}")),
            }
        }
    }
}

/// Drops what has been looked at, and the buffer with it when nothing is left: thousands of them would add up.
fn keep(rest: &mut Vec<u8>, looked: &Done<(usize, bool)>) {
    let done = looked.as_ref().map_or(rest.len(), |(done, _)| *done);
    rest.drain(..done);
    if rest.is_empty() {
        *rest = Vec::new();
    }
}

/// Looks at the whole messages at the beginning of these bytes: how many bytes they are, and whether to stop there.
fn look(
    bytes: &[u8],
    on: &mut impl FnMut(&[u8]) -> Turn,
    out: &mut Vec<u8>,
) -> Done<(usize, bool)> {
    let mut at = 0;
    while let Some(frame) = frame::first(&bytes[at..])? {
        let payload = &bytes[at + frame.start..at + frame.end];
        at += frame.end;
        match frame.kind {
            Kind::Ping => out.extend(frame::pong(payload)),
            Kind::Close => return Err(closed(payload)),
            Kind::Other => {}
            Kind::Text => match on(payload) {
                Turn::On => {}
                Turn::Say(text) => out.extend(frame::text(&text)),
                Turn::Stop => return Ok((at, true)),
            },
        }
    }
    Ok((at, false))
}

fn closed(payload: &[u8]) -> String {
    let (code, words) = match payload {
        [a, b, words @ ..] => (u16::from_be_bytes([*a, *b]), words),
        _ => (1005, &[][..]),
    };
    format!(
        "the socket was closed: {code} {}",
        String::from_utf8_lossy(words)
    )
}
