//! Who may connect: counts of open connections, in all and by address.
//!
//! Refuses to know streams and what happens to those who find no seat.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// Counts connections, in all and by address.
#[derive(Clone)]
pub(super) struct Gate(Arc<Seats>);

struct Seats {
    total: usize,
    per_address: usize,
    taken: Mutex<Taken>,
    emptied: Notify,
}

#[derive(Default)]
struct Taken {
    total: usize,
    addresses: HashMap<IpAddr, usize>,
}

impl Seats {
    /// The counts stay true even if a holder of the lock panicked: each change is a single step.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    pub(super) fn new(total: usize, per_address: usize) -> Self {
        Self(Arc::new(Seats {
            total,
            per_address,
            taken: Mutex::default(),
            emptied: Notify::new(),
        }))
    }

    pub(super) fn count(&self) -> usize {
        self.0.taken().total
    }

    /// A seat, unless there is none. A `crowd` is many behind one address, as a proxy is: it may have all seats.
    pub(super) fn enter(&self, address: IpAddr, is_crowd: bool) -> Option<Seat> {
        let address = network(address);
        let mut taken = self.0.taken();
        let held = taken.addresses.get(&address).copied().unwrap_or(0);
        if taken.total >= self.0.total || (held >= self.0.per_address && !is_crowd) {
            return None;
        }
        taken.total += 1;
        taken.addresses.insert(address, held + 1);
        drop(taken);
        Some(Seat {
            seats: Arc::clone(&self.0),
            address,
        })
    }

    /// Waits until no seat is taken.
    pub(super) async fn empty(&self) {
        while self.count() > 0 {
            self.0.emptied.notified().await;
        }
    }
}

/// Whoever has one IPv6 address commonly has the 2^64 around it.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let prefix = address.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(prefix))
        }
        address => address,
    }
}

/// One connection's place; given back when dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        taken.total -= 1;
        if let Some(held) = taken.addresses.get_mut(&self.address) {
            *held -= 1;
            if *held == 0 {
                taken.addresses.remove(&self.address);
            }
        }
        if taken.total == 0 {
            self.seats.emptied.notify_one();
        }
    }
}
