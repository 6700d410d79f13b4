//! One answer for all who are alike.
//!
//! Each subscriber is decided on by themselves. What they are then answered of one event, by one operation, depends on who they
//! are only through the policy ([`crate::access::Likeness`]): so the first of each kind is answered by resolving, and the
//! others are given the same bytes, each with what they look at by that on their own trail. What the first has resolved
//! without the policy noticing, or with an error in it, is theirs alone.

use crate::access::{Likeness, Viewer};
use crate::error::Fault;
use crate::state::State;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long somebody waits for another's answer before making their own: the other may be on a socket that is not served.
const PATIENCE: Duration = Duration::from_millis(50);
/// How many kinds of viewers are told apart for one event and operation.
const KINDS: usize = 16;

/// The name of an operation with its document and of the variables that its answers depend on: a hash of them.
pub type Key = [u8; 32];

/// What was answered of one event, by operation.
pub(super) struct Answers {
    by_operation: Mutex<HashMap<Key, Arc<Slot>>>,
    /// Spoken to when there is one.
    told: Arc<Notify>,
}

/// What was answered by one operation.
#[derive(Default)]
struct Slot {
    made: Mutex<Made>,
    changed: Notify,
}

#[derive(Default)]
struct Made {
    answers: Vec<Arc<Answer>>,
    /// Somebody is making one.
    is_busy: bool,
    /// One that was made cannot be given to others; nor will the next ones be.
    is_own: bool,
}

/// What was answered, and whom else it is an answer for.
pub(super) struct Answer {
    pub likeness: Likeness,
    pub text: Arc<[u8]>,
}

/// What was answered by one operation until now.
#[derive(Default)]
pub(super) struct AtHand {
    pub answers: Vec<Arc<Answer>>,
    /// No more of them can be given to others.
    pub is_all: bool,
}

/// What somebody who is to be answered does.
pub(super) enum Turn {
    /// They are given this.
    Given(Arc<[u8]>),
    /// They make it, for others too.
    First(Lead),
    /// They make it for themselves.
    Alone,
}

impl Answers {
    /// None yet; `told` is spoken to when there are.
    pub fn none(told: Arc<Notify>) -> Self {
        Self {
            by_operation: Mutex::default(),
            told,
        }
    }

    /// What was answered by this operation until now.
    pub fn at_hand(&self, key: &Key) -> AtHand {
        let Some(slot) = locked(&self.by_operation).get(key).cloned() else {
            return AtHand::default();
        };
        let made = locked(&slot.made);
        AtHand {
            answers: made.answers.clone(),
            is_all: made.is_own || made.answers.len() >= KINDS,
        }
    }

    /// What this viewer does, who is told of the event.
    pub async fn turn(&self, key: &Key, state: &State, viewer: &Viewer) -> Result<Turn, Fault> {
        let slot = Arc::clone(locked(&self.by_operation).entry(*key).or_default());
        let deadline = Instant::now() + PATIENCE;
        let mut seen = 0;
        loop {
            let mut changed = std::pin::pin!(slot.changed.notified());
            changed.as_mut().enable();
            let new: Vec<_> = locked(&slot.made).answers[seen..].to_vec();
            seen += new.len();
            for answer in new {
                if state.given(viewer, &answer.likeness).await? {
                    return Ok(Turn::Given(Arc::clone(&answer.text)));
                }
            }
            {
                let mut made = locked(&slot.made);
                if made.is_own || made.answers.len() >= KINDS {
                    return Ok(Turn::Alone);
                }
                if made.answers.len() > seen {
                    continue;
                }
                if !made.is_busy {
                    made.is_busy = true;
                    return Ok(Turn::First(Lead {
                        slot: Arc::clone(&slot),
                        told: Arc::clone(&self.told),
                    }));
                }
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                return Ok(Turn::Alone);
            }
        }
    }
}

/// Whoever makes an answer while others wait. Dropped before, it leaves each to themselves.
pub(super) struct Lead {
    slot: Arc<Slot>,
    told: Arc<Notify>,
}

impl Lead {
    /// What was made, with who is alike; it is written where it is sent.
    pub fn drafted(self, likeness: Likeness) -> Draft {
        Draft {
            lead: self,
            likeness,
        }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let mut made = locked(&self.slot.made);
        // A finished one has said so.
        made.is_own |= made.is_busy;
        made.is_busy = false;
        drop(made);
        self.slot.changed.notify_waiters();
        self.told.notify_waiters();
    }
}

/// An answer that is made and not written yet.
pub struct Draft {
    lead: Lead,
    likeness: Likeness,
}

impl Draft {
    /// Gives it, as it was written, to all who are alike.
    pub fn publish(self, text: Arc<[u8]>) {
        let mut made = locked(&self.lead.slot.made);
        made.answers.push(Arc::new(Answer {
            likeness: self.likeness,
            text,
        }));
        made.is_busy = false;
        drop(made);
        // Dropping the lead wakes those who wait.
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
