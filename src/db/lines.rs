//! Who is about to write behind which lock, on this copy: whoever is not the first may look before they queue.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// The lines, by the id of what is locked. Cheap to clone.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<HashMap<Uuid, usize>>>);

/// A place in a line, kept until it is dropped.
pub struct Place {
    lines: Lines,
    of: Uuid,
    first: bool,
}

impl Lines {
    /// Takes a place in this line.
    #[must_use]
    pub fn join(&self, of: impl Into<Uuid>) -> Place {
        let of = of.into();
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = lines.entry(of).or_default();
        *before += 1;
        Place {
            first: *before == 1,
            lines: self.clone(),
            of,
        }
    }
}

impl Place {
    /// Whether nobody stood in the line when this place was taken.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.first
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lines = self.lines.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut line) = lines.entry(self.of) {
            *line.get_mut() -= 1;
            if *line.get() == 0 {
                line.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_alone_is_first_and_an_empty_line_is_forgotten() {
        let (lines, one, other) = (Lines::default(), Uuid::from_u128(1), Uuid::from_u128(2));
        let first = lines.join(one);
        let second = lines.join(one);
        assert!(first.is_first() && !second.is_first());
        assert!(lines.join(other).is_first());
        drop(first);
        assert!(!lines.join(one).is_first());
        drop(second);
        assert!(lines.0.lock().unwrap().is_empty());
        assert!(lines.join(one).is_first());
    }
}
