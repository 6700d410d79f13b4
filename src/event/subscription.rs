//! One subscriber's way through a stream.

use super::hub::{Loaded, STRETCH, Swept, Witness};
use super::log;
use super::topic::{Choir, ChoirName, Delivery, Topic};
use crate::db::Db;
use crate::error::Fault;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::watch;

/// One subscriber's way through a stream.
pub struct Subscription {
    db: Db,
    topic: Arc<Topic<Loaded>>,
    heads: watch::Receiver<i64>,
    swept: Arc<Swept>,
    at: i64,
    caught_up_at: i64,
    backlog: VecDeque<Arc<Delivery<Loaded>>>,
}

impl Subscription {
    /// After `at`, in a stream that had come as far as `end` when it began.
    pub(super) fn new(
        db: Db,
        topic: Arc<Topic<Loaded>>,
        swept: Arc<Swept>,
        at: i64,
        end: i64,
    ) -> Self {
        Self {
            db,
            heads: topic.watch_head(),
            topic,
            swept,
            at,
            caught_up_at: end,
            backlog: VecDeque::new(),
        }
    }

    /// Where this subscriber stands: the sequence handed out last.
    #[must_use]
    pub fn at(&self) -> i64 {
        self.at
    }

    /// A witness that nothing has been told since what was handed out last.
    #[must_use]
    pub fn witness(&self) -> Witness {
        let (topic, swept) = (Arc::clone(&self.topic), Arc::clone(&self.swept));
        Witness::new(topic, self.at, swept)
    }

    /// Whether everything that was there when the subscription began has been handed out.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.at >= self.caught_up_at
    }

    /// How many on this copy follow the stream.
    #[must_use]
    pub fn followers(&self) -> usize {
        self.topic.followers()
    }

    /// The stream's newest events, for a choir.
    #[must_use]
    pub fn ring(&self) -> Ring {
        Ring(Arc::clone(&self.topic))
    }

    /// Whether there is something to [`read`](Self::read) that this copy knows of.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        !self.backlog.is_empty() || self.topic.head() > self.at || !self.is_caught_up()
    }

    /// Says that the event of this sequence was handed out in another way; or, when it lies behind, that what came after it is
    /// to be handed out again.
    pub fn stands_at(&mut self, seq: i64) {
        self.at = seq;
        self.backlog.clear();
    }

    /// The next event: each exactly once, in order. Waits until there is one; dropping the wait loses nothing.
    ///
    /// # Errors
    /// A fault when the log cannot be read.
    pub async fn next(&mut self) -> Result<Arc<Delivery<Loaded>>, Fault> {
        loop {
            if let Some(delivery) = self.read().await? {
                return Ok(delivery);
            }
            self.more().await?;
        }
    }

    /// The next event, if there is one.
    ///
    /// # Errors
    /// A fault when the log cannot be read.
    pub async fn read(&mut self) -> Result<Option<Arc<Delivery<Loaded>>>, Fault> {
        loop {
            if let Some(delivery) = self.backlog.pop_front() {
                self.at = delivery.event.seq;
                return Ok(Some(delivery));
            }
            if let Some(delivery) = self.topic.get(self.at + 1) {
                self.at = delivery.event.seq;
                return Ok(Some(delivery));
            }
            let behind_the_ring = *self.heads.borrow_and_update() > self.at || !self.is_caught_up();
            if !behind_the_ring {
                return Ok(None);
            }
            let after = log::after(self.db.read(), &self.topic.key, self.at, STRETCH);
            let events = Box::pin(after).await?;
            // What retention has taken away since cannot be told; whoever resumes learns that from the floor.
            if events.first().is_some_and(|event| event.seq > self.at + 1) {
                return Err(Fault::unavailable(
                    "events were forgotten before they were read",
                ));
            }
            if events.is_empty() {
                return Ok(None);
            }
            let deliveries = events.into_iter().map(Delivery::now);
            self.backlog.extend(deliveries.map(Arc::new));
        }
    }

    /// Waits until there may be more than was there when it was [`read`](Self::read).
    ///
    /// # Errors
    /// A fault when nobody reads the stream any more.
    pub async fn more(&mut self) -> Result<(), Fault> {
        let changed = self.heads.changed().await;
        changed.map_err(|_| Fault::unavailable("the stream's reader has ended"))
    }
}

/// A stream's newest events, as a choir is told of them.
#[derive(Clone)]
pub struct Ring(Arc<Topic<Loaded>>);

impl Ring {
    /// The newest sequence at hand.
    #[must_use]
    pub fn head(&self) -> i64 {
        self.0.head()
    }

    /// The event of this sequence, if it is still in memory.
    #[must_use]
    pub fn get(&self, seq: i64) -> Option<Arc<Delivery<Loaded>>> {
        self.0.get(seq)
    }

    /// The choir of this name: the one that there is, or this new one. It hears of what comes as long as somebody holds it.
    pub fn choir(&self, name: ChoirName, new: impl FnOnce() -> Arc<dyn Choir>) -> Arc<dyn Choir> {
        self.0.choir(name, new)
    }
}
