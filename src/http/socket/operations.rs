//! The operations that run on one socket, turned into frames ready to send.
//!
//! All are polled by the socket's own task, and only while the peer takes what it is sent: a slow
//! reader holds back its own operations and nobody else's: so whatever an operation has in hand that
//! others may wait for, it must have done by a task. A task per operation was the other way; it needs a
//! channel each and could still deliver after the socket has ended. Refuses to know the wire.

use std::{
    collections::HashMap,
    future::ready,
    sync::Arc,
    task::{Context, Poll},
};

use axum::extract::ws::Utf8Bytes;
use futures_util::{
    StreamExt,
    stream::{AbortHandle, Abortable, BoxStream, SelectAll, once},
};

use super::{
    Close, Current, MAX_WRITE_BUFFER, OperationRequest, Payload, Refusal, Sessions, WRITE_BUFFER,
    line::{Line, Outlet},
    message::Label,
};

/// What is gathered before one flush: enough to spare writes, little enough that a slow but willing
/// reader takes it within the send time-out.
const BATCH_BYTES: usize = 64 * 1024;
const BATCH_FRAMES: usize = 64;
/// Leaves room for the envelope, a pong and a close frame.
pub(super) const MAX_PAYLOAD: usize = MAX_WRITE_BUFFER - 4 * WRITE_BUFFER;

pub(super) struct Operations<A> {
    app: Arc<A>,
    most: usize,
    line: Arc<Line>,
    live: HashMap<String, AbortHandle>,
    running: SelectAll<Abortable<BoxStream<'static, Step>>>,
}

struct Step {
    label: Arc<Label>,
    event: Event,
}

enum Event {
    Next(Payload),
    Refused(Payload),
    Over,
}

impl<A: Sessions> Operations<A> {
    pub(super) fn new(app: Arc<A>, most: usize, line: Arc<Line>) -> Self {
        Self {
            app,
            most,
            line,
            live: HashMap::new(),
            running: SelectAll::new(),
        }
    }

    /// Starts an operation; a frame comes back if it is refused for being one too many.
    pub(super) fn start(
        &mut self,
        id: String,
        request: OperationRequest,
        session: Current<A::Session>,
    ) -> Result<Option<Utf8Bytes>, Close> {
        if self.live.contains_key(&id) {
            return Err(Close::DUPLICATE_ID);
        }
        if self.live.len() >= self.most {
            let errors = self.app.refusal(Refusal::TooManyOperations);
            return Ok(Some(Label::new(id).error(&errors)));
        }
        let (handle, registration) = AbortHandle::new_pair();
        self.live.insert(id.clone(), handle.clone());
        let label = Arc::new(Label::new(id));
        let outlet = Outlet::new(&self.line, Arc::clone(&label), handle);
        let steps = steps(Arc::clone(&self.app), label, request, (session, outlet));
        self.running.push(Abortable::new(steps, registration));
        Ok(None)
    }

    /// Ends an operation without a word; an unknown id is let be, since the two `complete` messages
    /// of client and server may cross.
    pub(super) fn stop(&mut self, id: &str) {
        if let Some(handle) = self.live.remove(id) {
            handle.abort();
        }
    }

    /// Waits for output, then gives all that is ready up to a batch.
    pub(super) fn poll_frames(&mut self, context: &mut Context<'_>) -> Poll<Vec<Utf8Bytes>> {
        let mut frames = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES && frames.len() < BATCH_FRAMES {
            let Poll::Ready(Some(step)) = self.running.poll_next_unpin(context) else {
                break;
            };
            let frame = self.frame(step);
            bytes += frame.len();
            frames.push(frame);
        }
        if frames.is_empty() {
            Poll::Pending
        } else {
            Poll::Ready(frames)
        }
    }

    fn frame(&mut self, Step { label, event }: Step) -> Utf8Bytes {
        match event {
            Event::Next(payload) if payload.len() <= MAX_PAYLOAD => label.next(&payload),
            Event::Next(_) => {
                self.stop(&label.id);
                label.error(&self.app.refusal(Refusal::ResultTooLarge))
            }
            Event::Refused(errors) => {
                self.live.remove(&label.id);
                label.error(&errors)
            }
            Event::Over => {
                self.live.remove(&label.id);
                label.complete()
            }
        }
    }
}

/// An operation from its start to its last message.
fn steps<A: Sessions>(
    app: Arc<A>,
    label: Arc<Label>,
    request: OperationRequest,
    (session, outlet): (Current<A::Session>, Outlet),
) -> BoxStream<'static, Step> {
    // Boxed, and so freed once it has started: in its place in the stream it would be kept as long as the stream.
    once(Box::pin(async move {
        app.subscribe(session, request, outlet).await
    }))
    .flat_map(|started| match started {
        Ok(payloads) => payloads
            .map(Event::Next)
            .chain(once(ready(Event::Over)))
            .left_stream(),
        Err(errors) => once(ready(Event::Refused(errors))).right_stream(),
    })
    .map(move |event| Step {
        label: Arc::clone(&label),
        event,
    })
    .boxed()
}
