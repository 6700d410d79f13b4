//! Measures the server from outside: how much processor time a request costs it and its database, how long answers take,
//! what a live subscriber weighs. Loopback only: figures of another machine's network say nothing about the server.
//!
//! `run` measures a server that is running. `load`, `versus`, `across`, `contestant` and `tidy` compare it with other servers over
//! the same rows; docs/benchmark.md says how.

mod across;
mod alarm;
mod contestant;
mod crowd;
mod faults;
mod fill;
mod free_times;
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
mod scene;
mod scenes;
mod server;
mod sockets;
mod source;
mod stage;
mod versus;
mod visit_view;

use clap::{Parser, Subcommand};
use output::{Done, Told as _};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

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
    /// Measures how soon a reading out of bounds is an alert on a doctor's socket, and the next one's.
    Alarm(alarm::Arguments),
    /// Measures whether the time of a refused sign-in tells if there is such an account.
    Known(known::Arguments),
    /// One stream, many subscribers, beside a bare broadcast and other servers.
    FanOut(scene::fan_out::Arguments),
    /// Many streams, one subscriber each.
    Wide(scene::wide::Arguments),
    /// All sockets are cut off at once and come back with their cursors.
    Storm(scene::storm::Arguments),
    /// Some who stop reading among many who read.
    Stalled(scene::stalled::Arguments),
    /// A server that does nothing but send: what the others are compared with.
    Bare(scene::bare::Arguments),
    /// How long it takes to find free times.
    FreeTimes(free_times::Arguments),
    /// How long the doctor's view before a visit takes, of a long chart and of a short one.
    VisitView(visit_view::Arguments),
    /// Causes a fault again and again while people write and follow, and gives an account of everything afterwards.
    Faults(faults::Arguments),
    /// Commits to a SQLite file until it is killed: the control of a power cut.
    #[command(hide = true)]
    Commit(faults::power::CommitArguments),
    /// Writes a contestant file for the comparison's own runner, signed in for an hour.
    Contestant(contestant::Arguments),
    /// Removes the bookings that measuring has made.
    Tidy(contestant::TidyArguments),
}

/// One thread, as the load generators one compares with: the machine's other cores are the server's.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let command = Arguments::parse().command;
    // What has been started is stopped when its handle is dropped, so nothing may end this program but its own way out.
    let done = tokio::select! {
        done = run(command) => done,
        stopped = stopped() => stopped,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            output::tell(&words);
            ExitCode::FAILURE
        }
    }
}

async fn stopped() -> Done<()> {
    let mut terminated = signal(SignalKind::terminate()).told("a signal")?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
    Err("stopped".to_owned())
}

async fn run(command: Command) -> Done<()> {
    match command {
        Command::Run(arguments) => run::run(arguments).await,
        Command::Load(arguments) => fill::run(arguments).await,
        Command::Versus(arguments) => versus::run(arguments).await,
        Command::Across(arguments) => across::run(arguments).await,
        Command::Revoke(arguments) => revoke::run(arguments).await,
        Command::Alarm(arguments) => alarm::run(arguments).await,
        Command::Known(arguments) => known::run(arguments).await,
        Command::FanOut(arguments) => scene::fan_out::run(arguments).await,
        Command::Wide(arguments) => scene::wide::run(arguments).await,
        Command::Storm(arguments) => scene::storm::run(arguments).await,
        Command::Stalled(arguments) => scene::stalled::run(arguments).await,
        Command::Bare(arguments) => scene::bare::run(arguments).await,
        Command::FreeTimes(arguments) => free_times::run(arguments).await,
        Command::VisitView(arguments) => visit_view::run(arguments).await,
        Command::Faults(arguments) => faults::run(arguments).await,
        Command::Commit(arguments) => faults::power::commit(arguments).await,
        Command::Contestant(arguments) => contestant::run(arguments).await,
        Command::Tidy(arguments) => contestant::tidy(arguments).await,
    }
}
