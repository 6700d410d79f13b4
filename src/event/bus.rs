//! The doorbell between copies: within this process, or over Redis.
//!
//! A bell says how far a stream has come. It may be lost, doubled or late: the hub reads the log, and sweeps.

mod listener;
mod place;
mod sender;
mod wanted;

use self::place::Place;
use self::sender::Sender;
use self::wanted::Wanted;
use super::hub::Hub;
use crate::config::RedisUrl;
use crate::db::Head;
use crate::error::Fault;
use crate::meter::Meter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

pub use self::listener::Listener;

/// The bell.
#[derive(Clone)]
pub enum Bus {
    /// One copy: the bell rings in this process.
    Memory,
    /// Many copies: the bell rings on Redis channels, one a stream.
    Redis(Box<RedisBus>),
}

/// The bell over Redis.
#[derive(Clone)]
pub struct RedisBus {
    place: Arc<Place>,
    sender: Sender,
    wanted: Arc<Mutex<Wanted>>,
    changed: Arc<Notify>,
    meter: Meter,
}

impl Bus {
    /// A bell over Redis, and the listener that [`Listener::run`] must be called on. Over TLS Redis must prove who it is
    /// by a certificate that `roots` (PEM) has signed, or without them one of the system's.
    ///
    /// # Errors
    /// [`Fault::BadRequest`] when the URL or the roots are none; Redis itself need not be there yet.
    pub fn redis(
        url: &RedisUrl,
        roots: Option<Vec<u8>>,
        meter: Meter,
    ) -> Result<(Self, Listener), Fault> {
        let place = Place::of(url, roots)
            .map_err(|_| Fault::BadRequest("REDIS_URL is not a Redis URL."))?;
        let bus = RedisBus {
            sender: Sender::default(),
            place: Arc::new(place),
            wanted: Arc::default(),
            changed: Arc::default(),
            meter,
        };
        let listener = Listener { bus: bus.clone() };
        Ok((Self::Redis(Box::new(bus)), listener))
    }

    /// Starts to hear of this stream.
    pub(super) fn listen(&self, stream: &str) {
        self.want(stream, true);
    }

    /// Stops hearing of this stream.
    pub(super) fn forget(&self, stream: &str) {
        self.want(stream, false);
    }

    fn want(&self, stream: &str, wanted: bool) {
        if let Self::Redis(bus) = self {
            bus.wanted().change(stream, wanted);
            bus.changed.notify_one();
        }
    }

    /// Rings: on this copy at once, on the others if Redis is there.
    pub(super) async fn ring(&self, hub: &Hub, heads: &[Head]) {
        hub.heard(heads);
        if let Self::Redis(bus) = self
            && let Err(error) = bus.sender.ring(heads).await
        {
            bus.meter.bells_lost.add(heads.len() as u64);
            tracing::warn!(kind = ?error.kind(), "Redis did not take the bell; other copies find out by their sweep");
        }
    }
}

impl RedisBus {
    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
