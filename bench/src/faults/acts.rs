//! The faults themselves, and the copies of the server that they befall.

use super::power::Disk;
use crate::crowd::{Crowd, Order, micros};
use crate::http::Target;
use crate::output::{Done, Told};
use crate::server::{Server, Start};
use crate::stage::log::Rows;
use crate::stage::{Stage, free_port};
use rand::RngExt as _;
use std::time::Duration;

/// What can be caused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A copy of the server is killed and started again.
    Kill,
    /// PostgreSQL stops at once, without a checkpoint, and comes up again.
    Postgres,
    /// Redis is killed, and is gone for a while.
    RedisKill,
    /// Redis hangs: its connections stay open and nothing is answered.
    RedisPause,
    /// Redis is stopped and comes up empty, at once.
    RedisEmpty,
    /// Redis cuts off whoever listens to it.
    RedisClients,
    /// A transaction is held open: by turns one that only looks, and one that holds the head of a stream.
    LongTransaction,
    /// The copies are stopped as for an update, one after another, and started again.
    Rolling,
    /// Sockets of about half of the subscribers are cut.
    Cut,
    /// The power fails: of SQLite's files only what was flushed is left.
    PowerCut,
}

impl Kind {
    /// Whether a change must arrive in time all the same.
    #[must_use]
    pub fn is_of_redis(self) -> bool {
        matches!(
            self,
            Self::RedisKill | Self::RedisPause | Self::RedisEmpty | Self::RedisClients
        )
    }
}

/// From when until when a fault lasted, in microseconds.
pub type Window = (i64, i64);

/// The stage with its copies.
pub struct World {
    /// The stage.
    pub stage: Stage,
    /// How each copy is started.
    pub starts: Vec<(Start, Target)>,
    copies: Vec<Option<Server>>,
    kind: Kind,
    disk: Option<Disk>,
}

/// Traffic without a fault, for a time that nobody knows before.
pub async fn calm(most: u64) {
    let millis = rand::rng().random_range(most / 4..=most);
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

impl World {
    /// Starts one copy on SQLite, two on PostgreSQL.
    pub async fn open(stage: Stage, kind: Kind) -> Done<Self> {
        let number = match stage.postgres {
            None => 1,
            Some(_) => 2,
        };
        let disk = match kind {
            Kind::PowerCut => {
                let place = stage.folder().join("disk");
                Some(Disk::under(&stage.database_folder(), &place)?)
            }
            _ => None,
        };
        let more = disk.as_ref().map(Disk::environment).unwrap_or_default();
        let (mut starts, mut copies) = (Vec::new(), Vec::new());
        for _ in 0..number {
            let (start, target) = stage.start(free_port()?, &more)?;
            copies.push(Some(Server::start(&start, &target).await?));
            starts.push((start, target));
        }
        Ok(Self {
            stage,
            starts,
            copies,
            kind,
            disk,
        })
    }

    /// Where writers go. While Redis is gone, to the first copy, so that the bell must cross.
    #[must_use]
    pub fn for_writers(&self) -> Vec<Target> {
        let most = if self.kind.is_of_redis() {
            1
        } else {
            usize::MAX
        };
        let targets = self.starts.iter().take(most);
        targets.map(|(_, target)| target.clone()).collect()
    }

    /// Where subscribers go. While Redis is gone, to the other copy.
    #[must_use]
    pub fn for_followers(&self) -> Vec<Target> {
        let first = usize::from(self.kind.is_of_redis());
        let targets = self.starts.iter().skip(first);
        targets.map(|(_, target)| target.clone()).collect()
    }

    /// Causes it once, and lets everything come back.
    pub async fn cause(&mut self, crowd: &Crowd, cycle: u32, outage: Duration) -> Done<Window> {
        let from = micros();
        let number = usize::try_from(cycle).told("a cycle")? % self.copies.len();
        match self.kind {
            Kind::Kill => {
                if let Some(copy) = self.copies[number].take() {
                    copy.kill()?;
                }
                self.start(number).await?;
            }
            Kind::Rolling => {
                for number in 0..self.copies.len() {
                    if let Some(copy) = self.copies[number].take() {
                        copy.stop().await;
                    }
                    self.start(number).await?;
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
            }
            Kind::Cut => crowd.tell(Order::Jolt(u64::from(cycle) + 1)),
            Kind::Postgres => {
                let postgres = self.stage.postgres.as_mut().ok_or("no PostgreSQL")?;
                postgres.crash().await?;
                postgres.up().await?;
            }
            Kind::LongTransaction => self.hold(cycle, outage).await?,
            Kind::RedisKill | Kind::RedisPause | Kind::RedisEmpty | Kind::RedisClients => {
                self.redis(outage).await?;
            }
            Kind::PowerCut => {
                if let Some(copy) = self.copies[number].take() {
                    copy.kill()?;
                }
                self.disk.as_ref().ok_or("no disk")?.restore()?;
                self.start(number).await?;
            }
        }
        Ok((from, micros()))
    }

    async fn start(&mut self, number: usize) -> Done<()> {
        let (start, target) = &self.starts[number];
        self.copies[number] = Some(Server::start(start, target).await?);
        Ok(())
    }

    async fn redis(&mut self, outage: Duration) -> Done<()> {
        let redis = self.stage.redis.as_mut().ok_or("no Redis")?;
        match self.kind {
            Kind::RedisKill => {
                redis.kill()?;
                tokio::time::sleep(outage).await;
                redis.up().await
            }
            Kind::RedisPause => {
                redis.pause()?;
                tokio::time::sleep(outage).await;
                redis.resume()
            }
            Kind::RedisEmpty => {
                redis.stop().await?;
                redis.up().await
            }
            _ => redis.kill_listeners().await.map(drop),
        }
    }

    /// Holds a transaction open: one that has an id and a snapshot, or one that holds the head of a doctor's stream, behind
    /// which every booking with that doctor waits.
    async fn hold(&self, cycle: u32, outage: Duration) -> Done<()> {
        let rows = Rows::open(&self.stage.kit.database).await?;
        rows.run("BEGIN ISOLATION LEVEL REPEATABLE READ").await?;
        if cycle.is_multiple_of(2) {
            rows.all("SELECT pg_current_xact_id()::text, count(*) FROM event")
                .await?;
        } else {
            let doctor = self.stage.people.doctors[0].uuid.simple();
            let lock =
                format!("SELECT seq FROM stream_head WHERE stream = 'doctor:{doctor}' FOR UPDATE");
            rows.all(&lock).await?;
        }
        tokio::time::sleep(outage).await;
        rows.run("ROLLBACK").await?;
        rows.close().await;
        Ok(())
    }

    /// Stops all copies.
    pub async fn stop(&mut self) {
        for copy in &mut self.copies {
            if let Some(copy) = copy.take() {
                copy.stop().await;
            }
        }
    }
}
