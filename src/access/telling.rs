//! What goes along with a viewer while they are told of things: of when the answers must be, and what they depend on. Unlike
//! the trail it stays with a viewer who leaves none.

use super::likeness::Recording;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What goes along with a viewer.
#[derive(Debug, Default)]
pub(super) struct Telling {
    recording: Mutex<Option<Recording>>,
    moment: Mutex<Option<Instant>>,
}

impl Telling {
    /// Starts or ends a recording, and gives the one before it.
    pub fn record(&self, next: Option<Recording>) -> Option<Recording> {
        std::mem::replace(&mut *locked(&self.recording), next)
    }

    /// Lets a recording note something, if one runs.
    pub fn note(&self, note: impl FnOnce(&mut Recording)) {
        if let Some(recording) = &mut *locked(&self.recording) {
            note(recording);
        }
    }

    /// From now on, what was looked up since this moment is new enough.
    pub fn at(&self, moment: Instant) {
        *locked(&self.moment) = Some(moment);
    }

    /// Of when, at least, what is looked up must be; none when it must be of now.
    pub fn moment(&self) -> Option<Instant> {
        *locked(&self.moment)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
