//! The one way to write.

use super::violation::Retry;
use super::{Db, Kind};
use crate::clock::Clock;
use crate::error::{Fault, Outcome};
use rand::RngExt as _;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

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

/// A transaction under way. Inside it nothing but the database is awaited: no hashing, no HTTP, no Redis.
pub struct Tx {
    connection: DatabaseTransaction,
    kind: Kind,
    clock: Clock,
    heads: Vec<Head>,
    deferred: Vec<Statement>,
}

impl Tx {
    /// Where statements of this transaction go.
    #[must_use]
    pub fn connection(&self) -> &DatabaseTransaction {
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

    /// Leaves a statement for when the work is accepted: it runs before the heads of streams are locked, or at the end. What
    /// is refused pays nothing for it, and nobody waits behind a lock for it.
    pub fn defer(&mut self, statement: impl IntoIterator<Item = Statement>) {
        self.deferred.extend(statement);
    }

    /// Runs what was left for later.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn settle(&mut self) -> Result<(), Fault> {
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
        let task = tokio::spawn(async move { db.run(work).await });
        match task.await {
            Ok(outcome) => outcome,
            Err(_) => Err(Fault::internal("a write panicked")),
        }
    }

    /// Runs one statement that is a transaction of its own, in the writers' line.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn append(&self, statement: Statement) -> Result<(), Fault> {
        let turn = self.writers.acquire().await.map_err(Fault::unavailable)?;
        self.writer.execute_raw(statement).await?;
        drop(turn);
        Ok(())
    }

    async fn run<T, R, F>(&self, work: F) -> Outcome<T, R>
    where
        F: for<'a> Fn(&'a mut Tx) -> TxFuture<'a, T, R>,
    {
        let mut tries = 1;
        loop {
            match self.once(&work).await {
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

    async fn once<T, R, F>(&self, work: &F) -> Outcome<T, R>
    where
        F: for<'a> Fn(&'a mut Tx) -> TxFuture<'a, T, R>,
    {
        let turn = self.writers.acquire().await.map_err(Fault::unavailable)?;
        let mut tx = Tx {
            connection: self.begin().await?,
            kind: self.kind,
            clock: self.clock.clone(),
            heads: Vec::new(),
            deferred: Vec::new(),
        };
        let mut outcome = work(&mut tx).await;
        if let Ok(Ok(_)) = &outcome
            && let Err(fault) = tx.settle().await
        {
            outcome = Err(fault);
        }
        let Tx {
            connection, heads, ..
        } = tx;
        match outcome {
            Ok(Ok(value)) => {
                connection.commit().await?;
                drop(turn);
                if !heads.is_empty() {
                    // Nobody listening, or too many bells at once: the sweep finds what the bell did not say.
                    drop(self.committed.try_send(heads));
                }
                Ok(Ok(value))
            }
            refused => {
                // The answer stands whether or not the rollback is confirmed: without a commit nothing was written.
                drop(connection.rollback().await);
                refused
            }
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place the ban points to"
    )]
    async fn begin(&self) -> Result<DatabaseTransaction, Fault> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
    }
}
