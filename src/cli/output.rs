//! What is printed, and the log.

use crate::config::{Log, LogFormat};
use std::io::Write as _;
use tracing_subscriber::EnvFilter;

/// Prints for the operator, or for a program that reads what a command says.
pub fn say(words: &str) {
    // A reader that has gone away wants to hear no more.
    drop(writeln!(
        std::io::stdout(),
        "{}",
        words.trim_end_matches('\n')
    ));
}

/// Prints what went wrong.
pub fn complain(words: &str) {
    drop(writeln!(std::io::stderr(), "patient-tracker: {words}"));
}

/// Starts the log, on standard error.
pub fn start_log(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Started twice in one process (by tests), the first stays.
    drop(match log.format {
        LogFormat::Json => subscriber.json().try_init(),
        LogFormat::Text => subscriber.with_ansi(false).try_init(),
    });
}
