//! Connections to PostgreSQL that are kept between statements.
//!
//! The driver's pool asks the database for a sign of life each time a connection is given back: a journey, and a task of
//! its own, for each statement; it cannot be told not to. So connections stay here while they are known to be whole, and
//! go back to the pool, which looks at them and opens others, when they are not: after a statement that was given up on
//! the way, after an error of the connection, and every minute.

use crate::meter::Meter;
use sea_orm::sea_query::Values;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::postgres::{PgQueryResult, PgRow};
use sea_orm::sqlx::{self, Connection as _, Executor as _, PgPool, Postgres};
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError, Statement};
use sea_query_sqlx::SqlxValues;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a connection stays away from the pool, which closes those that are too old or not needed.
const KEPT: Duration = Duration::from_secs(60);
/// A connection that was not used for so long is asked for a sign of life first: it may have been cut off silently.
const DOUBTED: Duration = Duration::from_secs(10);
/// How long a statement waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connections. Cheap to clone.
#[derive(Clone)]
pub struct Lanes(Arc<Inner>);

struct Inner {
    pool: PgPool,
    /// One permit a connection, so that whoever waits is woken whichever way one becomes free.
    turns: Arc<Semaphore>,
    most: usize,
    idle: Mutex<Vec<Kept>>,
    meter: Meter,
}

struct Kept {
    connection: PoolConnection<Postgres>,
    taken: Instant,
    used: Instant,
}

/// One connection, for one user at a time.
pub struct Lane {
    /// Gone only once it is given back.
    kept: Option<Kept>,
    standing: Standing,
    home: Lanes,
    _turn: OwnedSemaphorePermit,
}

/// What may be done with a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Anything: the last statement was answered to its end.
    Whole,
    /// A statement is under way, or has failed in a way that says nothing about what comes next.
    Doubtful,
    /// A transaction is open.
    Within,
}

impl Lanes {
    /// At most `most` connections of this pool, which must be able to have as many.
    #[must_use]
    pub fn over(pool: PgPool, most: u32, meter: Meter) -> Self {
        let most = usize::try_from(most).unwrap_or(1);
        Self(Arc::new(Inner {
            pool,
            turns: Arc::new(Semaphore::new(most)),
            most,
            meter,
            idle: Mutex::default(),
        }))
    }

    /// A connection, when one is free.
    ///
    /// # Errors
    /// When none became free in time, or the database cannot be reached.
    pub async fn lane(&self) -> Result<Lane, DbErr> {
        let begun = Instant::now();
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.0.turns).acquire_owned());
        let turn = match turn.await {
            Ok(Ok(turn)) => turn,
            Ok(Err(_)) => return Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
            Err(_) => return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        };
        self.0.meter.connection_wait.took(begun.elapsed());
        let idle = self.idle().pop();
        let kept = match idle {
            Some(kept) if kept.used.elapsed() < DOUBTED => Some(kept),
            Some(kept) => living(kept).await,
            None => None,
        };
        let kept = match kept {
            Some(kept) => kept,
            None => Kept {
                connection: self.0.pool.acquire().await.map_err(unreachable)?,
                taken: Instant::now(),
                used: Instant::now(),
            },
        };
        Ok(Lane {
            kept: Some(kept),
            standing: Standing::Whole,
            home: self.clone(),
            _turn: turn,
        })
    }

    /// How many are in use, and how many there may be.
    #[must_use]
    pub fn usage(&self) -> (usize, usize) {
        let idle = self.0.turns.available_permits();
        (self.0.most.saturating_sub(idle), self.0.most)
    }

    /// Gives all idle connections back, so that the pool can close.
    pub fn release(&self) {
        self.0.turns.close();
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connection, if it still answers.
async fn living(mut kept: Kept) -> Option<Kept> {
    match kept.connection.ping().await {
        Ok(()) => Some(kept),
        Err(error) => {
            tracing::info!(%error, "A connection that was kept does not answer any more");
            None
        }
    }
}

impl Lane {
    /// The rows of a statement.
    ///
    /// # Errors
    /// Those of the database.
    #[tracing::instrument(level = "trace", skip_all)]
    pub async fn rows(&mut self, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        let (before, connection) = self.busy()?;
        let values = SqlxValues(statement.values.unwrap_or(Values(Vec::new())));
        let query = sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), values);
        let answer = query.fetch_all(connection).await;
        self.answered(before, answer).map_err(query_error)
    }

    /// How many rows a statement has touched.
    ///
    /// # Errors
    /// Those of the database.
    #[tracing::instrument(level = "trace", skip_all)]
    pub async fn execute(&mut self, statement: Statement) -> Result<PgQueryResult, DbErr> {
        let (before, connection) = self.busy()?;
        let values = SqlxValues(statement.values.unwrap_or(Values(Vec::new())));
        let query = sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), values);
        let answer = query.execute(connection).await;
        self.answered(before, answer).map_err(execution_error)
    }

    /// Runs a text without preparing it.
    ///
    /// # Errors
    /// Those of the database.
    #[tracing::instrument(level = "trace", skip_all)]
    pub async fn execute_unprepared(&mut self, sql: &str) -> Result<PgQueryResult, DbErr> {
        self.run(sql).await
    }

    async fn run(&mut self, sql: &str) -> Result<PgQueryResult, DbErr> {
        let (before, connection) = self.busy()?;
        let answer = connection
            .execute(sqlx::AssertSqlSafe(sql.to_owned()))
            .await;
        self.answered(before, answer).map_err(execution_error)
    }

    /// Opens a transaction. Dropped before its end, the lane is not used again, and the database rolls it back.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(&mut self) -> Result<(), DbErr> {
        self.run("BEGIN").await?;
        self.standing = Standing::Within;
        Ok(())
    }

    /// Ends the transaction with this word.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end(&mut self, word: &'static str) -> Result<(), DbErr> {
        self.run(word).await?;
        self.standing = Standing::Whole;
        Ok(())
    }

    /// The connection, and how it stood; until [`Self::answered`] it is in doubt, or still within its transaction.
    fn busy(&mut self) -> Result<(Standing, &mut sqlx::PgConnection), DbErr> {
        let before = self.standing;
        if before == Standing::Whole {
            self.standing = Standing::Doubtful;
        }
        match &mut self.kept {
            Some(kept) => Ok((before, &mut kept.connection)),
            None => Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
        }
    }

    /// A connection whose statement was refused by the database is as good as before, unless the database has ended it with
    /// that; after any other failure nobody knows.
    fn answered<T>(
        &mut self,
        before: Standing,
        answer: Result<T, SqlxError>,
    ) -> Result<T, SqlxError> {
        let is_whole = match &answer {
            Ok(_) => true,
            Err(SqlxError::Database(refused)) => !is_farewell(refused.code().as_deref()),
            Err(_) => false,
        };
        if is_whole {
            self.standing = before;
        }
        answer
    }
}

/// Whether the database says by this code that it has ended the connection, or that the connection is broken.
fn is_farewell(code: Option<&str>) -> bool {
    code.is_some_and(|code| code.starts_with("57P0") || code.starts_with("08"))
}

impl Drop for Lane {
    fn drop(&mut self) {
        let Some(mut kept) = self.kept.take() else {
            return;
        };
        match self.standing {
            Standing::Whole if kept.taken.elapsed() < KEPT && !self.home.0.turns.is_closed() => {
                kept.used = Instant::now();
                self.home.idle().push(kept);
            }
            // The pool looks at it, and closes it if it does not answer.
            Standing::Whole | Standing::Doubtful => drop(kept),
            // Cut off: so the database learns that the transaction will not go on.
            Standing::Within => drop(kept.connection.detach()),
        }
    }
}

fn unreachable(error: SqlxError) -> DbErr {
    match error {
        SqlxError::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        SqlxError::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        other => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(other))),
    }
}

fn query_error(error: SqlxError) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

fn execution_error(error: SqlxError) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}
