//! Which streams this copy wants to hear of, and what of that Redis has not been told yet.

use std::collections::{HashMap, HashSet};

/// The streams that are followed on this copy. While nobody listens only the whole of them is kept, so that an absence
/// of Redis, however long, costs nothing.
#[derive(Default)]
pub(super) struct Wanted {
    all: HashSet<String>,
    /// What has changed since it was last told to Redis: whether a stream is to be heard.
    changes: HashMap<String, bool>,
    is_listening: bool,
}

impl Wanted {
    /// From now on this stream is to be heard, or no longer.
    pub(super) fn change(&mut self, stream: &str, wanted: bool) {
        if wanted {
            self.all.insert(stream.to_owned());
        } else {
            self.all.remove(stream);
        }
        if self.is_listening {
            self.changes.insert(stream.to_owned(), wanted);
        }
    }

    /// Everything; from here on what changes is noted.
    pub(super) fn begin(&mut self) -> Vec<String> {
        self.is_listening = true;
        self.changes.clear();
        self.all.iter().cloned().collect()
    }

    /// Nobody listens any more.
    pub(super) fn end(&mut self) {
        self.is_listening = false;
        self.changes = HashMap::new();
    }

    /// What to listen to and what to forget.
    pub(super) fn take(&mut self) -> (Vec<String>, Vec<String>) {
        let (listen, forget): (Vec<_>, Vec<_>) =
            self.changes.drain().partition(|(_, wanted)| *wanted);
        let names = |some: Vec<(String, bool)>| some.into_iter().map(|(name, _)| name).collect();
        (names(listen), names(forget))
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn what_changes_while_nobody_listens_is_not_kept_twice() {
        let mut wanted = Wanted::default();
        for number in 0..1000 {
            wanted.change(&format!("stream {number}"), true);
            wanted.change(&format!("stream {number}"), false);
        }
        wanted.change("a", true);
        assert!(wanted.changes.is_empty());
        assert_eq!(wanted.begin(), ["a"]);
        wanted.change("b", true);
        wanted.change("a", false);
        wanted.change("c", true);
        wanted.change("c", false);
        let (new, mut old) = wanted.take();
        old.sort();
        assert_eq!(
            (new, old),
            (vec!["b".to_owned()], vec!["a".to_owned(), "c".to_owned()])
        );
        wanted.end();
        assert_eq!(wanted.begin(), ["b"]);
    }
}
