//! Where one who is told together with others waits: their feed, for whoever tells them, and what they have been told.

use super::Outlet;
use super::alike::Alike;
use crate::error::Fault;
use futures_util::task::AtomicWaker;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// How much somebody is told before they take any of it.
const AHEAD: usize = 16;
/// How many bytes are handed over at once, if it is more than one message: whoever reads slowly fetches the rest.
const MOST_BYTES: usize = 64 * 1024;
/// What somebody has not taken in this time is decided on anew, or made anew from their cursor: whether they may still see it was
/// decided before.
pub const STALE: Duration = Duration::from_millis(500);

/// Who can leave themselves on a seat.
pub(super) trait Sitter {
    /// The place in the stream that they have told of.
    fn at(&self) -> i64;

    /// They have told of this place, or are to tell again of what came after it.
    fn stands_at(&mut self, seq: i64);

    /// Whether there is more in the stream than they have told.
    fn is_behind(&self) -> bool;
}

/// An event that some are told of at about the same time.
pub(super) struct Round {
    /// Its place in the stream.
    pub seq: i64,
    /// What is decided there is decided after this.
    pub since: Instant,
    /// Whether what they are shown is recorded.
    pub batch: Arc<Batch>,
}

/// Whether what many were told together is recorded, once that is known.
#[derive(Default)]
pub(super) struct Batch(OnceLock<bool>);

/// Whoever will know whether a batch is recorded. It is not if they are dropped before they know: nobody waits for them.
pub(super) struct Recording(Arc<Batch>);

impl Recording {
    /// Of a batch that nobody knows about yet.
    pub fn of(batch: &Arc<Batch>) -> Self {
        Self(Arc::clone(batch))
    }

    /// Says whether it is recorded.
    pub fn is(self, recorded: bool) {
        self.says(recorded);
    }

    fn says(&self, recorded: bool) {
        // The first word stands.
        let _ = self.0.0.set(recorded);
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.says(false);
    }
}

/// What somebody was told.
struct Given {
    seq: i64,
    text: Arc<[u8]>,
    at: Instant,
    batch: Arc<Batch>,
}

/// A seat of a choir.
pub(super) struct Seat<F> {
    place: Mutex<Place<F>>,
    waker: AtomicWaker,
    /// A way to the owner past waking them.
    outlet: Option<Arc<dyn Outlet>>,
}

struct Place<F> {
    /// None while its owner is with it.
    feed: Option<Box<F>>,
    /// In order.
    given: VecDeque<Given>,
    /// The owner is to see for themselves.
    is_called: bool,
}

/// What became of telling somebody.
pub(super) enum Told {
    /// They were given it.
    Given,
    /// Nobody who is alike has been answered.
    Unlike,
    /// They see for themselves, or there is nothing to tell them.
    Done,
}

/// Why the owner of a seat is called.
pub(super) enum Called<F> {
    /// They were told this, and that is recorded.
    Given(Arc<[u8]>),
    /// There is something to see for themselves.
    Away(Box<F>),
    /// What they were told could not be recorded.
    Failed(Box<F>, Fault),
}

impl<F: Sitter> Seat<F> {
    /// An empty one, of somebody who is reached this way, too.
    pub fn new(outlet: Option<Arc<dyn Outlet>>) -> Self {
        Self {
            place: Mutex::new(Place {
                feed: None,
                given: VecDeque::new(),
                is_called: false,
            }),
            waker: AtomicWaker::new(),
            outlet,
        }
    }

    /// Leaves the feed here; it comes back if there is more in the stream than it has told. What comes later finds it here.
    pub fn sits(&self, feed: Box<F>) -> Option<Box<F>> {
        let mut place = self.place();
        place.is_called = false;
        // Looked at while the place is held: whoever tells of what comes after this look waits for the place.
        if feed.is_behind() {
            return Some(feed);
        }
        place.feed = Some(feed);
        None
    }

    /// Takes the feed away for good.
    pub fn leave(&self) {
        let mut place = self.place();
        let left = place.feed.take();
        place.given.clear();
        drop(place);
        drop(left);
    }

    /// Has the owner see for themselves, if they are not doing so.
    pub fn call(&self) {
        let mut place = self.place();
        if place.feed.is_some() {
            place.is_called = true;
            drop(place);
            self.wake();
        }
    }

    /// Whether the owner has taken all that they were told, so that one who is called comes at once: who does not read does not.
    pub fn is_free(&self) -> bool {
        let outlet = self.outlet.as_ref();
        self.place().given.is_empty() && outlet.is_none_or(|it| it.is_free())
    }

    /// Has the owner look whether what they were told is recorded.
    pub fn wake(&self) {
        self.waker.wake();
    }

    /// Sees to it that the owner hears what they were told, as far as it is recorded: straight and all of it at once, or by fetching
    /// it themselves. How much went straight. It is `now`, or was a moment ago.
    pub fn deliver(&self, now: Instant) -> usize {
        let mut place = self.place();
        let is_ready = |it: &&Given| it.batch.0.get() == Some(&true) && now - it.at <= STALE;
        let mut texts: [&[u8]; AHEAD] = [&[]; AHEAD];
        let (mut ready, mut bytes) = (0, 0);
        let given = place.given.iter().take_while(is_ready);
        for (text, given) in texts.iter_mut().zip(given) {
            bytes += given.text.len();
            if ready > 0 && bytes > MOST_BYTES {
                break;
            }
            *text = &given.text;
            ready += 1;
        }
        let outlet = self.outlet.as_ref().filter(|_| ready > 0);
        let straight = match outlet.is_some_and(|it| it.give(&texts[..ready])) {
            true => ready,
            false => 0,
        };
        place.given.drain(..straight);
        let is_for_owner = match place.given.front() {
            // Whoever records it delivers it.
            Some(first) => first.batch.0.get().is_some(),
            // They were to hear the rest first.
            None => place.is_called,
        };
        drop(place);
        if is_for_owner {
            self.wake();
        }
        straight
    }

    /// Tells the owner of an event what somebody alike is told of it, if that is so.
    pub fn tell(&self, round: &Round, alike: impl FnOnce(&mut F) -> Alike) -> Told {
        let (seq, at) = (round.seq, round.since);
        let mut place = self.place();
        let Place {
            feed,
            given,
            is_called,
        } = &mut *place;
        let Some(feed) = feed.as_mut().filter(|_| !*is_called) else {
            return Told::Done;
        };
        if feed.at() >= seq {
            return Told::Done;
        }
        let is_next = feed.at() + 1 == seq && given.len() < AHEAD;
        match is_next.then(|| alike(feed)) {
            Some(Alike::Given(text)) => {
                feed.stands_at(seq);
                let batch = Arc::clone(&round.batch);
                given.push_back(Given {
                    seq,
                    text,
                    at,
                    batch,
                });
                Told::Given
            }
            Some(Alike::Silent) => {
                feed.stands_at(seq);
                Told::Done
            }
            Some(Alike::Unlike) => Told::Unlike,
            Some(Alike::Own) | None => {
                *is_called = true;
                drop(place);
                self.wake();
                Told::Done
            }
        }
    }

    /// Waits until there is something for the owner.
    pub async fn called(&self) -> Called<F> {
        poll_fn(|context| self.poll_called(context)).await
    }

    fn poll_called(&self, context: &mut Context<'_>) -> Poll<Called<F>> {
        self.waker.register(context.waker());
        let mut place = self.place();
        let Some(first) = place.given.front() else {
            if !place.is_called {
                return Poll::Pending;
            }
            place.is_called = false;
            return match place.feed.take() {
                Some(feed) => Poll::Ready(Called::Away(feed)),
                None => Poll::Pending,
            };
        };
        match first.batch.0.get() {
            None => Poll::Pending,
            Some(true) if first.at.elapsed() <= STALE => match place.given.pop_front() {
                Some(first) => Poll::Ready(Called::Given(first.text)),
                None => Poll::Pending,
            },
            decided => {
                let is_recorded = decided.copied().unwrap_or_default();
                let before = first.seq - 1;
                place.given.clear();
                place.is_called = false;
                let Some(mut feed) = place.feed.take() else {
                    return Poll::Pending;
                };
                feed.stands_at(before);
                Poll::Ready(match is_recorded {
                    true => Called::Away(feed),
                    false => {
                        Called::Failed(feed, Fault::unavailable("the audit could not be written"))
                    }
                })
            }
        }
    }

    fn place(&self) -> MutexGuard<'_, Place<F>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
