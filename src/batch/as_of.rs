//! Rows by key as of a moment that the asker names: what was looked up since then, but not long ago, is good enough.

use super::Batcher;
use super::told::Told;
use crate::error::Fault;
use crate::recent::Recent;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Keys remembered at most.
const MOST: u64 = 20_000;

/// What is on its way, and since when: whatever was written before that, it knows.
type Known<V> = (Instant, Told<Option<V>>);

/// A loader for many who hear of the same event at about the same time and all ask for the same: it looks up once what was
/// not looked up since the event, so what an event has changed is never missed.
pub struct AsOf<K, V> {
    look_up: Batcher<K, V>,
    known: Recent<K, Known<V>>,
    turn: Mutex<()>,
}

impl<K, V> AsOf<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A loader that believes for so long at most.
    #[must_use]
    pub fn new(look_up: Batcher<K, V>, believed: Duration) -> Self {
        Self {
            look_up,
            known: Recent::new(MOST, believed),
            turn: Mutex::default(),
        }
    }

    /// The value of this key at this moment or later, or none when there was no such row.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when the query failed.
    pub async fn load(&self, key: K, moment: Instant) -> Result<Option<V>, Fault> {
        let found = self.told(key, moment).get().await;
        if found.is_err() {
            self.known.forget(&key);
        }
        found
    }

    fn told(&self, key: K, moment: Instant) -> Told<Option<V>> {
        let _one_looks_it_up = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, told)) = self.known.get(&key)
            && since >= moment
        {
            return told;
        }
        let since = Instant::now();
        let look_up = self.look_up.clone();
        let told = Told::by(async move { look_up.load(key).await });
        self.known.insert(key, (since, told.clone()));
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn counting() -> (Arc<AsOf<u32, usize>>, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let batcher = Batcher::new(move |keys: Vec<u32>| {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                tokio::task::yield_now().await;
                Ok(keys
                    .into_iter()
                    .map(|key| (key, number))
                    .collect::<HashMap<_, _>>())
            }
        });
        let as_of = AsOf::new(batcher, Duration::from_secs(60));
        (Arc::new(as_of), asked)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_many_ask_as_of_one_moment_is_looked_up_once_and_never_before_it() {
        let (as_of, asked) = counting();
        for round in 1..=20 {
            let moment = Instant::now();
            let many = (0..100).map(|_| {
                let as_of = Arc::clone(&as_of);
                tokio::spawn(async move { as_of.load(7, moment).await.ok().flatten() })
            });
            for one in many.collect::<Vec<_>>() {
                assert_eq!(one.await.ok().flatten(), Some(round - 1));
            }
            assert_eq!(asked.load(Ordering::SeqCst), round);
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_one_who_asked_first_and_is_not_served() {
        let (as_of, asked) = counting();
        let moment = Instant::now();
        let mut first = Box::pin(as_of.load(7, moment));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(first.as_mut().poll(&mut context).is_pending());
        assert_eq!(as_of.load(7, moment).await.ok().flatten(), Some(0));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}
