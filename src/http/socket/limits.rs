//! Caps: sockets of the process, sockets of one owner, messages of one socket.
//!
//! Refuses to know what an owner is beyond a number, and what happens to those who are over a cap.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Counts the open sockets of this process.
#[derive(Clone)]
pub(super) struct Registry(Arc<Shared>);

struct Shared {
    total: usize,
    per_owner: usize,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    total: usize,
    owners: HashMap<u128, usize>,
}

impl Shared {
    /// The counts stay true even if a holder of the lock panicked: each change is a single step.
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    pub(super) fn new(total: usize, per_owner: usize) -> Self {
        Self(Arc::new(Shared {
            total,
            per_owner,
            counts: Mutex::default(),
        }))
    }

    pub(super) fn count(&self) -> usize {
        self.0.counts().total
    }

    /// A place for one socket, or none when the process is full.
    pub(super) fn enter(&self) -> Option<Ticket> {
        let mut counts = self.0.counts();
        if counts.total >= self.0.total {
            return None;
        }
        counts.total += 1;
        drop(counts);
        Some(Ticket {
            shared: Arc::clone(&self.0),
            owner: None,
        })
    }
}

/// One socket's place; given back when dropped.
pub(super) struct Ticket {
    shared: Arc<Shared>,
    owner: Option<u128>,
}

impl Ticket {
    /// Books the socket on its owner; false when the owner has as many as allowed.
    pub(super) fn claim(&mut self, owner: u128) -> bool {
        let mut counts = self.shared.counts();
        let held = counts.owners.entry(owner).or_default();
        if *held >= self.shared.per_owner {
            return false;
        }
        *held += 1;
        self.owner = Some(owner);
        true
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut counts = self.shared.counts();
        counts.total -= 1;
        if let Some(owner) = self.owner
            && let Some(held) = counts.owners.get_mut(&owner)
        {
            *held -= 1;
            if *held == 0 {
                counts.owners.remove(&owner);
            }
        }
    }
}

/// A rate with a burst, kept as the one instant at which all that was taken is paid off.
pub(super) struct Pace {
    paid_off: Instant,
    cost: Duration,
    credit: Duration,
}

impl Pace {
    pub(super) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let cost = Duration::from_secs(1) / per_second.max(1);
        Self {
            paid_off: now,
            cost,
            credit: cost * burst.saturating_sub(1),
        }
    }

    /// Takes one; false when the burst is used up.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let owed_until = self.paid_off.max(now);
        if owed_until - now > self.credit {
            return false;
        }
        self.paid_off = owed_until + self.cost;
        true
    }
}
