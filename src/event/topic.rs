//! One stream that somebody on this copy follows: its newest events in memory, and how far it has come.

use entity::event;
use std::any::{Any, TypeId};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OnceCell, watch};

/// How many of a stream's newest events a copy keeps; a slower subscriber reads the log at its own pace.
const KEPT: usize = 1024;

/// An event on its way to this copy's subscribers, with room for what is loaded once for all of them.
#[derive(Debug)]
pub struct Delivery<T> {
    /// The event.
    pub event: event::Model,
    /// When it was known on this copy: whatever is looked up since, is not of before it.
    pub arrived: Instant,
    /// What the event is about, as the first subscriber loaded it.
    pub loaded: Loading<T>,
    /// Spoken to when what somebody is told of it can be given to others who are alike, or cannot.
    pub told: Arc<Notify>,
}

/// Room for what is loaded once for all who are told of an event at about the same time, for each type of whoever tells
/// them. It is emptied soon after: the event stays in memory for hours, and what was loaded may hold an open key.
#[derive(Debug)]
pub struct Loading<T>(Arc<Mutex<Rooms<T>>>);

type Rooms<T> = Vec<(TypeId, Arc<OnceCell<T>>)>;

impl<T> Default for Loading<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Send + Sync + 'static> Loading<T> {
    /// The cell of tellers of this type, if there is one now.
    #[must_use]
    pub fn at_hand(&self, teller: TypeId) -> Option<Arc<OnceCell<T>>> {
        let rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = rooms.iter().find(|(of, _)| *of == teller);
        cell.map(|(_, cell)| Arc::clone(cell))
    }

    /// The cell that is filled, or to be filled, now by tellers of this type; `after` so long the next one who asks finds
    /// another.
    #[must_use]
    pub fn cell(&self, teller: TypeId, after: Duration) -> Arc<OnceCell<T>> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = rooms.iter().find(|(of, _)| *of == teller) {
            return Arc::clone(cell);
        }
        let cell = Arc::new(OnceCell::new());
        rooms.push((teller, Arc::clone(&cell)));
        let emptied = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            if let Some(rooms) = emptied.upgrade() {
                let mut rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
                rooms.retain(|(of, _)| *of != teller);
            }
        });
        cell
    }
}

/// Followers of a stream who are told together of what they are told alike.
pub trait Choir: Send + Sync {
    /// There is something new in the stream. It is not waited for.
    fn hear(self: Arc<Self>);

    /// Itself, for whoever knows what it is.
    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

/// The name of a choir among those of its stream.
pub type ChoirName = (TypeId, [u8; 32]);

/// What subscribers of one stream share.
pub(super) struct Topic<T> {
    /// The stream's key.
    pub key: String,
    ring: Mutex<VecDeque<Arc<Delivery<T>>>>,
    /// The newest sequence that the ring has, or that was there when the topic began.
    head: watch::Sender<i64>,
    /// The newest sequence that anybody has spoken of.
    wanted: AtomicI64,
    /// Somebody relies on its silence.
    is_witnessed: AtomicBool,
    /// Somebody is reading what is wanted.
    is_read: AtomicBool,
    /// Those that are told together, as long as they last.
    choirs: Mutex<Vec<(ChoirName, Weak<dyn Choir>)>>,
}

impl<T> Delivery<T> {
    /// An event that has just been read.
    pub(super) fn now(event: event::Model) -> Self {
        Self {
            event,
            arrived: Instant::now(),
            loaded: Loading::default(),
            told: Arc::default(),
        }
    }
}

impl<T> Topic<T> {
    /// A topic that begins after `head`.
    pub fn new(key: String, head: i64) -> Self {
        Self {
            key,
            ring: Mutex::new(VecDeque::new()),
            head: watch::Sender::new(head),
            wanted: AtomicI64::new(head),
            is_witnessed: AtomicBool::new(false),
            is_read: AtomicBool::new(false),
            choirs: Mutex::default(),
        }
    }

    /// The newest sequence at hand.
    pub fn head(&self) -> i64 {
        *self.head.borrow()
    }

    /// Tells subscribers when the head moves.
    pub fn watch_head(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }

    /// Says that the stream has come this far. Whether that breaks a silence on which somebody relies.
    pub fn spoken(&self, seq: i64) -> bool {
        let before = self.wanted.fetch_max(seq, Ordering::AcqRel);
        before < seq && self.is_witnessed.load(Ordering::Acquire)
    }

    /// Somebody relies on its silence from now on.
    pub fn is_relied_on(&self) {
        self.is_witnessed.store(true, Ordering::Release);
    }

    /// The newest sequence that anybody has spoken of.
    pub fn wanted(&self) -> i64 {
        self.wanted.load(Ordering::Acquire)
    }

    /// Whether there is something to read that nobody reads: then it is for whoever asks, until they [`rest`](Self::rest).
    pub fn takes_up(&self) -> bool {
        self.wanted() > self.head() && !self.is_read.swap(true, Ordering::AcqRel)
    }

    /// Says that nobody reads any more. Whoever says so looks once more whether there is something to
    /// [take up](Self::takes_up): it may have been spoken of a moment before.
    pub fn rest(&self) {
        self.is_read.store(false, Ordering::Release);
    }

    /// Takes in what was read from the log, in order, and moves the head. Whether there was anything.
    pub fn extend(&self, events: Vec<event::Model>) -> bool {
        let Some(newest) = events.last().map(|event| event.seq) else {
            return false;
        };
        {
            let mut ring = self.ring();
            ring.extend(events.into_iter().map(Delivery::now).map(Arc::new));
            let surplus = ring.len().saturating_sub(KEPT);
            ring.drain(..surplus);
        }
        self.head.send_replace(newest);
        self.spoken(newest);
        let choirs: Vec<_> = {
            let mut choirs = self.choirs();
            choirs.retain(|(_, choir)| choir.strong_count() > 0);
            choirs.iter().filter_map(|(_, it)| it.upgrade()).collect()
        };
        choirs.into_iter().for_each(Choir::hear);
        true
    }

    /// How many follow the stream, each choir's members counted.
    pub fn followers(&self) -> usize {
        self.head.receiver_count()
    }

    /// The choir of this name: the one that there is, or this new one.
    pub fn choir(&self, name: ChoirName, new: impl FnOnce() -> Arc<dyn Choir>) -> Arc<dyn Choir> {
        let mut choirs = self.choirs();
        let there_is = choirs.iter().find(|(of, _)| *of == name);
        if let Some(choir) = there_is.and_then(|(_, choir)| choir.upgrade()) {
            return choir;
        }
        let choir = new();
        choirs.retain(|(of, choir)| *of != name && choir.strong_count() > 0);
        choirs.push((name, Arc::downgrade(&choir)));
        choir
    }

    /// The event of this sequence, if it is still in memory.
    pub fn get(&self, seq: i64) -> Option<Arc<Delivery<T>>> {
        let ring = self.ring();
        let first = ring.front()?.event.seq;
        let at = usize::try_from(seq.checked_sub(first)?).ok()?;
        ring.get(at).cloned()
    }

    fn ring(&self) -> MutexGuard<'_, VecDeque<Arc<Delivery<T>>>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn choirs(&self) -> MutexGuard<'_, Vec<(ChoirName, Weak<dyn Choir>)>> {
        self.choirs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_loaded_for_an_event_is_shared_and_soon_forgotten_though_the_event_stays() {
        let room = Loading::default();
        let teller = TypeId::of::<()>();
        let cell = room.cell(teller, Duration::from_millis(50));
        let thing = Arc::new("an open key");
        assert!(cell.set(Arc::clone(&thing)).is_ok());
        assert!(room.cell(teller, Duration::from_millis(50)).get().is_some());
        drop(cell);
        for _ in 0..1000 {
            if Arc::strong_count(&thing) == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(Arc::strong_count(&thing), 1);
        assert!(room.cell(teller, Duration::from_millis(50)).get().is_none());
    }
}
