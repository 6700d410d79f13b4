//! The one way to write.

use super::session::{Connections, Session};
use super::violation::Retry;
use super::{Db, Kind};
use crate::clock::Clock;
use crate::error::{Fault, Outcome};
use rand::RngExt as _;
use sea_orm::{
    ConnectionTrait, DbErr, QueryResult, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, SemaphorePermit};
use tracing::Instrument as _;

/// How often a transaction is run at most when the database asks to run it again.
const TRIES: u32 = 5;

/// What the closure given to [`Db::write`] returns.
pub type TxFuture<'a, T, R> = Pin<Box<dyn Future<Output = Outcome<T, R>> + Send + 'a>>;

/// How far a commit has moved a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The stream's key.
    pub stream: String,
    /// Its newest sequence.
    pub seq: i64,
}

/// The streams that a commit has moved.
#[derive(Debug)]
pub struct Committed {
    /// How far.
    pub heads: Vec<Head>,
    /// When it was known to be committed.
    pub at: Instant,
}

/// A place in a transaction, and how many streams had moved by then.
#[must_use]
pub struct Mark(usize);

/// A transaction under way. Inside it nothing but the database is awaited: no hashing, no HTTP, no Redis.
pub struct Tx {
    connection: Session,
    kind: Kind,
    clock: Clock,
    heads: Vec<Head>,
    deferred: Vec<Statement>,
}

impl Tx {
    /// Where statements of this transaction go.
    #[must_use]
    pub fn connection(&self) -> &Session {
        &self.connection
    }

    /// The clock that all rows are stamped by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Which database this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Waits for, and holds until the end, one lock a key, in the order given. Callers agree on the order: doctor
    /// before patient. On SQLite the transaction itself is that lock.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn lock(&self, keys: &[String]) -> Result<(), Fault> {
        if self.kind == Kind::Sqlite || keys.is_empty() {
            return Ok(());
        }
        let calls: Vec<String> = (1..=keys.len())
            .map(|at| format!("pg_advisory_xact_lock(hashtextextended(${at}, 0))"))
            .collect();
        let statement = Statement::from_sql_and_values(
            sea_orm::DbBackend::Postgres,
            format!("SELECT {}", calls.join(", ")),
            keys.iter().map(|key| key.clone().into()),
        );
        self.connection.execute_raw(statement).await?;
        Ok(())
    }

    /// Marks this place, to [`settle`](Self::settle) what is done after it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mark(&self) -> Result<Mark, Fault> {
        self.connection.execute_unprepared("SAVEPOINT mark").await?;
        Ok(Mark(self.heads.len()))
    }

    /// Keeps what was done since the mark, or takes it back; one costs what the other costs.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn settle(&mut self, mark: Mark, keep: bool) -> Result<(), Fault> {
        let settle = if keep {
            "RELEASE SAVEPOINT mark"
        } else {
            self.heads.truncate(mark.0);
            "ROLLBACK TO SAVEPOINT mark"
        };
        self.connection.execute_unprepared(settle).await?;
        Ok(())
    }

    /// Leaves a statement for when the work is accepted: it runs before the heads of streams are locked, or at the end. What
    /// is refused pays nothing for it, and nobody waits behind a lock for it.
    pub fn defer(&mut self, statement: impl IntoIterator<Item = Statement>) {
        self.deferred.extend(statement);
    }

    /// Runs what was left for later.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn catch_up(&mut self) -> Result<(), Fault> {
        for statement in self.deferred.drain(..) {
            self.connection.execute_raw(statement).await?;
        }
        Ok(())
    }

    /// Remembers how far streams have moved, to ring for them after the commit.
    pub(crate) fn moved(&mut self, heads: impl IntoIterator<Item = Head>) {
        self.heads.extend(heads);
    }
}

impl Db {
    /// Runs `work` in one transaction: commits when it accepts, rolls back when it refuses or faults. `work` may run
    /// more than once, and only its last run counts.
    ///
    /// It runs in a task of its own: when a client hangs up, its handler's future is dropped wherever it stands, and
    /// the driver's `begin` does not survive that.
    ///
    /// # Errors
    /// Whatever `work` faults with, and the database's own faults.
    pub async fn write<T, R, F>(&self, work: F) -> Outcome<T, R>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: for<'a> Fn(&'a mut Tx) -> TxFuture<'a, T, R> + Send + Sync + 'static,
    {
        let db = self.clone();
        task(async move { again(|| db.once(&work)).await }).await
    }

    /// Runs one statement that writes, and so is its own transaction: without the journeys of a beginning and an end. What
    /// it returns is read as the heads that it has moved; none say that it has written nothing. No answer at all says that a
    /// rule of the database was in the way, as `ruled_out` knows it by its error. For PostgreSQL only.
    ///
    /// It runs in a task of its own, so that it comes to its end, and is told of, when the client hangs up.
    ///
    /// # Errors
    /// The database's own faults.
    pub async fn write_at_once(
        &self,
        statement: Statement,
        heads: fn(Vec<QueryResult>) -> Result<Vec<Head>, Fault>,
        ruled_out: fn(&DbErr) -> bool,
    ) -> Result<Option<bool>, Fault> {
        let db = self.clone();
        let written: Outcome<Option<bool>, Infallible> = task(async move {
            again(|| async {
                let turn = db.writers.acquire().await.map_err(Fault::unavailable)?;
                let rows = match db.reader.query_all_raw(statement.clone()).await {
                    Ok(rows) => rows,
                    Err(error) if ruled_out(&error) => return Ok(Ok(None)),
                    Err(error) => return Err(error.into()),
                };
                drop(turn);
                let heads = heads(rows)?;
                let written = !heads.is_empty();
                db.ring(heads);
                Ok(Ok(Some(written)))
            })
            .await
        })
        .await;
        let Ok(written) = written?;
        Ok(written)
    }

    /// Runs one statement that is a transaction of its own. On PostgreSQL it does not stand in the writers' line: an answer
    /// waits for it, and would wait for everybody who rushes at one doctor. On SQLite there is one place to write. Several go in
    /// one transaction, and stand in the line.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn append(&self, mut statements: Vec<Statement>) -> Result<(), Fault> {
        if statements.len() != 1 {
            let written = self.write::<_, Infallible, _>(move |tx| {
                tx.defer(statements.clone());
                Box::pin(async { Ok(Ok(())) })
            });
            let Ok(()) = written.await?;
            return Ok(());
        }
        let Some(statement) = statements.pop() else {
            return Ok(());
        };
        let appended = again::<_, Infallible, _>(|| async {
            let statement = statement.clone();
            match &self.reader {
                Connections::Postgres(_) => self.reader.execute_raw(statement).await?,
                Connections::Sqlite(_) => {
                    let _turn = self.turn().await?;
                    self.writer.execute_raw(statement).await?
                }
            };
            Ok(Ok(()))
        });
        let Ok(()) = appended.await?;
        Ok(())
    }

    /// A turn to write.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, Fault> {
        let begun = Instant::now();
        let turn = self.writers.acquire().await.map_err(Fault::unavailable)?;
        self.meter.writer_wait.took(begun.elapsed());
        Ok(turn)
    }

    /// Tells of streams that a commit has moved.
    fn ring(&self, heads: Vec<Head>) {
        if !heads.is_empty() {
            // Nobody listening, or too many bells at once: the sweep finds what the bell did not say.
            let committed = Committed {
                heads,
                at: Instant::now(),
            };
            if self.committed.try_send(committed).is_err() {
                self.meter.bells_dropped.one();
            }
        }
    }

    async fn once<T, R, F>(&self, work: &F) -> Outcome<T, R>
    where
        F: for<'a> Fn(&'a mut Tx) -> TxFuture<'a, T, R>,
    {
        let turn = self.turn().await?;
        let mut tx = Tx {
            connection: self.begin().await?,
            kind: self.kind,
            clock: self.clock.clone(),
            heads: Vec::new(),
            deferred: Vec::new(),
        };
        let mut outcome = work(&mut tx).await;
        if let Ok(Ok(_)) = &outcome
            && let Err(fault) = tx.catch_up().await
        {
            outcome = Err(fault);
        }
        let Tx {
            connection, heads, ..
        } = tx;
        match outcome {
            Ok(Ok(value)) => {
                if let Err(error) = connection.commit().await {
                    self.start_over().await;
                    return Err(error.into());
                }
                drop(turn);
                self.ring(heads);
                Ok(Ok(value))
            }
            refused => {
                // The answer stands whether or not the rollback is confirmed: without a commit nothing was written.
                if connection.rollback().await.is_err() {
                    self.start_over().await;
                }
                refused
            }
        }
    }

    /// Closes SQLite's writer, for another to be opened: a commit that failed (on a full disk, say) has left its transaction
    /// open there, and whatever was written after it would seem to be written and never be. The caller has the writers' turn.
    /// PostgreSQL's connections see to themselves.
    async fn start_over(&self) {
        if self.kind == Kind::Postgres {
            return;
        }
        let writer = self.writer.get_sqlite_connection_pool();
        let closed = match writer.acquire().await {
            Ok(connection) => connection.close().await,
            Err(error) => Err(error),
        };
        match closed {
            Ok(()) => tracing::warn!("The database's writer has started over after a failed write"),
            Err(error) => tracing::error!(%error, "The database's writer could not be closed"),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place the ban points to"
    )]
    async fn begin(&self) -> Result<Session, Fault> {
        if let Connections::Postgres(lanes) = &self.reader {
            let mut lane = lanes.lane().await?;
            lane.begin().await?;
            return Ok(Session::Postgres(Mutex::new(lane)));
        }
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.writer.begin_with_options(options).await?;
        Ok(Session::Sqlite(transaction))
    }
}

/// Runs a write to its end, whether or not anybody waits for it. What is logged on the way is the request's.
async fn task<T, R>(write: impl Future<Output = Outcome<T, R>> + Send + 'static) -> Outcome<T, R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    match tokio::spawn(write.in_current_span()).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Fault::internal("a write panicked")),
    }
}

/// Runs a write, and again while the database asks for that.
async fn again<T, R, F>(write: impl Fn() -> F) -> Outcome<T, R>
where
    F: Future<Output = Outcome<T, R>>,
{
    let mut tries = 1;
    loop {
        match write().await {
            Err(Fault::Unavailable(cause)) if cause.is::<Retry>() && tries < TRIES => {
                let most = 10_u64 << tries;
                let pause = rand::rng().random_range(1..most);
                tokio::time::sleep(Duration::from_millis(pause)).await;
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}
