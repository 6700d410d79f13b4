//! What a stretch of time has cost whom: the server, its database, its bus, and everybody else on the machine.

use crate::load::count;
use crate::output::{Done, Told};
use crate::process;
use crate::source::Source;
use serde::Serialize;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The processes that are watched beside the server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Helpers {
    /// PostgreSQL's first process; its backends are below it.
    pub postgres: Option<u32>,
    /// Redis.
    pub redis: Option<u32>,
}

impl Helpers {
    /// Finds the servers behind these connections, which must be on this machine.
    pub async fn find(database: Option<&Source>, redis: Option<&str>) -> Done<Self> {
        let postgres = match database {
            None => None,
            Some(source) => {
                let backend = source.backend().await?;
                let first = process::parent(backend)
                    .filter(|_| process::name(backend).starts_with("postgres"))
                    .ok_or("the database does not run on this machine")?;
                Some(first)
            }
        };
        let redis = match redis {
            None => None,
            Some(url) => Some(redis_process(url).await?),
        };
        Ok(Self { postgres, redis })
    }
}

/// Asks Redis for its process; a client library for one question lost.
async fn redis_process(url: &str) -> Done<u32> {
    let address = url.trim_start_matches("redis://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).await.told(url)?;
    stream.write_all(b"INFO server\r\n").await.told(url)?;
    let mut text = String::new();
    let mut buffer = [0_u8; 4096];
    loop {
        let read = stream.read(&mut buffer).await.told(url)?;
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("process_id:"));
        match line.and_then(|pid| pid.trim().parse().ok()) {
            Some(pid) => return Ok(pid),
            None if read == 0 || text.len() > 16_384 => {
                return Err(format!("{url} does not say its process"));
            }
            None => {}
        }
    }
}

/// Watches from when it is made.
pub struct Meter {
    server: u32,
    helpers: Helpers,
    started: Instant,
    before: Spent,
}

#[derive(Clone, Copy)]
struct Spent {
    server: f64,
    postgres: f64,
    redis: f64,
    client: f64,
    machine: f64,
}

/// Processor seconds per 1,000 of whatever was counted, which is milliseconds for each.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    /// Of the server and all it has started.
    pub server_per_1k: f64,
    /// Of PostgreSQL with all its backends; absent on SQLite, which runs within the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postgres_per_1k: Option<f64>,
    /// Of Redis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redis_per_1k: Option<f64>,
    /// Of this program.
    pub client_per_1k: f64,
    /// Cores that everybody else kept busy meanwhile: above a third, the figures are noisy.
    pub foreign_cores: f64,
    /// Megabytes of the server in memory at the end.
    pub resident_mb: f64,
}

impl Meter {
    /// Begins to watch.
    #[must_use]
    pub fn start(server: u32, helpers: Helpers) -> Self {
        Self {
            server,
            helpers,
            started: Instant::now(),
            before: spent(server, helpers),
        }
    }

    /// What was spent since, for so many things.
    #[must_use]
    pub fn stop(self, things: usize) -> Cost {
        let wall = self.started.elapsed().as_secs_f64();
        let (a, b) = (self.before, spent(self.server, self.helpers));
        let each = |a: f64, b: f64| (b - a) / count(things.max(1)) * 1000.0;
        let known = |s: Spent| s.server + s.postgres + s.redis + s.client;
        let foreign = (b.machine - a.machine) - (known(b) - known(a));
        Cost {
            server_per_1k: each(a.server, b.server),
            postgres_per_1k: self.helpers.postgres.map(|_| each(a.postgres, b.postgres)),
            redis_per_1k: self.helpers.redis.map(|_| each(a.redis, b.redis)),
            client_per_1k: each(a.client, b.client),
            foreign_cores: foreign.max(0.0) / wall.max(0.001),
            resident_mb: kilobytes(process::resident(self.server)) / 1024.0,
        }
    }
}

fn spent(server: u32, helpers: Helpers) -> Spent {
    Spent {
        server: process::cpu(server),
        postgres: helpers.postgres.map_or(0.0, process::cpu),
        redis: helpers.redis.map_or(0.0, process::cpu),
        client: process::own_cpu(),
        machine: process::machine(),
    }
}

/// Kilobytes to calculate with.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no memory has 2^52 kilobytes")]
pub fn kilobytes(number: u64) -> f64 {
    number as f64
}
