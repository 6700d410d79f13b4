//! Filling our database with the rows of the comparison: the same people and appointments under the same ids, sealed and
//! indexed as the server would have written them, and a doctor who treats everybody, for the others know no relations.

mod people;
mod rows;

pub use rows::insert_many;

use crate::kit::Kit;
use crate::output::{Done, Told, say, tell};
use crate::source::Source;
use migration::{Migrator, MigratorTrait};
use patient_tracker::app::{self, Ground};
use patient_tracker::clock::Clock;
use patient_tracker::config::{Config, Inputs, Keys};
use std::path::PathBuf;

/// From where to where.
#[derive(clap::Args)]
pub struct Arguments {
    /// The database of the others, which is only read.
    #[arg(long, value_name = "URL")]
    from: String,
    /// An empty database for our server.
    #[arg(long, value_name = "URL")]
    to: String,
    /// The Redis that both ring.
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// Where the kit goes: addresses, keys, accounts.
    #[arg(long, value_name = "FILE")]
    kit: PathBuf,
}

/// Fills the database.
pub async fn run(arguments: Arguments) -> Done<()> {
    let source = Source::open(&arguments.from).await?;
    let mut kit = Kit::new(arguments.from, arguments.to, arguments.redis);
    let (config, keys) = configuration(&kit)?;
    let (db, _) = app::connect(&config, Clock::system())
        .await
        .told("our database")?;
    Migrator::up(db.schema(), None)
        .await
        .told("the migrations")?;
    db.close().await;
    let ground = Ground::open(&config, &keys, Clock::system())
        .await
        .told("our database")?;
    let filled = fill(&source, &ground, &mut kit).await;
    ground.close().await;
    filled?;
    kit.write(&arguments.kit)?;
    let target = Source::open(&kit.database).await?;
    target.run(&["vacuum analyze", "checkpoint"]).await?;
    say(&format!(
        "{} holds what the other commands need.",
        arguments.kit.display()
    ));
    Ok(())
}

fn configuration(kit: &Kit) -> Done<(Config, Keys)> {
    // Rows are written a thousand a statement, and each is checked for overlaps.
    let patience = ["DATABASE_STATEMENT_TIMEOUT", "HTTP_REQUEST_TIMEOUT"]
        .map(|name| (format!("PATIENT_TRACKER_{name}"), "5min".to_owned()));
    let variables = kit.environment(crate::kit::PORT, &std::env::temp_dir());
    let variables = variables.into_iter().chain(patience);
    // The bus is for servers; filling rings nobody.
    let variables = variables.filter(|(name, _)| name != "REDIS_URL");
    Config::load_with_keys(&Inputs::default().variables(variables)).told("the configuration")
}

async fn fill(source: &Source, ground: &Ground, kit: &mut Kit) -> Done<()> {
    let state = &ground.state;
    if source.count("appointments").await? == 0 {
        return Err("there is nothing to load".to_owned());
    }
    tell("Users…");
    people::users(source, state, kit).await?;
    tell("Doctors…");
    let bench = people::doctors(source, state, kit).await?;
    tell("Patients…");
    let keys = people::patients(source, state).await?;
    tell("Care teams…");
    people::care_teams(state, bench, keys.keys().copied()).await?;
    tell("Appointments…");
    kit.visit_type = rows::visit_type(state).await?;
    let written = rows::appointments(source, state, &keys).await?;
    tell(&format!("{} patients, {written} appointments.", keys.len()));
    Ok(())
}
