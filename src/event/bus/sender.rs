//! The one who rings on Redis: a connection that is opened when it is needed and given up when it fails.
//!
//! The library's own connection manager lost: it returns to the address it began with, which after a failover is nobody's.
//! Which server is the right one the listener finds out: with sentinels that takes longer than a bell may.

use crate::db::Head;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, RedisResult};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long Redis may take to be reached, and to answer.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long after a failure it is not tried again; what would be rung meanwhile is lost, and found by the sweep.
const REST: Duration = Duration::from_millis(250);

/// The one who rings.
#[derive(Clone, Default)]
pub(super) struct Sender {
    line: Arc<Mutex<Line>>,
}

#[derive(Default)]
struct Line {
    /// None until it is known.
    server: Option<Client>,
    open: Option<MultiplexedConnection>,
    rests_until: Option<Instant>,
}

impl Sender {
    /// Rings for these heads, all at once.
    pub(super) async fn ring(&self, heads: &[Head]) -> RedisResult<()> {
        let mut pipe = redis::pipe();
        for head in heads {
            pipe.publish(&head.stream, head.seq).ignore();
        }
        let mut line = self.line.lock().await;
        if line.rests_until.is_some_and(|until| Instant::now() < until) {
            return Err(late());
        }
        let sent = line.send(&pipe).await;
        if sent.is_err() {
            line.rests_until = Some(Instant::now() + REST);
        }
        sent
    }

    /// Speaks to this server from the next time on.
    pub(super) async fn speak_to(&self, server: Client) {
        *self.line.lock().await = Line {
            server: Some(server),
            open: None,
            rests_until: None,
        };
    }
}

impl Line {
    /// What fails is not kept open.
    async fn send(&mut self, pipe: &redis::Pipeline) -> RedisResult<()> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.opened().await?,
        };
        pipe.query_async::<()>(&mut open).await?;
        self.open = Some(open);
        Ok(())
    }

    async fn opened(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let server = self.server.as_ref().ok_or_else(late)?;
        server
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }
}

fn late() -> RedisError {
    RedisError::from((ErrorKind::Io, "Redis is not there"))
}
