//! What was found out a moment ago, believed for a fixed time. Reading it costs a look into a table: requests do so dozens
//! of times.

use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, UnitWeighter};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// For how many entries there is room from the start.
const ROOM: usize = 1000;

/// Values by key, the least used of which make room for others.
pub struct Recent<K, V> {
    known: Cache<K, (Instant, V)>,
    believed: Duration,
}

impl<K: Eq + Hash + Clone, V: Clone> Recent<K, V> {
    /// Room for so many entries, each believed for so long.
    #[must_use]
    pub fn new(most: u64, believed: Duration) -> Self {
        let (weighter, hashes) = (UnitWeighter, DefaultHashBuilder::default());
        Self {
            known: Cache::with(ROOM, most, weighter, hashes, Default::default()),
            believed,
        }
    }

    /// The value of this key, if it was found out recently enough. One that was not is dropped.
    pub fn get(&self, key: &K) -> Option<V> {
        let (since, value) = self.known.get(key)?;
        if since.elapsed() < self.believed {
            return Some(value);
        }
        self.known
            .remove_if(key, |(since, _)| since.elapsed() >= self.believed);
        None
    }

    /// The value of this key, found out now.
    pub fn insert(&self, key: K, value: V) {
        self.known.insert(key, (Instant::now(), value));
    }

    /// Knows nothing about this key any more.
    pub fn forget(&self, key: &K) {
        self.known.remove(key);
    }

    /// Drops what is too old to be believed, and would otherwise stay until somebody asks for it.
    pub fn forget_old(&self) {
        self.known
            .retain(|_, (since, _)| since.elapsed() < self.believed);
    }

    /// Knows nothing any more.
    pub fn forget_all(&self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_out_is_believed_until_it_is_old_or_forgotten() {
        let recent = Recent::new(10, Duration::from_secs(60));
        recent.insert(1, "one");
        recent.insert(2, "two");
        assert_eq!(recent.get(&1), Some("one"));
        recent.forget(&1);
        assert_eq!((recent.get(&1), recent.get(&2)), (None, Some("two")));
        recent.forget_all();
        assert_eq!(recent.get(&2), None);

        let past = Recent::new(10, Duration::ZERO);
        past.insert(1, "one");
        assert_eq!(past.get(&1), None);
        past.insert(2, "two");
        past.forget_old();
        assert_eq!(past.known.len(), 0);
    }
}
