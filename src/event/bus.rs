//! The doorbell between copies: within this process, or over Redis.
//!
//! A bell says how far a stream has come. It may be lost, doubled or late: the hub reads the log, and sweeps.

use super::hub::Hub;
use crate::db::Head;
use crate::error::Fault;
use futures_util::StreamExt as _;
use redis::aio::{ConnectionManager, ConnectionManagerConfig, PubSubSink};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Longest pause between two tries to reach Redis again.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The bell.
#[derive(Clone)]
pub enum Bus {
    /// One copy: the bell rings in this process.
    Memory,
    /// Many copies: the bell rings on Redis channels, one a stream.
    Redis(RedisBus),
}

/// What the listener is told while it listens.
enum Wish {
    Listen(String),
    Forget(String),
}

/// The bell over Redis.
#[derive(Clone)]
pub struct RedisBus {
    client: redis::Client,
    sender: ConnectionManager,
    wishes: mpsc::UnboundedSender<Wish>,
    listened: Arc<Mutex<HashSet<String>>>,
}

impl Bus {
    /// A bell over Redis, and the listener that [`Listener::run`] must be called on.
    ///
    /// # Errors
    /// [`Fault::BadRequest`] when the URL is none; Redis itself need not be there yet.
    pub fn redis(url: &str) -> Result<(Self, Listener), Fault> {
        let client = redis::Client::open(url)
            .map_err(|_| Fault::BadRequest("REDIS_URL is not a Redis URL."))?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(Duration::from_millis(500)))
            .set_connection_timeout(Some(Duration::from_millis(500)))
            .set_number_of_retries(1);
        let sender = ConnectionManager::new_lazy_with_config(client.clone(), config)
            .map_err(Fault::unavailable)?;
        let (wishes, told) = mpsc::unbounded_channel();
        let bus = RedisBus {
            client,
            sender,
            wishes,
            listened: Arc::default(),
        };
        let listener = Listener {
            bus: bus.clone(),
            told,
        };
        Ok((Self::Redis(bus), listener))
    }

    /// Starts to hear of this stream.
    pub(super) fn listen(&self, stream: &str) {
        if let Self::Redis(bus) = self {
            bus.listened().insert(stream.to_owned());
            drop(bus.wishes.send(Wish::Listen(stream.to_owned())));
        }
    }

    /// Stops hearing of this stream.
    pub(super) fn forget(&self, stream: &str) {
        if let Self::Redis(bus) = self {
            bus.listened().remove(stream);
            drop(bus.wishes.send(Wish::Forget(stream.to_owned())));
        }
    }

    /// Rings: on this copy at once, on the others if Redis is there.
    pub(super) async fn ring(&self, hub: &Hub, heads: &[Head]) {
        hub.heard(heads);
        if let Self::Redis(bus) = self {
            let mut pipe = redis::pipe();
            for head in heads {
                pipe.publish(&head.stream, head.seq).ignore();
            }
            let mut sender = bus.sender.clone();
            let sent: redis::RedisResult<()> = pipe.query_async(&mut sender).await;
            if let Err(error) = sent {
                tracing::warn!(kind = ?error.kind(), "Redis did not take the bell; other copies find out by their sweep");
            }
        }
    }
}

impl RedisBus {
    fn listened(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.listened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one who listens to Redis for this copy.
pub struct Listener {
    bus: RedisBus,
    told: mpsc::UnboundedReceiver<Wish>,
}

impl Listener {
    /// Listens until the hub is gone: connects, subscribes to whatever is followed, and begins again, with a sweep,
    /// whenever the connection ends. (The library's own resubscription gives up silently, so it is not relied on.)
    pub async fn run(mut self, hub: Hub) {
        let mut pause = Duration::from_millis(50);
        loop {
            match self.session(&hub).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "The connection to Redis ended; trying again");
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn session(&mut self, hub: &Hub) -> redis::RedisResult<()> {
        let connection = self.bus.client.get_async_pubsub().await?;
        let (mut sink, mut stream) = connection.split();
        let followed: Vec<String> = self.bus.listened().iter().cloned().collect();
        if !followed.is_empty() {
            sink.subscribe(followed).await?;
        }
        tracing::info!("Listening to Redis");
        // What was rung while nobody listened is in the log.
        hub.sweep_now().await;
        loop {
            tokio::select! {
                wish = self.told.recv() => match wish {
                    Some(wish) => grant(&mut sink, wish).await?,
                    None => return Ok(()),
                },
                message = stream.next() => {
                    let Some(message) = message else {
                        return Err(redis::RedisError::from((redis::ErrorKind::Io, "the stream of bells ended")));
                    };
                    if let Ok(seq) = message.get_payload::<i64>() {
                        let stream = message.get_channel_name().to_owned();
                        hub.heard(&[Head { stream, seq }]);
                    }
                }
            }
        }
    }
}

async fn grant(sink: &mut PubSubSink, wish: Wish) -> redis::RedisResult<()> {
    match wish {
        Wish::Listen(stream) => sink.subscribe(stream).await,
        Wish::Forget(stream) => sink.unsubscribe(stream).await,
    }
}
