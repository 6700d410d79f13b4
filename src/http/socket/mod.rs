//! Live sockets: the server's half of `graphql-transport-ws` over an axum WebSocket.
//!
//! Knows the protocol, the caps and the clock of a socket. Refuses to know what a token, a user or a
//! GraphQL document is: an application says so through [`Sessions`], and hands back payloads that are
//! JSON already.
//!
//! Why not the loop of async-graphql-axum: it has no time limit for `connection_init`, no caps, no
//! expiry, lets a second operation under a live id replace the first, closes with codes that the
//! protocol does not have, and while a send is blocked it polls nothing else, so a peer that stops
//! reading is kept for ever. Its subprotocol extractor is not used either: it takes the legacy
//! `graphql-ws` as well and keeps to itself which of the two it found.
//!
//! | code | when |
//! | --- | --- |
//! | 1001 | the server stops, or the peer gave no sign of life or left a ping unanswered |
//! | 1002, 1007 | frames that break RFC 6455, text that is not UTF-8 |
//! | 1008 | more messages than the pace allows (the protocol has no code for that) |
//! | 1009 | a message over the size limit |
//! | 4400 | a message that the protocol does not know |
//! | 4401 | an operation before `connection_ack` |
//! | 4403 | refused, expired, revoked, or older than a socket may get |
//! | 4408 | no `connection_init` in time |
//! | 4409 | an operation under an id that is in use |
//! | 4429 | a second `connection_init` |
//! | 1013 | too many sockets of one owner: clients may try again, which 4429 tells them not to |
//!
//! An ended session closes with 4403 and not 4401, since clients take 4401 as final and come back
//! after 4403. Before the upgrade: 400 without the subprotocol, 403 for a foreign origin, 503 when the
//! server is full or going down.
//!
//! Cost of an idle socket: one task, one timer (the nearest of all its deadlines), a read buffer of
//! 4 KiB, and no write buffer until something is sent.

mod close;
mod handshake;
mod limits;
mod line;
mod message;
mod operations;
mod phase;
mod serve;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::ws::WebSocketUpgrade,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use tokio::sync::watch;

use crate::meter::Meter;

use super::listener::Received;
use wire::Wire;

pub use close::Close;
pub use line::Outlet;
pub use message::{Object, OperationRequest};
pub use session::{Current, Payload, Payloads, Refusal, Sessions};

/// Allocated for every socket up front; the library's default of 128 KiB is what made idle sockets dear. Clients say little
/// once they have subscribed, and what is longer is read in several goes.
const READ_BUFFER: usize = 1024;
/// Frames gather up to this size before a write; allocated only once something is sent. With 0 each
/// frame of a burst is a system call of its own.
const WRITE_BUFFER: usize = 4 * 1024;
/// Hard cap of what may wait for the peer inside the WebSocket layer.
const MAX_WRITE_BUFFER: usize = 1024 * 1024;

/// Limits and time-outs of every socket; the defaults are the documented ones.
#[derive(Debug, Clone)]
pub struct Settings {
    /// From the upgrade to `connection_ack`.
    pub init_timeout: Duration,
    /// How long the peer may leave what was sent to it unread, and a ping unanswered.
    pub send_timeout: Duration,
    /// Between two WebSocket pings of the server.
    pub ping_every: Duration,
    /// How long after output the peer is asked whether it reads: what it leaves unread fills buffers out of our sight first.
    pub probe_after: Duration,
    /// How long the peer may be silent; covers at least one unanswered ping.
    pub silence_limit: Duration,
    /// From the upgrade to a close with 4403, whatever was renewed in between.
    pub max_age: Duration,
    /// For sending a close frame, and again for the peer's answer to it.
    pub close_wait: Duration,
    /// Largest frame and largest message of a client, in bytes.
    pub max_message_bytes: usize,
    /// Frames of a client in a second, pings included.
    pub messages_per_second: u32,
    /// Frames of a client at once after a pause.
    pub message_burst: u32,
    /// Operations that may run on one socket at a time.
    pub operations_per_socket: usize,
    /// Sockets of one owner at a time.
    pub sockets_per_owner: usize,
    /// Sockets of this process at a time.
    pub sockets_total: usize,
    /// Origins that may connect, exactly as browsers write them: `https://clinic.example`.
    pub allowed_origins: Vec<String>,
    /// Whether an origin whose host and port are those of the `Host` header may connect.
    pub allow_same_host: bool,
    /// Counts sockets and their ends.
    pub meter: Meter,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(5),
            send_timeout: Duration::from_secs(10),
            ping_every: Duration::from_secs(20),
            probe_after: Duration::from_secs(4),
            silence_limit: Duration::from_secs(40),
            max_age: Duration::from_secs(12 * 60 * 60),
            close_wait: Duration::from_secs(1),
            max_message_bytes: 64 * 1024,
            messages_per_second: 20,
            message_burst: 40,
            operations_per_socket: 20,
            sockets_per_owner: 5,
            sockets_total: 1_000,
            allowed_origins: Vec::new(),
            allow_same_host: true,
            meter: Meter::default(),
        }
    }
}

/// The door: all sockets of this process, their caps and their common end.
#[derive(Clone)]
pub struct Sockets {
    settings: Arc<Settings>,
    registry: limits::Registry,
    stopping: watch::Receiver<bool>,
}

/// A place among the sockets; given back when dropped.
pub struct Place {
    /// What holds of every socket.
    pub settings: Arc<Settings>,
    stopping: watch::Receiver<bool>,
    _ticket: limits::Ticket,
}

impl Place {
    /// Returns once the server stops; a sender that is gone means the same.
    pub async fn stopped(&mut self) {
        // The value seen, or the error for a lost sender, says nothing more.
        let _ = self.stopping.wait_for(|stopping| *stopping).await;
    }
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The process has as many sockets as it may, or stops.
    Server,
    /// The owner has as many as one may.
    Owner,
}

impl Sockets {
    /// Sockets close with 1001 once `stopping` holds true or its sender is gone.
    pub fn new(settings: Settings, stopping: watch::Receiver<bool>) -> Self {
        let registry = limits::Registry::new(settings.sockets_total, settings.sockets_per_owner);
        Self {
            settings: Arc::new(settings),
            registry,
            stopping,
        }
    }

    /// How many sockets are open now.
    pub fn count(&self) -> usize {
        self.registry.count()
    }

    /// A place for a live stream over another transport: it counts as a socket, of this owner and in all.
    ///
    /// # Errors
    /// When there is none, and whose fault that is.
    pub fn place(&self, owner: Option<u128>) -> Result<Place, Full> {
        if *self.stopping.borrow() {
            return Err(Full::Server);
        }
        let mut ticket = self.registry.enter().ok_or(Full::Server)?;
        if owner.is_some_and(|owner| !ticket.claim(owner)) {
            return Err(Full::Owner);
        }
        Ok(Place {
            settings: Arc::clone(&self.settings),
            stopping: self.stopping.clone(),
            _ticket: ticket,
        })
    }

    /// Answers an upgrade request: 101 and a served socket, or 400, 403, 503.
    ///
    /// `app` is this socket's own, so it may carry what the request knew (address, request id); `received` counts what comes
    /// over its connection.
    pub fn upgrade<A: Sessions>(
        &self,
        app: A,
        received: Received,
        headers: &HeaderMap,
        upgrade: WebSocketUpgrade,
    ) -> Response {
        if let Err(refused) = handshake::check(&self.settings, headers, &upgrade) {
            return refused.into_response();
        }
        if *self.stopping.borrow() {
            return handshake::UNAVAILABLE.into_response();
        }
        let Some(ticket) = self.registry.enter() else {
            return handshake::UNAVAILABLE.into_response();
        };
        let settings = Arc::clone(&self.settings);
        let stopping = self.stopping.clone();
        upgrade
            .protocols([handshake::SUBPROTOCOL])
            .max_frame_size(settings.max_message_bytes)
            .max_message_size(settings.max_message_bytes)
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_write_buffer_size(MAX_WRITE_BUFFER)
            .on_upgrade(move |socket| {
                let wire = Wire::new(socket, received, Arc::clone(&settings));
                serve::serve(wire, Arc::new(app), settings, ticket, stopping)
            })
    }
}
