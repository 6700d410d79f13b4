//! Opening the pools, with the settings that were found to matter.

use super::lanes::Lanes;
use super::lines::Lines;
use super::session::Connections;
use super::{Committed, Kind};
use crate::clock::Clock;
use crate::error::Fault;
use crate::meter::Meter;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use std::fs::Permissions;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// What opening takes.
#[derive(Clone, Debug)]
pub struct DbSettings {
    /// `postgres://…` or `sqlite://path`.
    pub url: String,
    /// Connections in the pool (readers, on SQLite).
    pub pool: u32,
    /// After how long a statement is given up.
    pub statement_timeout: Duration,
    /// The file of a SQLite database, which nobody but its owner may read.
    pub file: Option<PathBuf>,
}

/// How much is taken, and of how much.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Connections that serve reads (and, on PostgreSQL, writes).
    pub connections: (usize, usize),
    /// Writes.
    pub writers: (usize, usize),
    /// Commits that have not been rung for yet.
    pub bells: usize,
}

/// The pools of one database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pub(super) kind: Kind,
    pub(super) reader: Connections,
    pub(super) writer: DatabaseConnection,
    pub(super) clock: Clock,
    pub(super) committed: mpsc::Sender<Committed>,
    pub(super) writers: Arc<Semaphore>,
    pub(super) meter: Meter,
    most_writers: usize,
    lines: Lines,
}

impl Db {
    /// Opens the database. The second value hears of the streams that each commit has moved; it may be dropped.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when it cannot be reached or opened.
    pub async fn open(
        settings: &DbSettings,
        clock: Clock,
    ) -> Result<(Self, mpsc::Receiver<Committed>), Fault> {
        let kind = if settings.url.starts_with("postgres") {
            Kind::Postgres
        } else {
            Kind::Sqlite
        };
        // Writers wait for one another in line, not for a connection until its time-out; and they leave some to readers.
        let writers = match kind {
            Kind::Postgres => usize::try_from(settings.pool.saturating_sub(2).max(1)).unwrap_or(1),
            Kind::Sqlite => 1,
        };
        let meter = Meter::default();
        let (reader, writer) = match kind {
            Kind::Postgres => {
                let database = postgres(settings).await.map_err(Fault::unavailable)?;
                let pool = database.get_postgres_connection_pool().clone();
                let lanes = Lanes::over(pool, settings.pool, meter.clone());
                (Connections::Postgres(lanes), database)
            }
            Kind::Sqlite => {
                if let Some(file) = &settings.file {
                    shut(file).map_err(Fault::unavailable)?;
                }
                // The writer first: it turns the write-ahead log on.
                let writer = sqlite(settings, 1).await.map_err(Fault::unavailable)?;
                let reader = sqlite(settings, settings.pool)
                    .await
                    .map_err(Fault::unavailable)?;
                (Connections::Sqlite(reader), writer)
            }
        };
        // A full channel drops the bell, not the event: the hub's sweep finds it.
        let (committed, heads) = mpsc::channel(4096);
        let db = Self {
            kind,
            reader,
            writer,
            clock,
            committed,
            writers: Arc::new(Semaphore::new(writers)),
            meter,
            most_writers: writers,
            lines: Lines::default(),
        };
        Ok((db, heads))
    }

    /// Where reads go.
    #[must_use]
    pub fn read(&self) -> &Connections {
        &self.reader
    }

    /// Where schema changes go; everything else that writes goes through [`Self::write`].
    #[must_use]
    pub fn schema(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Which database this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The clock that all rows are stamped by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What this process counts of itself.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// How much of the database's connections and of the writers' line is taken now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let connections = match &self.reader {
            Connections::Postgres(lanes) => lanes.usage(),
            Connections::Sqlite(readers) => {
                let pool = readers.get_sqlite_connection_pool();
                let open = usize::try_from(pool.size()).unwrap_or(usize::MAX);
                let most = pool.options().get_max_connections();
                let busy = open.saturating_sub(pool.num_idle());
                (busy, usize::try_from(most).unwrap_or(usize::MAX))
            }
        };
        let idle = self.writers.available_permits();
        Usage {
            connections,
            writers: (self.most_writers.saturating_sub(idle), self.most_writers),
            bells: self.committed.max_capacity() - self.committed.capacity(),
        }
    }

    /// Who is about to write behind which lock.
    #[must_use]
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Closes the pools, waiting for statements under way.
    pub async fn close(&self) {
        match self.reader.clone() {
            Connections::Sqlite(readers) => drop(readers.close().await),
            Connections::Postgres(lanes) => lanes.release(),
        }
        drop(self.writer.clone().close().await);
    }
}

fn options(settings: &DbSettings, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(settings.url.clone());
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        // Statement texts would fill the log; a ping before each use would cost a round trip.
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire(false);
    options
}

async fn postgres(settings: &DbSettings) -> Result<DatabaseConnection, DbErr> {
    // One more than the lanes have, for changes of the schema, which go to the pool itself.
    let mut options = options(settings, settings.pool + 1);
    let statement_timeout = settings.statement_timeout.as_millis().to_string();
    options
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .map_sqlx_postgres_opts(move |connect| {
            connect.application_name("patient-tracker").options([
                // Replanning `= ANY($1)` at each call was the largest single cost.
                ("plan_cache_mode", "force_generic_plan"),
                ("idle_in_transaction_session_timeout", "30000"),
                ("statement_timeout", statement_timeout.as_str()),
                ("jit", "off"),
            ])
        });
    Database::connect(options).await
}

/// Makes the database's file, if there is none, and shuts it to others. SQLite gives the files beside it the same mode;
/// those that are there already are shut too.
fn shut(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true).mode(0o600).open(file)?;
    for beside in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(beside);
        match std::fs::set_permissions(&path, Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

async fn sqlite(settings: &DbSettings, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(settings, connections);
    options.map_sqlx_sqlite_opts(|connect| {
        connect
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("journal_mode", "WAL")
            // FULL: an acknowledged write survives a power cut; NORMAL was measured to lose some.
            .pragma("synchronous", "FULL")
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-16000")
            .statement_cache_capacity(256)
    });
    Database::connect(options).await
}
