//! A PostgreSQL database as the comparison sees it: rows by plain SQL, as JSON. The server's own stores lost: half of what
//! is read here is not the server's, and the texts come from the operation files.

use crate::output::{Done, Told};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use serde_json::Value;

/// An open database.
pub struct Source {
    connection: DatabaseConnection,
}

impl Source {
    /// Opens it with a single connection: more would be more backends to account for.
    pub async fn open(url: &str) -> Done<Self> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options)
            .await
            .told("opening the database")?;
        Ok(Self { connection })
    }

    /// The rows of a select, each an object.
    pub async fn rows(&self, select: &str) -> Done<Vec<Value>> {
        let sql = format!("select coalesce(json_agg(x), '[]')::text from ({select}) x");
        let row = self
            .connection
            .query_one_raw(statement(&sql))
            .await
            .told(select)?;
        let text: String = row
            .ok_or("an aggregate without a row")?
            .try_get_by_index(0)
            .told(select)?;
        serde_json::from_str(&text).told("rows as JSON")
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> Done<i64> {
        let rows = self
            .rows(&format!("select count(*) as n from {table}"))
            .await?;
        rows.first()
            .and_then(|row| row["n"].as_i64())
            .ok_or_else(|| format!("{table} cannot be counted"))
    }

    /// Runs statements one by one, outside of any transaction (VACUUM runs in none).
    pub async fn run(&self, statements: &[&str]) -> Done<()> {
        for sql in statements {
            self.connection
                .execute_raw(statement(sql))
                .await
                .told(sql)?;
        }
        Ok(())
    }

    /// The process that serves this connection.
    pub async fn backend(&self) -> Done<u32> {
        let rows = self.rows("select pg_backend_pid() as pid").await?;
        rows.first()
            .and_then(|row| row["pid"].as_u64())
            .and_then(|pid| u32::try_from(pid).ok())
            .ok_or_else(|| "the database does not say its process".to_owned())
    }
}

fn statement(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Postgres, sql.to_owned())
}
