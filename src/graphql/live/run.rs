//! What many were told, on its way to them: recorded first, then written to each.

use super::Channel;
use super::feed::Feed;
use super::seat::{Recording, Seat};
use crate::audit::Keeping;
use crate::error::Fault;
use crate::state::State;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// How many are delivered to before others have their turn: each is a system call.
const DELIVERED_AT_ONCE: usize = 50;

/// What some were told of one event.
pub(super) struct Part {
    /// What they are shown by it becomes durable here.
    pub keeping: Result<Keeping, Fault>,
    /// Who were told wait for this.
    pub recording: Recording,
    /// How many they are.
    pub many: usize,
}

impl Part {
    /// Waits until it is recorded, or is not.
    async fn recorded(self, state: &State) {
        let begun = Instant::now();
        let kept = match self.keeping {
            Ok(mut keeping) => keeping.kept().await,
            Err(fault) => Err(fault),
        };
        state.db.meter().audit_wait.took(begun.elapsed());
        if let Err(fault) = &kept {
            tracing::error!(
                ?fault,
                held = self.many,
                "Answers were held back: what they show could not be recorded"
            );
        }
        self.recording.is(kept.is_ok());
    }
}

/// What is delivered together.
pub(super) struct Run {
    /// Before any of it was decided.
    unrest: u64,
    parts: Vec<Part>,
}

impl Run {
    /// Nothing yet, and nothing was decided.
    pub fn new(state: &State) -> Self {
        Self {
            unrest: state.hub.unrest(),
            parts: Vec::new(),
        }
    }

    /// This belongs to it.
    pub fn add(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// Delivers it, and what else those on these seats were told, once it is recorded. Was there any unrest since it was decided,
    /// somebody's session may have ended: each is woken, and looks at that first.
    pub fn deliver<C: Channel>(self, state: Arc<State>, seats: Vec<Arc<Seat<Feed<C>>>>) {
        if self.parts.is_empty() {
            return;
        }
        tokio::spawn(async move {
            for part in self.parts {
                part.recorded(&state).await;
            }
            for some in seats.chunks(DELIVERED_AT_ONCE) {
                if state.hub.unrest() == self.unrest {
                    let now = Instant::now();
                    let straight: usize = some.iter().map(|seat| seat.deliver(now)).sum();
                    let straight = u64::try_from(straight).unwrap_or(u64::MAX);
                    let tally = &state.tally.straight;
                    tally.fetch_add(straight, Ordering::Relaxed);
                } else {
                    some.iter().for_each(|seat| seat.wake());
                }
                tokio::task::yield_now().await;
            }
        });
    }
}
