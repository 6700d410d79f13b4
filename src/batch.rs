//! Many small questions, one statement: a loader that gathers keys for as long as the runtime has other work ready.
//!
//! One loader serves the whole process, so that concurrent requests share statements. Therefore it holds no cache and
//! knows no viewer: it finds rows by key, and whoever asked decides what of them may be seen. It flushes when whoever
//! asked first has yielded, and so has let all siblings within its task ask (a task of its own that yields would be
//! taken up by an idle thread before they have; a timer costs every lone request a millisecond).

use crate::error::Fault;
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

type Found<K, V> = Result<HashMap<K, V>, Fault>;
type Query<K, V> =
    dyn Fn(Vec<K>) -> Pin<Box<dyn Future<Output = Found<K, V>> + Send>> + Send + Sync;
type Waiting<K, V> = Vec<(K, oneshot::Sender<Result<Option<V>, ()>>)>;

/// How many keys one statement carries at most; both databases take several times that many.
const MOST: usize = 500;

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
            let flush = Flush(Self::clone(self));
            tokio::task::yield_now().await;
            drop(flush);
        }
        match answered.await {
            Ok(Ok(value)) => Ok(value),
            _ => Err(Fault::unavailable("a batch of look-ups failed")),
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting<K, V>> {
        self.inner
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn flush(self) {
        let all = std::mem::take(&mut *self.waiting());
        let mut rest = all;
        while !rest.is_empty() {
            let later = rest.split_off(rest.len().min(MOST));
            self.answer(rest).await;
            rest = later;
        }
    }

    async fn answer(&self, asked: Waiting<K, V>) {
        let mut keys: Vec<K> = Vec::with_capacity(asked.len());
        let mut seen = std::collections::HashSet::with_capacity(asked.len());
        keys.extend(
            asked
                .iter()
                .map(|(key, _)| *key)
                .filter(|key| seen.insert(*key)),
        );
        let found = (self.inner.query)(keys).await;
        if let Err(fault) = &found {
            tracing::error!(?fault, "A batch of look-ups failed");
        }
        for (key, answer) in asked {
            let one = match &found {
                Ok(values) => Ok(values.get(&key).cloned()),
                Err(_) => Err(()),
            };
            // The asker may have gone; then nobody misses the answer.
            drop(answer.send(one));
        }
    }
}

/// Sends the keys that have gathered, when dropped: also when whoever asked first has gone away meanwhile.
struct Flush<K, V>(Batcher<K, V>)
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static;

impl<K, V> Drop for Flush<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn drop(&mut self) {
        // Without a runtime it is being shut down, and nobody waits.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(self.0.clone().flush());
        }
    }
}
