//! The hub of one copy: who follows which stream, and what they are handed.
//!
//! When the bell or the sweep speaks of a newer sequence of a followed stream than is at hand, a task reads the log: one a
//! stream at a time, and none for a stream that is quiet. So each event is read once a copy however many follow it.
//! Subscribers pull at their own pace from the topic's ring, and from the log itself once they have fallen behind it: nobody
//! is waited for and nothing is skipped.

use super::bus::Bus;
use super::subscription::Subscription;
use super::topic::Topic;
use super::{Stream, log};
use crate::batch::Batcher;
use crate::db::{Db, Head};
use crate::error::Fault;
use entity::stream_head;
use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// What a subscriber loads once for all: each room knows its own type.
pub type Loaded = Arc<dyn Any + Send + Sync>;

/// How often the heads of followed streams are read, in case a bell was lost.
const SWEEP: Duration = Duration::from_millis(400);
/// For how long after the heads have been read silence means that nothing was told, in milliseconds: with the time that reading
/// takes, one sweep and the next are not further apart.
const WITNESSED: u64 = 600;
/// How many events are read from the log at once.
pub(super) const STRETCH: u64 = 500;
/// How many streams are looked at in one statement.
const AT_ONCE: usize = 1000;

type Topics = Mutex<HashMap<String, Weak<Topic<Loaded>>>>;

/// The hub. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    /// How far streams have come, and what is kept of them; asked by thousands at once who come back at once.
    heads: Batcher<Stream, stream_head::Model>,
    bus: Bus,
    topics: Topics,
    swept: Arc<Swept>,
}

/// When the heads of all followed streams were read last.
pub(super) struct Swept {
    since: Instant,
    /// Milliseconds after that; at which the reading began, and it read all of them.
    last: AtomicU64,
    /// How often a silence has been broken that somebody relied on.
    unrest: AtomicU64,
}

impl Swept {
    fn millis(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// That nothing more has been told in a stream, as far as this copy can know. Cheap to clone; the stream is listened to as long as
/// there is one.
#[derive(Clone)]
pub struct Witness {
    topic: Arc<Topic<Loaded>>,
    at: i64,
    swept: Arc<Swept>,
}

impl Witness {
    /// Of a stream, as somebody knows it who has come as far as `at`.
    pub(super) fn new(topic: Arc<Topic<Loaded>>, at: i64, swept: Arc<Swept>) -> Self {
        topic.is_relied_on();
        Self { topic, at, swept }
    }

    /// Whether that is so: nobody has spoken of more, and the streams' heads have been read lately, in case nobody was heard.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        let last = self.swept.last.load(Ordering::Acquire);
        self.topic.wanted() <= self.at && self.swept.millis().saturating_sub(last) < WITNESSED
    }
}

/// Why a subscription cannot begin where it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The place is older than what the log keeps; read the state anew and start without a cursor.
    Expired,
    /// The place is after the stream's end: no cursor of ours.
    Unknown,
}

impl Hub {
    /// A hub that follows nothing yet.
    #[must_use]
    pub fn new(db: Db, bus: Bus) -> Self {
        let inner = Inner {
            heads: heads(&db),
            db,
            bus,
            topics: Mutex::default(),
            swept: Arc::new(Swept {
                since: Instant::now(),
                last: AtomicU64::new(0),
                unrest: AtomicU64::new(0),
            }),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Takes in a bell: these streams have come this far.
    pub fn heard(&self, heads: &[Head]) {
        let topics = self.inner.topics();
        for head in heads {
            if let Some(topic) = topics.get(&head.stream).and_then(Weak::upgrade) {
                if topic.spoken(head.seq) {
                    self.inner.swept.unrest.fetch_add(1, Ordering::AcqRel);
                }
                self.inner.take_up(&topic);
            }
        }
    }

    /// How often a stream has spoken on whose silence somebody relied ([`Witness`]). As long as that has not changed, all who were
    /// found silent are.
    #[must_use]
    pub fn unrest(&self) -> u64 {
        self.inner.swept.unrest.load(Ordering::Acquire)
    }

    /// Follows a stream: from its end, or from the place after `after`.
    ///
    /// # Errors
    /// [`Missing`] when `after` cannot be continued from; a fault when the log cannot be read.
    pub async fn follow(
        &self,
        stream: Stream,
        after: Option<i64>,
    ) -> Result<Result<Subscription, Missing>, Fault> {
        let topic = self.topic(stream).await?;
        // Read after the topic exists: whatever comes later than this head, the topic hears of.
        let head = self.inner.heads.load(stream).await?;
        let (end, floor) = head.map_or((0, 0), |head| (head.seq, head.floor));
        topic.spoken(end);
        self.inner.take_up(&topic);
        let at = match after {
            None => end,
            Some(after) if after > end => return Ok(Err(Missing::Unknown)),
            Some(after) if after < floor => return Ok(Err(Missing::Expired)),
            Some(after) => after,
        };
        let (db, swept) = (self.inner.db.clone(), Arc::clone(&self.inner.swept));
        Ok(Ok(Subscription::new(db, topic, swept, at, end)))
    }

    /// Reads the heads of all followed streams now and then, until the hub is dropped.
    pub async fn sweep(self) {
        let mut ticks = tokio::time::interval(SWEEP);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.sweep_now().await;
        }
    }

    /// Reads the heads of all followed streams once: after the bus came back, say.
    pub async fn sweep_now(&self) {
        let began = self.inner.swept.millis();
        let live: Vec<Head> = {
            let mut topics = self.inner.topics();
            topics.retain(|key, topic| {
                let is_followed = topic.strong_count() > 0;
                if !is_followed {
                    self.inner.bus.forget(key);
                }
                is_followed
            });
            let known = |(stream, topic): (&String, &Weak<Topic<Loaded>>)| {
                let seq = topic.upgrade()?.wanted();
                let stream = stream.clone();
                Some(Head { stream, seq })
            };
            topics.iter().filter_map(known).collect()
        };
        let db = &self.inner.db;
        let mut is_all = true;
        for some in live.chunks(AT_ONCE) {
            match log::beyond(db.read(), db.kind(), some).await {
                Ok(heads) => self.heard(&heads),
                Err(fault) => {
                    tracing::warn!(?fault, "Could not read the heads of the streams");
                    is_all = false;
                }
            }
        }
        if is_all {
            self.inner.swept.last.fetch_max(began, Ordering::AcqRel);
        }
    }

    async fn topic(&self, stream: Stream) -> Result<Arc<Topic<Loaded>>, Fault> {
        let key = stream.key();
        if let Some(topic) = self.inner.topics().get(&key).and_then(Weak::upgrade) {
            return Ok(topic);
        }
        let head = self.inner.heads.load(stream).await?;
        let head = head.map_or(0, |head| head.seq);
        let topic = {
            let mut topics = self.inner.topics();
            if let Some(topic) = topics.get(&key).and_then(Weak::upgrade) {
                return Ok(topic);
            }
            let topic = Arc::new(Topic::new(key.clone(), head));
            topics.insert(key.clone(), Arc::downgrade(&topic));
            // While the topics are held, as is forgetting: one that comes as another goes stays listened to.
            self.inner.bus.listen(&key);
            topic
        };
        Ok(topic)
    }
}

/// Reads the heads of any number of streams in one statement. One that nothing has happened in has none.
fn heads(db: &Db) -> Batcher<Stream, stream_head::Model> {
    let db = db.clone();
    Batcher::new(move |streams: Vec<Stream>| {
        let db = db.clone();
        async move {
            let mut of: HashMap<String, Stream> =
                streams.iter().map(|it| (it.key(), *it)).collect();
            let heads = log::heads(db.read(), of.keys().cloned().collect()).await?;
            let found = heads.into_iter();
            Ok(found
                .filter_map(|head| Some((of.remove(&head.stream)?, head)))
                .collect())
        }
    })
}

impl Inner {
    fn topics(&self) -> std::sync::MutexGuard<'_, HashMap<String, Weak<Topic<Loaded>>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has what is wanted of a topic read, unless it is being read. A stream that is quiet has no task that waits.
    fn take_up(self: &Arc<Self>, topic: &Arc<Topic<Loaded>>) {
        if topic.takes_up() {
            tokio::spawn(read(Arc::downgrade(self), Arc::downgrade(topic)));
        }
    }
}

/// Counts what was read, and how long after it had happened.
fn counted(db: &Db, events: &[entity::event::Model]) {
    let (meter, now) = (db.meter(), db.clock().now());
    for event in events {
        let lag = (now - event.occurred_at).to_std().unwrap_or_default();
        meter.read_lag.took(lag);
        meter.events.one();
    }
}

/// Reads what is wanted of a topic; ends when that is done, or when nobody follows it any more.
async fn read(hub: Weak<Inner>, topic: Weak<Topic<Loaded>>) {
    while let (Some(inner), Some(topic)) = (hub.upgrade(), topic.upgrade()) {
        if topic.wanted() > topic.head() {
            let read = log::after(inner.db.read(), &topic.key, topic.head(), STRETCH).await;
            let is_any = match read {
                Ok(events) => {
                    counted(&inner.db, &events);
                    topic.extend(events)
                }
                Err(fault) => {
                    tracing::warn!(?fault, "Could not read the event log");
                    false
                }
            };
            drop((inner, topic));
            if !is_any {
                // Also when it was forgotten before it was read: then the next event moves the head over it.
                tokio::time::sleep(SWEEP).await;
            }
            continue;
        }
        topic.rest();
        if !topic.takes_up() {
            break;
        }
    }
}
