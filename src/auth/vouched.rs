//! Sessions that need not be asked about again: somebody follows the account's stream, which tells of whatever ends or changes them.
//!
//! A connection follows its account anyway, to end with its session. As long as that stream is silent, what was found out of the
//! session since it is followed holds: so a delivery to thousands asks nothing about thousands of sessions.

use super::standing::Standing;
use crate::event::Witness;
use chrono::{DateTime, Utc};
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

/// Into how many shares sessions fall, each with a count of how often any of it was forgotten.
const SHARES: usize = 256;

/// The sessions that somebody vouches for.
pub(super) struct Vouched {
    words: Mutex<HashMap<SessionId, Word>>,
    numbers: AtomicU64,
    /// How often any of the sessions of a share was forgotten.
    forgotten: [AtomicU64; SHARES],
}

impl Default for Vouched {
    fn default() -> Self {
        Self {
            words: Mutex::default(),
            numbers: AtomicU64::default(),
            forgotten: [const { AtomicU64::new(0) }; SHARES],
        }
    }
}

/// That a session stands, with the rights with which it was found: kept by whoever was told so, it says whether that is still so
/// without a look at anything that others use, too.
pub struct Stands {
    session: SessionId,
    witness: Witness,
    until: DateTime<Utc>,
    forgotten: u64,
}

/// Somebody vouches for a session until this is dropped.
pub struct Vouching<'a> {
    vouched: &'a Vouched,
    session: SessionId,
    number: u64,
}

impl Vouched {
    /// How the session stands, if somebody vouches for that now, and who witnesses it.
    pub fn of(&self, session: SessionId) -> Option<(Arc<Standing>, Stands)> {
        // Read before: whatever is forgotten from here on counts.
        let forgotten = self.forgotten(session).load(Ordering::Acquire);
        let words = self.words();
        let word = words.get(&session)?;
        let is_so = !word.is_stale && word.witness.is_silent();
        is_so.then(|| {
            let standing = &word.standing;
            let stands = Stands {
                session,
                witness: word.witness.clone(),
                until: standing.idle_expires_at.min(standing.expires_at),
                forgotten,
            };
            (Arc::clone(standing), stands)
        })
    }

    /// Whether that is so still. Not, too, when another session of its share was forgotten: then it is to be looked up again.
    pub fn holds(&self, stands: &Stands, now: DateTime<Utc>) -> bool {
        let forgotten = self.forgotten(stands.session).load(Ordering::Acquire);
        forgotten == stands.forgotten && now < stands.until && stands.witness.is_silent()
    }

    fn forgotten(&self, session: SessionId) -> &AtomicU64 {
        let [.., share] = session.0.into_bytes();
        &self.forgotten[usize::from(share) % SHARES]
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
        self.forgotten(session).fetch_add(1, Ordering::AcqRel);
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
