//! The commands: what an operator types, and what they read then. Each command is a few lines here and a file beside.

mod admin;
mod audit;
mod demo;
mod import;
mod keys;
mod migrate;
mod output;
mod patient;
mod schema;
mod serve;

use crate::config::{Config, Faults, Inputs, Keys, Mode};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// What a command ends with when it fails: words for the operator.
pub type Failure = String;

/// A real-time patient tracker: one GraphQL API with live subscriptions.
#[derive(Parser)]
#[command(name = "patient-tracker", version, about)]
struct Arguments {
    /// A configuration file (TOML); PATIENT_TRACKER_CONFIG names one too.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server: alone on SQLite, or on PostgreSQL and Redis when DATABASE_URL and REDIS_URL say so.
    Serve,
    /// Runs an embedded server with a sample clinic, and prints how to sign in.
    Demo(demo::Arguments),
    /// Brings the database's schema up to date.
    Migrate,
    /// Prints the GraphQL schema.
    Schema(schema::Arguments),
    /// Looks after administrators.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Takes in records from elsewhere.
    #[command(subcommand)]
    Import(import::Command),
    /// Looks after the master keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Looks after patients' records.
    #[command(subcommand)]
    Patient(patient::Command),
    /// Verifies the audit, or takes it elsewhere.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Shows the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Prints every setting with its value and where it comes from; secrets are masked.
    Print,
    /// Prints the manual of all settings, in Markdown.
    Reference,
}

/// Reads the command line and runs the command.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(error) => Err(format!("the runtime could not be started: {error}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            output::complain(&words);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let inputs = Inputs::of_process(arguments.config.as_deref());
    match arguments.command {
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Config(ConfigCommand::Reference) => {
            output::say(&Config::reference());
            Ok(())
        }
        Command::Config(ConfigCommand::Print) => {
            let config = Config::load(&inputs).map_err(|faults| listed(&faults))?;
            output::say(&config.print());
            Ok(())
        }
        Command::Demo(arguments) => demo::run(inputs, arguments).await,
        Command::Serve => {
            let (config, keys) = opened(&inputs)?;
            output::start_log(&config.log);
            serve::run(&config, &keys).await
        }
        Command::Migrate => {
            let config = Config::load(&inputs).map_err(|faults| listed(&faults))?;
            if config.mode == Mode::Embedded {
                // The keys come before the database, or the next start would take them for lost.
                opened(&inputs)?;
            }
            output::start_log(&config.log);
            migrate::run(&config).await
        }
        Command::Admin(command) => {
            let (config, keys) = opened(&inputs)?;
            admin::run(&config, &keys, command).await
        }
        Command::Import(command) => {
            let (config, keys) = opened(&inputs)?;
            import::run(&config, &keys, command).await
        }
        Command::Keys(command) => {
            let (config, keys) = opened(&inputs)?;
            output::start_log(&config.log);
            keys::run(&config, &keys, command).await
        }
        Command::Audit(command) => {
            let (config, keys) = opened(&inputs)?;
            output::start_log(&config.log);
            audit::run(&config, &keys, command).await
        }
        Command::Patient(command) => {
            let (config, keys) = opened(&inputs)?;
            output::start_log(&config.log);
            patient::run(&config, &keys, command).await
        }
    }
}

fn opened(inputs: &Inputs) -> Result<(Config, Keys), Failure> {
    Config::load_with_keys(inputs).map_err(|faults| listed(&faults))
}

/// All faults of the configuration, one a line.
fn listed(faults: &Faults) -> Failure {
    let mut words = "the configuration cannot be used:".to_owned();
    for sentence in faults.sentences() {
        words.push_str("\n  - ");
        words.push_str(sentence);
    }
    words
}

/// A fault in words for the operator, who may read causes.
fn told(fault: crate::error::Fault) -> Failure {
    format!("{fault:?}")
}
