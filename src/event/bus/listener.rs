//! The one who listens to Redis for this copy, and begins again whenever that ends.

use super::RedisBus;
use crate::db::Head;
use crate::event::hub::Hub;
use futures_util::StreamExt as _;
use redis::aio::PubSubSink;
use redis::{Client, ErrorKind, RedisError, RedisResult};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

/// Pauses between two tries to reach Redis again: doubled from the first to the second.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often Redis is asked whether it is still there. A connection that was cut off silently says nothing by itself.
const BEAT: Duration = Duration::from_secs(5);
/// How long Redis may take for an answer to the one who listens.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long all sentinels together may take to name a server: the first of them may be one that hangs.
const SENTINELS_PATIENCE: Duration = Duration::from_secs(4);
/// A channel that nobody rings on: a connection that listens to nothing may not be asked for a sign of life.
const QUIET: &str = "quiet";
/// Channels named at once.
const BATCH: usize = 500;

/// The one who listens to Redis for this copy.
pub struct Listener {
    pub(super) bus: RedisBus,
}

impl Listener {
    /// Listens for good: connects, subscribes to whatever is followed, and begins again, with a sweep, whenever the
    /// connection ends, Redis gives no sign of life, or its sentinels name another server. (The library's own
    /// resubscription gives up silently, so it is not relied on.)
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
        let server = within(SENTINELS_PATIENCE, self.bus.place.server()).await?;
        // After a failover it would go on to ring where nobody listens.
        self.bus.sender.speak_to(server.clone()).await;
        let connection = in_time(server.get_async_pubsub()).await?;
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
        // Beside the bells, not between them: a sentinel that hangs would hold them up.
        let left = self.left(&server);
        tokio::pin!(left);
        loop {
            tokio::select! {
                error = &mut left => return Err(error),
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

    /// Ends when the sentinels name another server. That they cannot be asked is no reason to leave one that answers.
    async fn left(&self, server: &Client) -> RedisError {
        loop {
            tokio::time::sleep(BEAT).await;
            let asked = within(SENTINELS_PATIENCE, self.bus.place.has_left(server)).await;
            if asked.unwrap_or(false) {
                return RedisError::from((ErrorKind::Io, "the sentinels name another server"));
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
    within(PATIENCE, answer).await
}

async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = RedisResult<T>>,
) -> RedisResult<T> {
    const LATE: (ErrorKind, &str) = (ErrorKind::Io, "Redis gives no sign of life");
    match timeout(patience, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(RedisError::from(LATE)),
    }
}
