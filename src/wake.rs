//! Waking a background task of this copy, with what it is to look at. Nothing depends on it: whoever is never woken looks
//! by themselves after a while, and so do the other copies.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What is to be looked at, and who waits for it.
#[derive(Debug)]
pub struct Wake<K> {
    waiting: Mutex<HashSet<K>>,
    bell: Notify,
}

impl<K> Default for Wake<K> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            bell: Notify::new(),
        }
    }
}

impl<K: Eq + Hash> Wake<K> {
    /// Asks for a look at these.
    pub fn ring(&self, keys: impl IntoIterator<Item = K>) {
        self.waiting().extend(keys);
        self.bell.notify_one();
    }

    /// All that is to be looked at, once there is something; it is handed out once.
    pub async fn rung(&self) -> HashSet<K> {
        loop {
            let some = std::mem::take(&mut *self.waiting());
            if !some.is_empty() {
                return some;
            }
            self.bell.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashSet<K>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Wake;
    use std::collections::HashSet;

    #[tokio::test]
    async fn what_was_asked_for_while_nobody_listened_is_handed_out_once_and_together() {
        let wake = Wake::default();
        wake.ring([1, 2]);
        wake.ring([2, 3]);
        assert_eq!(wake.rung().await, HashSet::from([1, 2, 3]));
        let (next, ()) = tokio::join!(wake.rung(), async { wake.ring([4]) });
        assert_eq!(next, HashSet::from([4]));
    }
}
