//! The doorbell between copies: within this process, or over Redis.
//!
//! A bell says how far a stream has come. It may be lost, doubled or late: the hub reads the log, and sweeps.

use super::hub::Hub;
use crate::db::Head;
use crate::error::Fault;
use crate::meter::Meter;
use futures_util::StreamExt as _;
use redis::aio::{ConnectionManager, ConnectionManagerConfig, PubSubSink};
use redis::{Client, ErrorKind, IntoConnectionInfo as _, RedisError, RedisResult, TlsCertificates};
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

/// Pauses between two tries to reach Redis again: doubled from the first to the second.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often Redis is asked whether it is still there. A connection that was cut off silently says nothing by itself.
const BEAT: Duration = Duration::from_secs(5);
/// How long Redis may take for an answer to the one who listens.
const PATIENCE: Duration = Duration::from_secs(2);
/// A channel that nobody rings on: a connection that listens to nothing may not be asked for a sign of life.
const QUIET: &str = "quiet";
/// Channels named at once.
const BATCH: usize = 500;

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
    client: Client,
    sender: ConnectionManager,
    wanted: Arc<Mutex<Wanted>>,
    changed: Arc<Notify>,
    meter: Meter,
}

/// The streams that are followed on this copy. While nobody listens only the whole of them is kept, so that an absence
/// of Redis, however long, costs nothing.
#[derive(Default)]
struct Wanted {
    all: HashSet<String>,
    /// What has changed since it was last told to Redis: whether a stream is to be heard.
    changes: HashMap<String, bool>,
    is_listening: bool,
}

impl Wanted {
    fn change(&mut self, stream: &str, wanted: bool) {
        if wanted {
            self.all.insert(stream.to_owned());
        } else {
            self.all.remove(stream);
        }
        if self.is_listening {
            self.changes.insert(stream.to_owned(), wanted);
        }
    }

    /// Everything; from here on what changes is noted.
    fn begin(&mut self) -> Vec<String> {
        self.is_listening = true;
        self.changes.clear();
        self.all.iter().cloned().collect()
    }

    fn end(&mut self) {
        self.is_listening = false;
        self.changes = HashMap::new();
    }

    /// What to listen to and what to forget.
    fn take(&mut self) -> (Vec<String>, Vec<String>) {
        let (listen, forget): (Vec<_>, Vec<_>) =
            self.changes.drain().partition(|(_, wanted)| *wanted);
        let names = |some: Vec<(String, bool)>| some.into_iter().map(|(name, _)| name).collect();
        (names(listen), names(forget))
    }
}

impl Bus {
    /// A bell over Redis, and the listener that [`Listener::run`] must be called on. With `rediss://` Redis must prove
    /// who it is by a certificate that `roots` (PEM) has signed, or without them one of the system's.
    ///
    /// # Errors
    /// [`Fault::BadRequest`] when the URL or the roots are none; Redis itself need not be there yet.
    pub fn redis(
        url: &str,
        roots: Option<Vec<u8>>,
        meter: Meter,
    ) -> Result<(Self, Listener), Fault> {
        let client =
            client(url, roots).map_err(|_| Fault::BadRequest("REDIS_URL is not a Redis URL."))?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(Duration::from_millis(500)))
            .set_connection_timeout(Some(Duration::from_millis(500)))
            .set_number_of_retries(1);
        let sender = ConnectionManager::new_lazy_with_config(client.clone(), config)
            .map_err(Fault::unavailable)?;
        let bus = RedisBus {
            client,
            sender,
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
        if let Self::Redis(bus) = self {
            let mut pipe = redis::pipe();
            for head in heads {
                pipe.publish(&head.stream, head.seq).ignore();
            }
            let mut sender = bus.sender.clone();
            let sent: RedisResult<()> = pipe.query_async(&mut sender).await;
            if let Err(error) = sent {
                bus.meter.bells_lost.add(heads.len() as u64);
                tracing::warn!(kind = ?error.kind(), "Redis did not take the bell; other copies find out by their sweep");
            }
        }
    }
}

/// A client that sends small things at once: a bell that waits for another to share a packet with is late.
fn client(url: &str, roots: Option<Vec<u8>>) -> RedisResult<Client> {
    let info = url.into_connection_info()?;
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    let info = info.set_tcp_settings(tcp);
    match roots {
        None => Client::open(info),
        Some(roots) => Client::build_with_tls(
            info,
            TlsCertificates {
                client_tls: None,
                root_cert: Some(roots),
            },
        ),
    }
}

impl RedisBus {
    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one who listens to Redis for this copy.
pub struct Listener {
    bus: RedisBus,
}

impl Listener {
    /// Listens for good: connects, subscribes to whatever is followed, and begins again, with a sweep, whenever the
    /// connection ends or Redis gives no sign of life. (The library's own resubscription gives up silently, so it is not
    /// relied on.)
    pub async fn run(self, hub: Hub) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            let begun = Instant::now();
            let Err(error) = self.session(&hub).await;
            self.bus.wanted().end();
            self.bus.meter.bus.set(0);
            tracing::warn!(kind = ?error.kind(), "The connection to Redis ended; trying again");
            if begun.elapsed() > BEAT {
                pause = SHORTEST_PAUSE;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn session(&self, hub: &Hub) -> RedisResult<Infallible> {
        let connection = in_time(self.bus.client.get_async_pubsub()).await?;
        let (mut sink, mut stream) = connection.split();
        in_time(sink.subscribe(QUIET)).await?;
        let followed = self.bus.wanted().begin();
        listen(&mut sink, &followed).await?;
        self.bus.meter.bus.set(1);
        self.bus.meter.bus_begun.one();
        tracing::info!("Listening to Redis");
        // What was rung while nobody listened is in the log.
        hub.sweep_now().await;
        let mut beat = interval_at(Instant::now() + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.bus.changed.notified() => {
                    let (new, old) = self.bus.wanted().take();
                    listen(&mut sink, &new).await?;
                    for some in old.chunks(BATCH) {
                        in_time(sink.unsubscribe(some)).await?;
                    }
                }
                _ = beat.tick() => drop(in_time(sink.ping::<redis::Value>()).await?),
                message = stream.next() => {
                    let Some(message) = message else {
                        return Err(RedisError::from((ErrorKind::Io, "the stream of bells ended")));
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

async fn listen(sink: &mut PubSubSink, streams: &[String]) -> RedisResult<()> {
    for some in streams.chunks(BATCH) {
        in_time(sink.subscribe(some)).await?;
    }
    Ok(())
}

/// What Redis answers, if it does so in time.
async fn in_time<T>(answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    const LATE: (ErrorKind, &str) = (ErrorKind::Io, "Redis gives no sign of life");
    match timeout(PATIENCE, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(RedisError::from(LATE)),
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn what_changes_while_nobody_listens_is_not_kept_twice() {
        let mut wanted = Wanted::default();
        for number in 0..1000 {
            wanted.change(&format!("stream {number}"), true);
            wanted.change(&format!("stream {number}"), false);
        }
        wanted.change("a", true);
        assert!(wanted.changes.is_empty());
        assert_eq!(wanted.begin(), ["a"]);
        wanted.change("b", true);
        wanted.change("a", false);
        wanted.change("c", true);
        wanted.change("c", false);
        let (new, mut old) = wanted.take();
        old.sort();
        assert_eq!(
            (new, old),
            (vec!["b".to_owned()], vec!["a".to_owned(), "c".to_owned()])
        );
        wanted.end();
        assert_eq!(wanted.begin(), ["b"]);
    }
}
