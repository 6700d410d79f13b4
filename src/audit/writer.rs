//! The group commit: whoever waits for entries to be durable waits together.
//!
//! One task takes whatever is in the queue and writes it with one statement, which is its own transaction; then it wakes
//! those who asked. While it writes, the next ones gather. A full queue and a failed write are answered alike: then what
//! was looked at is not shown. Of denials that repeat within ten seconds the first is written at once and the others are
//! counted: else the log would be a way to fill the disk. Denials whose write failed are owed, and written as soon as that
//! can be done.

use super::entry::{Follower, Maker};
use super::gathered::{Shown, gathered};
use super::store;
use crate::db::Db;
use crate::error::Fault;
use crate::meter::{Held, Meter};
use entity::audit_entry::Model;
use sea_orm::Statement;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

/// How long an answer waits for its rows. They may be written after that all the same; then nothing was shown of what they say.
const PATIENCE: Duration = Duration::from_secs(10);
/// Requests, and deliveries, that may wait: more than one copy has sockets.
const QUEUE: usize = 16_384;
/// Entries a statement.
const BATCH: usize = 500;
/// What was shown to followers of streams, gathered at once.
const SHOWN: usize = 16_384;
/// For how long denials that repeat are counted before they are written.
const WINDOW: Duration = Duration::from_secs(10);
/// Different denials that are counted, or owed, at once; what is more is written one by one.
const COUNTED: usize = 10_000;

/// The way to the task.
pub(super) struct Writer {
    queue: mpsc::Sender<Asked>,
    meter: Meter,
}

/// What is being made durable, or is so.
pub struct Keeping(Option<(oneshot::Receiver<bool>, Held)>);

impl Keeping {
    /// Nothing.
    pub fn nothing() -> Self {
        Self(None)
    }

    /// Resolves when it is durable; dropping the wait loses nothing.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when it is not, or not in time: then nothing may be answered of what it says.
    pub async fn kept(&mut self) -> Result<(), Fault> {
        const LOST: &str = "the audit could not be written";
        const LATE: &str = "the audit was not written in time";
        let Some((kept, _)) = &mut self.0 else {
            return Ok(());
        };
        let kept = tokio::time::timeout(PATIENCE, kept).await;
        self.0 = None;
        match kept {
            Ok(Ok(true)) => Ok(()),
            Ok(_) => Err(Fault::unavailable(LOST)),
            Err(_) => Err(Fault::unavailable(LATE)),
        }
    }
}

struct Asked {
    entries: Vec<Model>,
    shown: Vec<Shown>,
    /// Whether what is counted is to be written too.
    all: bool,
    done: oneshot::Sender<bool>,
}

impl Writer {
    /// Starts the task; it ends with the last writer.
    pub fn start(db: Db, bell: Arc<Notify>, maker: Maker) -> Self {
        let (queue, asked) = mpsc::channel(QUEUE);
        let meter = db.meter().clone();
        let task = Task {
            db,
            bell,
            maker,
            counts: HashMap::new(),
            owed: VecDeque::new(),
        };
        tokio::spawn(task.run(asked));
        Self { queue, meter }
    }

    /// Takes entries in, and what followers of streams were shown, to make them durable.
    ///
    /// # Errors
    /// When the queue is full.
    pub fn keep(&self, entries: Vec<Model>, shown: Vec<Shown>) -> Result<Keeping, Fault> {
        const FULL: &str = "the audit's queue is full";
        let waiting = self.meter.hold(|it| &it.audit_waiting);
        let (done, kept) = oneshot::channel();
        let asked = Asked {
            entries,
            shown,
            all: false,
            done,
        };
        self.queue
            .try_send(asked)
            .map_err(|_| Fault::unavailable(FULL))?;
        Ok(Keeping(Some((kept, waiting))))
    }

    /// Writes what is counted until now.
    pub async fn settle(&self) {
        let (done, settled) = oneshot::channel();
        let asked = Asked {
            entries: Vec::new(),
            shown: Vec::new(),
            all: true,
            done,
        };
        if self.queue.send(asked).await.is_ok() {
            drop(settled.await);
        }
    }
}

/// What makes two denials the same.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Denial {
    actor: Option<entity::id::UserId>,
    address: Option<Vec<u8>>,
    operation: String,
    kinds: String,
    action: String,
    object_kind: String,
    object: Option<uuid::Uuid>,
}

struct Counted {
    since: Instant,
    /// The last of them.
    last: Model,
    /// How many were not written yet.
    times: i32,
}

struct Task {
    db: Db,
    bell: Arc<Notify>,
    maker: Maker,
    counts: HashMap<Denial, Counted>,
    /// Denials with their counts that are not written yet.
    owed: VecDeque<Model>,
}

impl Task {
    async fn run(mut self, mut asked: mpsc::Receiver<Asked>) {
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                first = asked.recv() => match first {
                    Some(first) => self.write(first, &mut asked).await,
                    None => break,
                },
                _ = seconds.tick() => self.pay(WINDOW).await,
            }
        }
        self.pay(Duration::ZERO).await;
    }

    async fn write(&mut self, first: Asked, asked: &mut mpsc::Receiver<Asked>) {
        let (mut entries, mut waiting) = (Vec::new(), Vec::new());
        let (mut fresh, mut all) = (Vec::new(), false);
        let mut shown = Vec::new();
        let mut next = Some(first);
        while let Some(one) = next {
            for entry in one.entries {
                entries.extend(self.uncounted(entry, &mut fresh));
            }
            shown.extend(one.shown);
            all |= one.all;
            waiting.push(one.done);
            next = match entries.len() < BATCH && shown.len() < SHOWN {
                true => asked.try_recv().ok(),
                false => None,
            };
        }
        let gathered = gathered(&self.maker, shown);
        entries.extend(gathered.single);
        let followers: Vec<_> = gathered.new.into_values().collect();
        let kept = self.insert(&entries).await;
        if !kept {
            self.owe(fresh);
        }
        // Whom an entry names is written down before it.
        let kept =
            kept && self.write_down(&followers).await && self.insert_many(&gathered.many).await;
        if all {
            self.pay(Duration::ZERO).await;
        }
        for done in waiting {
            // Whoever has hung up does not wait for it any more.
            let _gone = done.send(kept);
        }
    }

    async fn insert(&self, entries: &[Model]) -> bool {
        let mut kept = true;
        for some in entries.chunks(BATCH) {
            kept &= self
                .append(store::insert_naming(self.db.kind(), some), some.len())
                .await;
        }
        kept
    }

    async fn insert_many(&self, entries: &[Model]) -> bool {
        let mut kept = true;
        for some in entries.chunks(BATCH) {
            kept &= self
                .append(vec![store::insert_many(self.db.kind(), some)], some.len())
                .await;
        }
        kept
    }

    async fn write_down(&self, followers: &[Arc<Follower>]) -> bool {
        let mut kept = true;
        for some in followers.chunks(BATCH) {
            let rows: Vec<_> = some.iter().map(|follower| &follower.row).collect();
            let written = store::insert_followers(self.db.kind(), &rows);
            if self.append(vec![written], some.len()).await {
                for follower in some {
                    follower.is_kept.store(true, Ordering::Relaxed);
                }
            } else {
                kept = false;
            }
        }
        kept
    }

    async fn append(&self, statements: Vec<Statement>, rows: usize) -> bool {
        match self.db.append(statements).await {
            Ok(()) => {
                self.db.meter().audit_rows.add(rows as u64);
                self.bell.notify_one();
                true
            }
            Err(fault) => {
                tracing::error!(?fault, rows, "The audit could not be written");
                false
            }
        }
    }

    /// Owes these denials, of which not even the first could be written, with what was counted of them meanwhile: the next of
    /// them is a first one again.
    fn owe(&mut self, fresh: Vec<Denial>) {
        for denial in fresh {
            if let Some(mut counted) = self.counts.remove(&denial) {
                counted.last.times = counted.times.saturating_add(1);
                self.owed.push_back(counted.last);
            }
        }
        let lost = self.owed.len().saturating_sub(COUNTED);
        if lost > 0 {
            // Whoever was denied was told that nothing could be answered, and not what the answer was.
            tracing::error!(lost, "Denials could not be recorded");
            self.owed.drain(..lost);
        }
    }

    /// Writes what was counted for so long, and what is owed from before. What cannot be written stays owed.
    async fn pay(&mut self, window: Duration) {
        let due = self.due(window);
        self.owed.extend(due);
        while !self.owed.is_empty() {
            let some = self.owed.len().min(BATCH);
            let mut entries: Vec<Model> = self.owed.drain(..some).collect();
            for entry in &mut entries {
                // Another id at each try: one whose failure was a mistake is rather counted twice than stands in the way.
                entry.id = self.db.clock().new_id();
                self.maker.prove(entry);
            }
            if !self.insert(&entries).await {
                self.owed.extend(entries);
                return;
            }
        }
    }

    /// The entry, unless it is a denial that was written moments ago: that is counted. A first one is noted as fresh.
    fn uncounted(&mut self, entry: Model, fresh: &mut Vec<Denial>) -> Option<Model> {
        if entry.outcome != "DENIED" {
            return Some(entry);
        }
        let denial = Denial {
            actor: entry.actor,
            address: entry.address.clone(),
            operation: entry.operation.clone(),
            kinds: entry.kinds.clone(),
            action: entry.action.clone(),
            object_kind: entry.object_kind.clone(),
            object: entry.object_id,
        };
        if let Some(counted) = self.counts.get_mut(&denial) {
            counted.times = counted.times.saturating_add(1);
            counted.last = entry;
            return None;
        }
        if self.counts.len() < COUNTED {
            let counted = Counted {
                since: Instant::now(),
                last: entry.clone(),
                times: 0,
            };
            fresh.push(denial.clone());
            self.counts.insert(denial, counted);
        }
        Some(entry)
    }

    /// What was counted for so long, as one entry each with its count.
    fn due(&mut self, window: Duration) -> Vec<Model> {
        let mut due = Vec::new();
        self.counts.retain(|_, counted| {
            let is_over = counted.since.elapsed() >= window;
            if is_over && counted.times > 0 {
                let mut entry = counted.last.clone();
                entry.times = counted.times;
                due.push(entry);
            }
            !is_over
        });
        due
    }
}
