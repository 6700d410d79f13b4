//! Many small questions, one statement: a loader that gathers keys for as long as the runtime has other work ready.
//!
//! One loader serves the whole process, so that concurrent requests share statements. Therefore it holds no cache and
//! knows no viewer: it finds rows by key, and whoever asked decides what of them may be seen. Whoever asks first yields,
//! and so lets all siblings within its task ask, and hands out all answers in that task too. (A task of its own for either
//! is taken up by an idle thread: it would flush before the siblings have asked, and wake them one by one, so that what
//! they ask for next comes apart. A timer costs every lone request a millisecond.)
//!
//! [`Remembered`] is the exception for the few tables that everything refers to, and [`AsOf`] for what many ask at once who
//! all hear of the same event.

mod as_of;
mod onward;
mod told;

pub use as_of::AsOf;
pub use onward::onward;
pub use told::Told;

use crate::error::Fault;
use crate::recent::Recent;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

type Found<K, V> = Result<HashMap<K, V>, Fault>;
type Query<K, V> =
    dyn Fn(Vec<K>) -> Pin<Box<dyn Future<Output = Found<K, V>> + Send>> + Send + Sync;
/// A statement on its way to the answers.
type Running<K, V> = Pin<Box<dyn Future<Output = HashMap<K, Option<V>>> + Send>>;
type Waiting<K, V> = Vec<(K, oneshot::Sender<Result<Option<V>, ()>>)>;

/// How many keys one statement carries at most; both databases take several times that many.
const MOST: usize = 500;

/// How many rows a loader remembers at most.
const REMEMBERED: u64 = 20_000;

/// Gathers keys of `K` and answers each with its `V`, if there is one.
pub struct Batcher<K, V> {
    inner: Arc<Inner<K, V>>,
}

impl<K, V> Clone for Batcher<K, V> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

struct Inner<K, V> {
    query: Box<Query<K, V>>,
    waiting: Mutex<Waiting<K, V>>,
}

impl<K, V> Batcher<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A batcher over a query that takes distinct keys and finds what there is.
    pub fn new<F>(query: impl Fn(Vec<K>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Found<K, V>> + Send + 'static,
    {
        let query: Box<Query<K, V>> = Box::new(move |keys| Box::pin(query(keys)));
        Self {
            inner: Arc::new(Inner {
                query,
                waiting: Mutex::default(),
            }),
        }
    }

    /// The value of this key, or none when there is no such row.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when the query failed; its cause has been logged by then.
    pub async fn load(&self, key: K) -> Result<Option<V>, Fault> {
        let (answer, answered) = oneshot::channel();
        let first = {
            let mut waiting = self.waiting();
            waiting.push((key, answer));
            waiting.len() == 1
        };
        if first {
            self.lead().await;
        }
        match answered.await {
            Ok(Ok(value)) => Ok(value),
            _ => Err(Fault::unavailable("a batch of look-ups failed")),
        }
    }

    /// What the first to ask does for all: it waits a turn, by which its task has asked for all that it can ask for, and
    /// hands out the answers.
    async fn lead(&self) {
        let mut lead = Lead(Step::Gathering(Self::clone(self)));
        tokio::task::yield_now().await;
        lead.ask();
        if let Step::Asked(query, _) = &mut lead.0 {
            let found = query.await;
            lead.answer(&found);
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting<K, V>> {
        self.inner
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks these distinct keys up. Those of a failed statement are not among the answers.
    async fn find(self, keys: Vec<K>) -> HashMap<K, Option<V>> {
        let mut answers = HashMap::with_capacity(keys.len());
        for some in keys.chunks(MOST) {
            match (self.inner.query)(some.to_vec()).await {
                Ok(found) => {
                    answers.extend(some.iter().map(|key| (*key, found.get(key).cloned())));
                }
                Err(fault) => tracing::error!(?fault, "A batch of look-ups failed"),
            }
        }
        answers
    }
}

/// A loader that believes for a short while what it has found, for rows that nearly every request asks for and that
/// seldom change. What it has not found it looks up again.
pub struct Remembered<K, V> {
    look_up: Batcher<K, V>,
    known: Recent<K, V>,
    /// How often anything was forgotten: what was being looked up meanwhile may be of before the change.
    forgotten: AtomicU64,
}

impl<K, V> Remembered<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A loader that believes for so long.
    #[must_use]
    pub fn new(look_up: Batcher<K, V>, believed: Duration) -> Self {
        let known = Recent::new(REMEMBERED, believed);
        Self {
            look_up,
            known,
            forgotten: AtomicU64::new(0),
        }
    }

    /// The value of this key, or none when there is no such row.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when the query failed.
    pub async fn load(&self, key: K) -> Result<Option<V>, Fault> {
        if let Some(known) = self.known.get(&key) {
            return Ok(Some(known));
        }
        let forgotten = self.forgotten.load(Ordering::Acquire);
        let is_new = || self.forgotten.load(Ordering::Acquire) == forgotten;
        let found = self.look_up.load(key).await?;
        if let Some(found) = found.as_ref().filter(|_| is_new()) {
            self.known.insert(key, found.clone());
            // In between, too.
            if !is_new() {
                self.known.forget(&key);
            }
        }
        Ok(found)
    }

    /// Looks this key up anew the next time: its row has changed. What is being looked up now is not believed.
    pub fn forget(&self, key: K) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.known.forget(&key);
    }
}

/// How far the first to ask has come. Dropped on the way, because its client hung up, it leaves the rest to a task: others
/// may wait for it by then.
struct Lead<K, V>(Step<K, V>)
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static;

enum Step<K, V> {
    Gathering(Batcher<K, V>),
    Asked(Running<K, V>, Waiting<K, V>),
    Answered,
}

impl<K, V> Lead<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Asks for all that wait.
    fn ask(&mut self) {
        if let Step::Gathering(batcher) = &self.0 {
            let asked = std::mem::take(&mut *batcher.waiting());
            let mut seen = HashSet::with_capacity(asked.len());
            let keys = asked.iter().map(|(key, _)| *key);
            let keys = keys.filter(|key| seen.insert(*key)).collect();
            let query = Box::pin(Batcher::clone(batcher).find(keys));
            self.0 = Step::Asked(query, asked);
        }
    }

    /// Hands out what was found.
    fn answer(&mut self, found: &HashMap<K, Option<V>>) {
        if let Step::Asked(_, asked) = std::mem::replace(&mut self.0, Step::Answered) {
            hand_out(asked, found);
        }
    }
}

impl<K, V> Drop for Lead<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn drop(&mut self) {
        // Without a runtime it is being shut down, and nobody waits.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        self.ask();
        if let Step::Asked(query, asked) = std::mem::replace(&mut self.0, Step::Answered) {
            runtime.spawn(async move { hand_out(asked, &query.await) });
        }
    }
}

/// Gives each who waits their answer; what is not among those found has failed.
fn hand_out<K: Eq + Hash, V: Clone>(asked: Waiting<K, V>, found: &HashMap<K, Option<V>>) {
    for (key, answer) in asked {
        // The asker may have gone; then nobody misses the answer.
        drop(answer.send(found.get(&key).cloned().ok_or(())));
    }
}

#[cfg(test)]
mod tests {
    use super::{Batcher, Remembered};
    use std::collections::HashMap;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    fn counting() -> (Batcher<u32, u32>, Arc<AtomicUsize>) {
        let statements = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&statements);
        let batcher = Batcher::new(move |keys: Vec<u32>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                let odd = keys.into_iter().filter(|key| key % 2 == 1);
                Ok(odd.map(|key| (key, key * 10)).collect::<HashMap<_, _>>())
            }
        });
        (batcher, statements)
    }

    fn poll_once<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_one_task_asks_for_at_once_is_one_statement_at_each_step() {
        for _ in 0..200 {
            let (batcher, statements) = counting();
            let two_steps = |key: u32| {
                let batcher = batcher.clone();
                async move {
                    let first = batcher.load(key).await.ok().flatten();
                    batcher.load(first.unwrap_or(key) + 1).await.ok().flatten()
                }
            };
            let found = futures_util::future::join_all((0..20).map(two_steps)).await;
            assert_eq!(found.len(), 20);
            assert_eq!(statements.load(Ordering::Relaxed), 2);
        }
    }

    #[tokio::test]
    async fn a_missing_row_is_none_and_a_doubled_key_is_asked_for_once() {
        let (batcher, _) = counting();
        let (one, again, none) = tokio::join!(batcher.load(1), batcher.load(1), batcher.load(2));
        assert_eq!(one.ok(), Some(Some(10)));
        assert_eq!(again.ok(), Some(Some(10)));
        assert_eq!(none.ok(), Some(None));
    }

    #[tokio::test]
    async fn others_get_their_answer_when_the_first_goes_away_while_its_statement_runs() {
        let (running, open) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(tokio::sync::Notify::new()),
        );
        let (begun, gate) = (Arc::clone(&running), Arc::clone(&open));
        let batcher = Batcher::new(move |keys: Vec<u32>| {
            let (begun, gate) = (Arc::clone(&begun), Arc::clone(&gate));
            async move {
                begun.fetch_add(1, Ordering::Relaxed);
                gate.notified().await;
                Ok(keys
                    .into_iter()
                    .map(|key| (key, key * 10))
                    .collect::<HashMap<_, _>>())
            }
        });
        let mut first = Box::pin(batcher.load(1));
        assert!(poll_once(&mut first).is_pending());
        let mut second = Box::pin(batcher.load(3));
        assert!(poll_once(&mut second).is_pending());
        // The first has asked for both, and waits for the database.
        assert!(poll_once(&mut first).is_pending());
        assert_eq!(running.load(Ordering::Relaxed), 1);
        drop(first);
        open.notify_waiters();
        open.notify_one();
        assert_eq!(second.await.ok(), Some(Some(30)));
    }

    #[tokio::test]
    async fn others_get_their_answer_when_the_first_to_ask_goes_away() {
        let (batcher, _) = counting();
        let mut first = Box::pin(batcher.load(1));
        assert!(poll_once(&mut first).is_pending());
        let mut second = Box::pin(batcher.load(3));
        assert!(poll_once(&mut second).is_pending());
        drop(first);
        assert_eq!(second.await.ok(), Some(Some(30)));
    }

    #[tokio::test]
    async fn what_was_being_looked_up_when_its_row_changed_is_not_believed() {
        let (row, open) = (
            Arc::new(AtomicUsize::new(1)),
            Arc::new(tokio::sync::Notify::new()),
        );
        let (stands, gate) = (Arc::clone(&row), Arc::clone(&open));
        let remembered = Remembered::new(
            Batcher::new(move |keys: Vec<u32>| {
                let (found, gate) = (stands.load(Ordering::Relaxed), Arc::clone(&gate));
                async move {
                    gate.notified().await;
                    let keys = keys.into_iter();
                    Ok(keys.map(|key| (key, found)).collect::<HashMap<_, _>>())
                }
            }),
            Duration::from_secs(60),
        );
        let mut before = Box::pin(remembered.load(1));
        for _ in 0..3 {
            assert!(poll_once(&mut before).is_pending());
        }
        row.store(2, Ordering::Relaxed);
        remembered.forget(1);
        open.notify_one();
        assert_eq!(before.await.ok(), Some(Some(1)));
        open.notify_one();
        assert_eq!(remembered.load(1).await.ok(), Some(Some(2)));
        // And is believed.
        row.store(3, Ordering::Relaxed);
        assert_eq!(remembered.load(1).await.ok(), Some(Some(2)));
    }
}
