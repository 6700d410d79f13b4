//! Measures the server from outside: how much processor time a request costs it and its database, how long answers take,
//! what a live subscriber weighs. Loopback only: figures of another machine's network say nothing about the server.
//!
//! `run` measures a server that is running. `load`, `versus`, `across`, `contestant` and `tidy` compare it with other servers over
//! the same rows; docs/benchmark.md says how.

mod across;
mod contestant;
mod fill;
mod http;
mod kit;
mod known;
mod live;
mod load;
mod meter;
mod operations;
mod output;
mod process;
mod report;
mod revoke;
mod revoked;
mod run;
mod scenes;
mod server;
mod sockets;
mod source;
mod versus;

use clap::{Parser, Subcommand};
use output::Done;
use std::process::ExitCode;

/// Measures the patient tracker.
#[derive(Parser)]
#[command(name = "bench", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures a running server: point, day, list, booking, fan-out, idle sockets.
    Run(run::Arguments),
    /// Fills an empty PostgreSQL database with the rows of the comparison, sealed, and writes a kit for the other commands.
    Load(fill::Arguments),
    /// Compares this server with others over the same rows, in interleaved rounds.
    Versus(versus::Arguments),
    /// Measures live delivery from one copy to another.
    Across(across::Arguments),
    /// Measures how soon a right that ends on one copy is over on the other.
    Revoke(revoke::Arguments),
    /// Measures whether the time of a refused sign-in tells if there is such an account.
    Known(known::Arguments),
    /// Writes a contestant file for the comparison's own runner, signed in for an hour.
    Contestant(contestant::Arguments),
    /// Removes the bookings that measuring has made.
    Tidy(contestant::TidyArguments),
}

/// One thread, as the load generators one compares with: the machine's other cores are the server's.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done: Done<()> = match Arguments::parse().command {
        Command::Run(arguments) => run::run(arguments).await,
        Command::Load(arguments) => fill::run(arguments).await,
        Command::Versus(arguments) => versus::run(arguments).await,
        Command::Across(arguments) => across::run(arguments).await,
        Command::Revoke(arguments) => revoke::run(arguments).await,
        Command::Known(arguments) => known::run(arguments).await,
        Command::Contestant(arguments) => contestant::run(arguments).await,
        Command::Tidy(arguments) => contestant::tidy(arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            output::tell(&words);
            ExitCode::FAILURE
        }
    }
}
