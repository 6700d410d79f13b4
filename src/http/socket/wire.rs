//! One WebSocket as the loop sees it: what came in, what is still to go out, how it ends.
//!
//! Refuses to know the protocol above frames. It never waits for a write on its own: sending is
//! progress like any other, so that revocation and time-outs are seen while a peer does not read.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use axum::{
    body::Bytes,
    extract::ws::{Message, Utf8Bytes, WebSocket},
};
use futures_util::{Sink, Stream};
use rand::RngExt as _;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite;

use super::{Close, Settings};
use crate::http::listener::Received;

/// Bytes of a ping or pong at most (RFC 6455, 5.5), with what stands before it.
const LARGEST_SIGN: u64 = 125 + 6;

pub(super) struct Wire {
    socket: WebSocket,
    /// What has come over the connection, and how much of it belongs to messages that are whole.
    received: Received,
    whole: u64,
    outbox: VecDeque<Message>,
    /// Since when something has been waiting to be taken by the peer.
    unsent_since: Option<Instant>,
    settings: Arc<Settings>,
    next_ping: Instant,
    /// When a ping was sent last.
    asked_last: Instant,
    /// Since when a ping has been waiting for any sign of life.
    asked_since: Option<Instant>,
    /// When the task looks at the clock by itself.
    alarm: Instant,
    /// The task, while it is at rest.
    task: Option<Waker>,
    /// Something was sent past the task of which it has to know.
    has_news: bool,
    is_over: bool,
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
    pub(super) fn new(socket: WebSocket, received: Received, settings: Arc<Settings>) -> Self {
        let now = Instant::now();
        let next_ping = now + settings.ping_every;
        Self {
            socket,
            whole: received.bytes(),
            received,
            outbox: VecDeque::new(),
            unsent_since: None,
            settings,
            next_ping,
            asked_last: now,
            asked_since: None,
            alarm: next_ping,
            task: None,
            has_news: false,
            is_over: false,
        }
    }

    /// Queues a text frame.
    pub(super) fn push(&mut self, text: Utf8Bytes) {
        self.queue(Message::Text(text), Instant::now());
    }

    /// Queues a result. The peer is asked whether it reads: with the result itself, if it is told much and was not asked lately,
    /// for that costs no write; else soon, and those who were silent for long not all at once, or all would answer at once.
    pub(super) fn tell(&mut self, text: Utf8Bytes) {
        let now = Instant::now();
        self.queue(Message::Text(text), now);
        let soon = self.settings.probe_after;
        let since = now - self.asked_last;
        let was_silent = since >= 2 * soon;
        if self.asked_since.is_none() && since >= soon && !was_silent {
            self.ask(now);
        } else if self.next_ping > now + soon {
            let part = match was_silent {
                true => rand::rng().random_range(0.5..1.0),
                false => 1.0,
            };
            self.next_ping = now + soon.mul_f64(part);
        }
    }

    fn ask(&mut self, now: Instant) {
        self.next_ping = now + self.settings.ping_every;
        self.asked_last = now;
        self.asked_since.get_or_insert(now);
        self.queue(Message::Ping(Bytes::new()), now);
    }

    /// Sends a ping if one is due. Behind output that is not taken yet it would only wait too: then the next one is due later.
    pub(super) fn ping_if_due(&mut self, now: Instant) {
        if now < self.next_ping {
            return;
        }
        if self.unsent_since.is_none() {
            self.ask(now);
        } else {
            self.next_ping = now + self.settings.ping_every;
        }
    }

    /// The peer has given a sign of life.
    pub(super) fn is_heard(&mut self) {
        self.asked_since = None;
    }

    /// Since when a ping has been waiting for any sign of life.
    pub(super) fn asked_since(&self) -> Option<Instant> {
        self.asked_since
    }

    /// When something is to be done about this wire, if nothing happens before.
    pub(super) fn due(&self) -> Instant {
        let waiting = [self.unsent_since, self.asked_since].into_iter().flatten();
        let ends = waiting.map(|since| since + self.settings.send_timeout);
        ends.fold(self.next_ping, Instant::min)
    }

    /// The task looks at the clock at this moment, and has been told of all that happened before.
    pub(super) fn sets_alarm(&mut self, alarm: Instant) {
        self.alarm = alarm;
    }

    fn queue(&mut self, message: Message, now: Instant) {
        self.outbox.push_back(message);
        self.unsent_since.get_or_insert(now);
    }

    /// Something is to be sent, or is being brought.
    pub(super) fn mark_unsent(&mut self) {
        self.unsent_since.get_or_insert_with(Instant::now);
    }

    /// Since when something has been waiting to be taken by the peer; none when all is sent.
    pub(super) fn unsent_since(&self) -> Option<Instant> {
        self.unsent_since
    }

    /// Whether the peer has all that there was for it, and may be sent more.
    pub(super) fn is_clear(&self) -> bool {
        self.unsent_since.is_none() && !self.is_over
    }

    /// The task comes to rest here. Whether something was sent meanwhile of which it has to know.
    pub(super) fn rests(&mut self, context: &Context<'_>) -> bool {
        match &mut self.task {
            Some(task) => task.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        std::mem::take(&mut self.has_news)
    }

    /// Sends what is queued, while the task is at rest. It is woken when it has to see to the rest of it, or to look at the clock
    /// earlier than it would.
    pub(super) fn send_past_the_task(&mut self) {
        let sent = self.poll_send(&mut Context::from_waker(Waker::noop()));
        if matches!(sent, Poll::Ready(Ok(()))) {
            self.unsent_since = None;
            if self.due() >= self.alarm {
                return;
            }
        }
        self.has_news = true;
        if let Some(task) = &self.task {
            task.wake_by_ref();
        }
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
        let Poll::Ready(next) = Pin::new(&mut self.socket).poll_next(context) else {
            // A message may come in any number of frames, and frames may be empty.
            return match self.received.bytes() - self.whole > self.most_unfinished() {
                true => Poll::Ready(Turn::Broken(Close::TOO_BIG)),
                false => Poll::Pending,
            };
        };
        let is_sign = matches!(next, Some(Ok(Message::Ping(_) | Message::Pong(_))));
        // A sign may come between the parts of a message, and makes it no more whole.
        self.whole = match is_sign {
            true => self.received.bytes().min(self.whole + LARGEST_SIGN),
            false => self.received.bytes(),
        };
        let turn = match next {
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

    /// So much may come of one message with all that is around its parts: what is told in frames of no use is not waited for.
    fn most_unfinished(&self) -> u64 {
        let most = self.settings.max_message_bytes.saturating_mul(2);
        u64::try_from(most).unwrap_or(u64::MAX)
    }

    /// Hands over the whole outbox before the one flush.
    pub(super) fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        while !self.outbox.is_empty() {
            ready!(Pin::new(&mut self.socket).poll_ready(context))?;
            if let Some(message) = self.outbox.pop_front() {
                Pin::new(&mut self.socket).start_send(message)?;
            }
        }
        Pin::new(&mut self.socket).poll_flush(context)
    }

    /// Nothing more is told.
    pub(super) fn ends(&mut self) {
        self.is_over = true;
        self.task = None;
    }

    /// Forgets what has been queued and not yet begun to be sent.
    pub(super) fn discard(&mut self) {
        self.outbox.clear();
    }

    /// Queues the close frame behind what is queued.
    pub(super) fn close(&mut self, close: Close) {
        self.queue(Message::Close(Some(close.frame())), Instant::now());
    }

    /// Reads to the end, whatever it is that comes.
    pub(super) fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while let Some(Ok(_)) = ready!(Pin::new(&mut self.socket).poll_next(context)) {}
        Poll::Ready(())
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
