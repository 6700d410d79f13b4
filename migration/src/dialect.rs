//! The words in which PostgreSQL and SQLite differ.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Runs the statements of `sql`, with `{id}`, `{bytes}`, `{time}`, `{long}`, `{json}` and `{bool}` said as this database
/// says them.
pub async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let words = match manager.get_database_backend() {
        DbBackend::Postgres => ["uuid", "bytea", "timestamptz", "bigint", "jsonb", "boolean"],
        _ => ["blob", "blob", "text", "integer", "text", "boolean"],
    };
    let places = ["{id}", "{bytes}", "{time}", "{long}", "{json}", "{bool}"];
    let said = places
        .iter()
        .zip(words)
        .fold(sql.to_owned(), |text, (place, word)| {
            text.replace(place, word)
        });
    manager.get_connection().execute_unprepared(&said).await?;
    Ok(())
}

/// Runs the statements meant for the database at hand.
pub async fn run_either(
    manager: &SchemaManager<'_>,
    postgres: &str,
    sqlite: &str,
) -> Result<(), DbErr> {
    match manager.get_database_backend() {
        DbBackend::Postgres => run(manager, postgres).await,
        _ => run(manager, sqlite).await,
    }
}
