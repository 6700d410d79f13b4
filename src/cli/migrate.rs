//! Bringing the database's schema up to date.

use super::{Failure, output, told};
use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use migration::{Migrator, MigratorTrait};

/// Runs all migrations that have not run yet.
///
/// # Errors
/// When the database cannot be reached, or a step fails; then that step has left nothing behind.
pub async fn run(config: &Config) -> Result<(), Failure> {
    let (db, _) = app::connect(config, Clock::system()).await.map_err(told)?;
    let pending = Migrator::get_pending_migrations(db.schema())
        .await
        .map_err(|error| error.to_string())?;
    Migrator::up(db.schema(), None)
        .await
        .map_err(|error| error.to_string())?;
    output::say(&match pending.len() {
        0 => "The schema is up to date.".to_owned(),
        steps => format!("{steps} steps were run: the schema is up to date."),
    });
    db.close().await;
    Ok(())
}
