//! How fast one user, or one address, may ask: a bucket each (GCRA, by the `governor` crate), in this copy's memory.

use super::listener::network;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;
use uuid::Uuid;

/// So many requests a second, and so many at once.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// A second.
    pub per_second: NonZeroU32,
    /// At once.
    pub burst: NonZeroU32,
}

/// The buckets of users and addresses.
pub struct Rates {
    users: DefaultKeyedRateLimiter<Uuid>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
}

impl Rates {
    /// Full buckets.
    #[must_use]
    pub fn new(user: Rate, anonymous: Rate) -> Self {
        Self {
            users: bucket(user),
            addresses: bucket(anonymous),
        }
    }

    /// Takes one request out of a user's bucket.
    ///
    /// # Errors
    /// How long to wait when it is empty.
    pub fn user(&self, user: Uuid) -> Result<(), Duration> {
        take(&self.users, &user)
    }

    /// Takes one request out of an address's bucket.
    ///
    /// # Errors
    /// How long to wait when it is empty.
    pub fn address(&self, address: IpAddr) -> Result<(), Duration> {
        take(&self.addresses, &network(address))
    }

    /// Forgets buckets that are full again. Called now and then.
    pub fn tidy(&self) {
        self.users.retain_recent();
        self.addresses.retain_recent();
    }
}

fn bucket<K: Hash + Eq + Clone>(rate: Rate) -> DefaultKeyedRateLimiter<K> {
    RateLimiter::keyed(Quota::per_second(rate.per_second).allow_burst(rate.burst))
}

fn take<K: Hash + Eq + Clone>(
    bucket: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), Duration> {
    bucket
        .check_key(key)
        .map_err(|until| until.wait_time_from(DefaultClock::default().now()))
}
