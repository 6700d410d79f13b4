//! The accept loop: from a bound TCP listener to a router, HTTP/1.1 only.
//!
//! Knows connections: how many, from where, how long they may be silent, and how they end. Refuses to
//! know routes, TLS and sessions; a body that trickles in is for the handler that reads it.
//!
//! `axum::serve` has no time limit for headers, none for a connection that sends nothing, no caps, and
//! ends nothing that has been upgraded. Here a connection keeps its seat until its stream is dropped,
//! so upgraded sockets count as well, at the caps and when the server stops.

mod received;
mod seats;
mod stream;

#[cfg(test)]
mod tests;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use tower::Service;

use crate::meter::Meter;

use seats::{Gate, Seat};

pub use received::Received;
pub use seats::network;
use stream::GuardedStream;

/// Request line and headers together; the library's default is over 400 KiB.
const MAX_HEAD: usize = 32 * 1024;
/// How long to wait after a failed accept: doubled from the first to the second.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How many may wait to be let in, as the runtime asks of the system.
const BACKLOG: usize = 1024;
/// How long whoever had connected when the server stopped has for a first byte: their request may be on its way.
const LAST_WORD: Duration = Duration::from_millis(250);

/// Limits and time-outs of every connection; the defaults are the documented ones.
#[derive(Clone)]
pub struct Settings {
    /// From the accept to the first byte.
    pub first_byte_timeout: Duration,
    /// For all headers of a request, and for the next request on a connection that is kept alive.
    pub header_timeout: Duration,
    /// How long the peer may take nothing of what is sent to it.
    pub write_timeout: Duration,
    /// How long an ended connection is read to its end, so that it is not reset under a last answer.
    pub linger: Duration,
    /// Connections of this process at a time, upgraded ones included.
    pub connections_total: usize,
    /// Connections of one address at a time; an IPv6 address counts as its /64.
    pub connections_per_address: usize,
    /// Whether this address is a proxy: many are behind it, so the bound of one address is not theirs.
    pub is_proxy: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
    /// What the kernel may hold of what a peer has not taken, in bytes (Linux allows itself twice that). Left to itself it
    /// would take megabytes for a peer that does not read.
    pub send_buffer: usize,
    /// Counts who was cut off, and who found no seat.
    pub meter: Meter,
    /// How long running requests and sockets may take to finish when the server stops.
    pub grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            first_byte_timeout: Duration::from_secs(5),
            header_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
            linger: Duration::from_secs(1),
            connections_total: 2_000,
            connections_per_address: 50,
            is_proxy: Arc::new(|_| false),
            send_buffer: 128 * 1024,
            meter: Meter::default(),
            grace: Duration::from_secs(8),
        }
    }
}

/// Serves connections until `stopping` holds true or its sender is gone, then waits for those that
/// are open, upgraded ones too, at most for the grace period, and drops what still speaks HTTP.
///
/// Handlers find the peer's address in [`ConnectInfo`], and in [`Received`] what has come over the connection.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: Settings,
    mut stopping: watch::Receiver<bool>,
) {
    let settings = Arc::new(settings);
    let watching = stopping.clone();
    let gate = Gate::new(settings.connections_total, settings.connections_per_address);
    let mut tasks = JoinSet::new();
    let mut pause = Pause::default();
    let enter = |stream: TcpStream, peer: SocketAddr, tasks: &mut JoinSet<()>| {
        let Some(seat) = gate.enter(peer.ip(), (settings.is_proxy)(peer.ip())) else {
            settings.meter.unseated.one();
            tracing::debug!("connection refused: no seat");
            return;
        };
        let (router, settings) = (router.clone(), Arc::clone(&settings));
        let stopping = watching.clone();
        tasks.spawn(connection(stream, peer, seat, router, settings, stopping));
    };
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stopping) => break,
            Some(_) = tasks.join_next() => continue,
            accepted = accept(&listener, &pause) => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                pause = Pause::default();
                enter(stream, peer, &mut tasks);
            }
            Err(error) => {
                pause = pause.after(&error);
                tracing::warn!(kind = ?error.kind(), "accept failed");
            }
        }
    }
    for (stream, peer) in let_in(listener) {
        enter(stream, peer, &mut tasks);
    }
    if timeout(settings.grace, gate.empty()).await.is_err() {
        tracing::warn!(
            open = gate.count(),
            "connections open after the grace period"
        );
    }
    tasks.shutdown().await;
}

/// Closes the listener. Whoever the system has let in already is served: closing resets them under a request that they may have
/// sent. Asked of the system itself, for the runtime may not have heard of them yet.
fn let_in(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let Ok(listener) = listener.into_std() else {
        return Vec::new();
    };
    let waiting = (0..BACKLOG).map_while(|_| listener.accept().ok());
    let streams = waiting.filter_map(|(stream, peer)| {
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, peer))
    });
    streams.collect()
}

async fn accept(listener: &TcpListener, pause: &Pause) -> io::Result<(TcpStream, SocketAddr)> {
    if let Some(until) = pause.until {
        sleep_until(until).await;
    }
    listener.accept().await
}

/// The wait after failed accepts. It has an end and not a length, since whatever else the loop does
/// meanwhile would start a length anew.
#[derive(Debug, Default)]
struct Pause {
    length: Duration,
    until: Option<Instant>,
}

impl Pause {
    /// A peer that left before it was accepted costs no pause; anything else, out of descriptors above
    /// all, would fail again at once and turn the loop into a busy one.
    fn after(&self, error: &io::Error) -> Self {
        use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
        if matches!(
            error.kind(),
            ConnectionAborted | ConnectionReset | Interrupted
        ) {
            return Self::default();
        }
        let length = (self.length * 2).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        Self {
            length,
            until: Some(Instant::now() + length),
        }
    }
}

/// Returns once the server stops; a sender that is gone means the same.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The value seen, or the error for a lost sender, says nothing more.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    seat: Seat,
    router: Router,
    settings: Arc<Settings>,
    mut stopping: watch::Receiver<bool>,
) {
    // Small frames must not wait for the acknowledgement of earlier ones.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    // A refusal leaves it as the system has it.
    let _ = SockRef::from(&stream).set_send_buffer_size(settings.send_buffer);
    let spoke = tokio::select! {
        spoke = speaks(&stream, settings.first_byte_timeout) => spoke,
        () = stopped(&mut stopping) => speaks(&stream, LAST_WORD).await,
    };
    if !spoke {
        return;
    }
    let received = Received::default();
    let counted = received.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(counted.clone());
        router.clone().call(request)
    });
    let stream = GuardedStream::new(stream, seat, received, &settings);
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut serving = pin!(serving);
    let ended = tokio::select! {
        biased;
        ended = serving.as_mut() => ended,
        () = stopped(&mut stopping) => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(timeout = error.is_timeout(), "connection failed");
    }
}

/// Whether a first byte comes in time. The HTTP library's own timer starts with the connection too,
/// but gives a silent one as long as one that is busy with its headers.
async fn speaks(stream: &TcpStream, limit: Duration) -> bool {
    let mut first = [0];
    matches!(timeout(limit, stream.peek(&mut first)).await, Ok(Ok(1)))
}
