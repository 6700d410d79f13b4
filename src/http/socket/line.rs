//! A socket's wire where others find it, too: while its task is at rest, whoever tells many the same writes to each wire by
//! themselves, and no task is woken for it.
//!
//! The task holds the wire whenever it takes something out of an operation, and what it has taken counts as unsent. So a wire
//! that is free and has nothing unsent is behind on nothing, and what is written to it comes in order.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::Poll,
    time::Duration,
};

use futures_util::stream::AbortHandle;
use tokio::time::timeout;

use super::{
    Close,
    message::Label,
    operations::MAX_PAYLOAD,
    wire::{Turn, Wire},
};

/// A wire that its task and others write to.
pub(super) struct Line(Mutex<Wire>);

impl Line {
    pub(super) fn new(wire: Wire) -> Self {
        Self(Mutex::new(wire))
    }

    pub(super) fn wire(&self) -> MutexGuard<'_, Wire> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends as much of what is queued as the peer takes at once; something only when that is settled.
    pub(super) async fn send_now(&self) -> Option<Turn> {
        poll_fn(|context| match self.wire().poll_turn(context, false) {
            Poll::Ready(turn) => Poll::Ready(Some(turn)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    /// Sends what is queued and the close frame, then waits for the peer's, `wait` for each.
    pub(super) async fn close(&self, close: Close, wait: Duration) {
        let sent = async {
            // A pong that the layer below owes the peer goes out with this, and not behind the close frame.
            poll_fn(|context| self.wire().poll_send(context)).await?;
            self.wire().close(close);
            poll_fn(|context| self.wire().poll_send(context)).await
        };
        if let Ok(Ok(())) = timeout(wait, sent).await {
            self.hear_out(wait).await;
        }
    }

    /// Reads to the end: the answer to a close frame goes out on the way, and a connection that is
    /// dropped with bytes unread is reset, which may cost the peer our last frames (it sees 1006).
    pub(super) async fn hear_out(&self, wait: Duration) {
        let rest = poll_fn(|context| self.wire().poll_end(context));
        // Running out of time ends the wait like the peer's answer does.
        let _ = timeout(wait, rest).await;
    }
}

/// A way to the peer past the stream of an operation's results, for results that would come out of that stream next.
///
/// Whoever takes it looks by themselves whether the session still holds.
pub struct Outlet {
    /// Gone when the socket is, whoever keeps this.
    line: Weak<Line>,
    label: Arc<Label>,
    operation: AbortHandle,
}

impl Outlet {
    pub(super) fn new(line: &Arc<Line>, label: Arc<Label>, operation: AbortHandle) -> Self {
        Self {
            line: Arc::downgrade(line),
            label,
            operation,
        }
    }

    /// Whether the socket's task is at rest and the peer has taken all that came before.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        let line = self.line.upgrade();
        line.is_some_and(|line| line.0.try_lock().is_ok_and(|wire| wire.is_clear()))
    }

    /// Writes results, each of them JSON, at once and in one go. None of them if the socket's task is at work, if the peer has yet to
    /// take something that came before, or if the operation is over: then they are for the stream.
    #[must_use]
    pub fn send(&self, payloads: &[&[u8]]) -> bool {
        let Some(line) = self.line.upgrade() else {
            return false;
        };
        let Ok(mut wire) = line.0.try_lock() else {
            return false;
        };
        // An operation is stopped while its wire is held: another one of the same id never hears what was meant for it.
        if self.operation.is_aborted() || !wire.is_clear() {
            return false;
        }
        let texts = payloads.iter().map(|it| std::str::from_utf8(it).ok());
        let fitting = texts.map(|it| it.filter(|it| it.len() <= MAX_PAYLOAD));
        if fitting.clone().any(|it| it.is_none()) {
            return false;
        }
        fitting
            .flatten()
            .for_each(|it| wire.tell(self.label.next(it)));
        wire.send_past_the_task();
        true
    }
}
