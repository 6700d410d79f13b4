//! One WebSocket as the loop sees it: what came in, what is still to go out, how it ends.
//!
//! Refuses to know the protocol above frames. It never waits for a write on its own: sending is
//! progress like any other, so that revocation and time-outs are seen while a peer does not read.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::Bytes,
    extract::ws::{Message, Utf8Bytes, WebSocket},
};
use futures_util::{Sink, Stream, StreamExt};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite;

use super::Close;

pub(super) struct Wire {
    socket: WebSocket,
    outbox: VecDeque<Message>,
    /// Since when something has been waiting to be taken by the peer.
    unsent_since: Option<Instant>,
}

/// What happened on the wire.
pub(super) enum Turn {
    /// All that was queued has been handed to the kernel.
    Sent,
    Text(Utf8Bytes),
    Binary,
    /// A ping or pong of the WebSocket layer.
    Sign,
    /// The peer closed.
    Closed,
    /// The peer broke the rules of RFC 6455 or of our limits; nothing more can be read.
    Broken(Close),
    /// The connection is no more.
    Gone,
}

impl Wire {
    pub(super) fn new(socket: WebSocket) -> Self {
        Self {
            socket,
            outbox: VecDeque::new(),
            unsent_since: None,
        }
    }

    /// Queues a text frame.
    pub(super) fn push(&mut self, text: Utf8Bytes) {
        self.queue(Message::Text(text));
    }

    /// Queues a ping.
    pub(super) fn ping(&mut self) {
        self.queue(Message::Ping(Bytes::new()));
    }

    fn queue(&mut self, message: Message) {
        self.outbox.push_back(message);
        self.mark_unsent();
    }

    fn mark_unsent(&mut self) {
        self.unsent_since.get_or_insert_with(Instant::now);
    }

    /// Since when something has been waiting to be taken by the peer; none when all is sent.
    pub(super) fn unsent_since(&self) -> Option<Instant> {
        self.unsent_since
    }

    /// Sends as much of what is queued as the peer takes at once; something only when that is settled.
    pub(super) async fn send_now(&mut self) -> Option<Turn> {
        poll_fn(|context| match self.poll_turn(context, false) {
            Poll::Ready(turn) => Poll::Ready(Some(turn)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    /// Sends what is queued, then reads if `listen`: who does not take answers gets no more of them.
    pub(super) fn poll_turn(&mut self, context: &mut Context<'_>, listen: bool) -> Poll<Turn> {
        if self.unsent_since.is_some() {
            return match ready!(self.poll_send(context)) {
                Ok(()) => {
                    self.unsent_since = None;
                    Poll::Ready(Turn::Sent)
                }
                Err(_) => Poll::Ready(Turn::Gone),
            };
        }
        if !listen {
            return Poll::Pending;
        }
        let turn = match ready!(Pin::new(&mut self.socket).poll_next(context)) {
            Some(Ok(Message::Text(text))) => Turn::Text(text),
            Some(Ok(Message::Binary(_))) => Turn::Binary,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                // The answer to a ping was queued below us, out of sight of the send time-out.
                self.mark_unsent();
                Turn::Sign
            }
            Some(Ok(Message::Close(_))) => Turn::Closed,
            Some(Err(error)) => verdict(error),
            None => Turn::Gone,
        };
        Poll::Ready(turn)
    }

    /// Hands over the whole outbox before the one flush.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        while !self.outbox.is_empty() {
            ready!(Pin::new(&mut self.socket).poll_ready(context))?;
            if let Some(message) = self.outbox.pop_front() {
                Pin::new(&mut self.socket).start_send(message)?;
            }
        }
        Pin::new(&mut self.socket).poll_flush(context)
    }

    /// Forgets what has been queued and not yet begun to be sent.
    pub(super) fn discard(&mut self) {
        self.outbox.clear();
    }

    /// Sends what is queued and the close frame, then waits for the peer's, `wait` for each.
    pub(super) async fn close(mut self, close: Close, wait: Duration) {
        let frame = Message::Close(Some(close.frame()));
        let sent = timeout(wait, async {
            poll_fn(|context| self.poll_send(context)).await?;
            self.socket.send(frame).await
        });
        if let Ok(Ok(())) = sent.await {
            self.hear_out(wait).await;
        }
    }

    /// Reads to the end: the answer to a close frame goes out on the way, and a connection that is
    /// dropped with bytes unread is reset, which may cost the peer our last frames (it sees 1006).
    pub(super) async fn hear_out(&mut self, wait: Duration) {
        let rest = async { while let Some(Ok(_)) = self.socket.next().await {} };
        // Running out of time ends the wait like the peer's answer does.
        let _ = timeout(wait, rest).await;
    }
}

/// axum hides which error it was; the WebSocket library behind it tells.
fn verdict(error: axum::Error) -> Turn {
    match error.into_inner().downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Capacity(_)) => Turn::Broken(Close::TOO_BIG),
        Some(tungstenite::Error::Utf8(_)) => Turn::Broken(Close::NOT_UTF8),
        Some(tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        )) => Turn::Gone,
        Some(tungstenite::Error::Protocol(_)) => Turn::Broken(Close::PROTOCOL),
        _ => Turn::Gone,
    }
}
