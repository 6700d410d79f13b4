//! Where statements go: the database as a whole, or one transaction. sea-orm takes either.

use super::lanes::{Lane, Lanes};
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement,
};
use tokio::sync::Mutex;

/// The database as a whole: each statement on whichever connection is free.
#[derive(Clone)]
pub enum Connections {
    /// SQLite's readers.
    Sqlite(DatabaseConnection),
    /// PostgreSQL's connections.
    Postgres(Lanes),
}

/// One transaction.
pub enum Session {
    /// On SQLite's writer.
    Sqlite(DatabaseTransaction),
    /// On a connection to PostgreSQL of its own.
    Postgres(Mutex<Lane>),
}

impl Session {
    /// Makes what was written last.
    ///
    /// # Errors
    /// Those of the database; then nothing was written.
    pub async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(lane) => lane.into_inner().end("COMMIT").await,
        }
    }

    /// Undoes what was written.
    ///
    /// # Errors
    /// Those of the database; then nothing was written either.
    pub async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(transaction) => transaction.rollback().await,
            Self::Postgres(lane) => lane.into_inner().end("ROLLBACK").await,
        }
    }
}

#[async_trait]
impl ConnectionTrait for Connections {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(readers) => readers.execute_raw(statement).await,
            Self::Postgres(lanes) => Ok(lanes.lane().await?.execute(statement).await?.into()),
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(readers) => readers.execute_unprepared(sql).await,
            Self::Postgres(lanes) => Ok(lanes.lane().await?.execute_unprepared(sql).await?.into()),
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(readers) => readers.query_one_raw(statement).await,
            Self::Postgres(lanes) => one(&mut lanes.lane().await?, statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(readers) => readers.query_all_raw(statement).await,
            Self::Postgres(lanes) => all(&mut lanes.lane().await?, statement).await,
        }
    }
}

#[async_trait]
impl ConnectionTrait for Session {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(transaction) => transaction.execute_raw(statement).await,
            Self::Postgres(lane) => Ok(lane.lock().await.execute(statement).await?.into()),
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(transaction) => transaction.execute_unprepared(sql).await,
            Self::Postgres(lane) => Ok(lane.lock().await.execute_unprepared(sql).await?.into()),
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(transaction) => transaction.query_one_raw(statement).await,
            Self::Postgres(lane) => one(&mut *lane.lock().await, statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(transaction) => transaction.query_all_raw(statement).await,
            Self::Postgres(lane) => all(&mut *lane.lock().await, statement).await,
        }
    }
}

async fn one(lane: &mut Lane, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
    let rows = lane.rows(statement).await?;
    Ok(rows.into_iter().next().map(Into::into))
}

async fn all(lane: &mut Lane, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
    let rows = lane.rows(statement).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
