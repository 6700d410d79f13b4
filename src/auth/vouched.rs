//! Sessions that need not be asked about again: somebody follows the account's stream, which tells of whatever ends or changes them.
//!
//! A connection follows its account anyway, to end with its session. As long as that stream is silent, what was found out of the
//! session since it is followed holds: so a delivery to thousands asks nothing about thousands of sessions.

use super::standing::Standing;
use crate::event::Witness;
use entity::id::SessionId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is said of a session, and who witnesses that it is so still.
struct Word {
    standing: Arc<Standing>,
    /// It was forgotten: its times have changed, and nothing else of which the stream would not tell.
    is_stale: bool,
    witness: Witness,
    /// Whose word it is.
    number: u64,
}

/// The sessions that somebody vouches for.
#[derive(Default)]
pub(super) struct Vouched {
    words: Mutex<HashMap<SessionId, Word>>,
    numbers: AtomicU64,
}

/// Somebody vouches for a session until this is dropped.
pub struct Vouching<'a> {
    vouched: &'a Vouched,
    session: SessionId,
    number: u64,
}

impl Vouched {
    /// How the session stands, if somebody vouches for that now.
    pub fn of(&self, session: SessionId) -> Option<Arc<Standing>> {
        let words = self.words();
        let word = words.get(&session)?;
        (!word.is_stale && word.witness.is_silent()).then(|| Arc::clone(&word.standing))
    }

    /// Vouches for what was found out after the witness began; the last word on a session counts.
    pub fn vouch(&self, standing: Arc<Standing>, witness: Witness) -> Vouching<'_> {
        let (session, number) = (
            standing.session,
            self.numbers.fetch_add(1, Ordering::Relaxed),
        );
        let word = Word {
            standing,
            is_stale: false,
            witness,
            number,
        };
        self.words().insert(session, word);
        Vouching {
            vouched: self,
            session,
            number,
        }
    }

    /// Its times have changed.
    pub fn forget(&self, session: SessionId) {
        if let Some(word) = self.words().get_mut(&session) {
            word.is_stale = true;
        }
    }

    /// It was found out anew how the session stands: with other times, and else as is vouched for, that is vouched for.
    pub fn learn(&self, found: &Arc<Standing>) {
        if let Some(word) = self.words().get_mut(&found.session) {
            let as_was = Standing {
                idle_expires_at: found.idle_expires_at,
                expires_at: found.expires_at,
                ..Standing::clone(&word.standing)
            };
            if **found == as_was {
                word.standing = Arc::clone(found);
                word.is_stale = false;
            }
        }
    }

    fn words(&self) -> MutexGuard<'_, HashMap<SessionId, Word>> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Vouching<'_> {
    fn drop(&mut self) {
        let mut words = self.vouched.words();
        let is_own = |word: &Word| word.number == self.number;
        if words.get(&self.session).is_some_and(is_own) {
            words.remove(&self.session);
        }
    }
}
