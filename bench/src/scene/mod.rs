//! Scenes of live delivery: one stream with many subscribers, many streams with one each, all of them cut off at once, and
//! some who stop reading. Each starts what it needs, prints a table and writes JSON.

pub mod bare;
pub mod fan_out;
mod party;
mod prober;
mod round;
pub mod stalled;
pub mod storm;
pub mod wide;

pub use party::sockets;
pub use round::{Pace, Sending, send, times};

use crate::output::{Done, Told, say, write_json};
use crate::stage::{Kind, raise_open_files};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What all scenes are told.
#[derive(clap::Args)]
pub struct Common {
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    pub server: PathBuf,
    /// Which database; each scene starts its own.
    #[arg(long, value_enum, default_value_t = Kind::Postgres)]
    pub database: Kind,
    /// Where the figures go as JSON.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Makes room for so many sockets.
pub fn room_for(sockets: usize) -> Done<()> {
    raise_open_files(u64::try_from(sockets).told("sockets")? + 1000)
}

/// Prints a table, and writes the figures when a file is named.
pub fn told(table: &str, figures: &impl Serialize, out: Option<&Path>) -> Done<()> {
    say(table);
    match out {
        Some(file) => write_json(figures, Some(file)),
        None => Ok(()),
    }
}

/// Fails when anything was lost, doubled or out of order.
fn must_be_clean<'a>(mut figures: impl Iterator<Item = &'a round::Figures>) -> Done<()> {
    match figures.find(|figures| !figures.verdict.is_clean()) {
        None => Ok(()),
        Some(figures) => Err(format!(
            "round {}: {:?}",
            figures.round + 1,
            figures.verdict
        )),
    }
}
