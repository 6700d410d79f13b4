//! Printing the contract, or checking that the file holds it.

use super::{Failure, output};
use std::path::PathBuf;

/// What to do with the schema.
#[derive(clap::Args)]
pub struct Arguments {
    /// Compare with the file instead of printing, and fail when they differ.
    #[arg(long)]
    check: bool,
    /// The file to compare with.
    #[arg(long, value_name = "FILE", default_value = "schema.graphql")]
    file: PathBuf,
}

/// Prints or checks the schema.
///
/// # Errors
/// When the file differs or cannot be read.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let served = crate::schema::sdl();
    if !arguments.check {
        output::say(&served);
        return Ok(());
    }
    let file = arguments.file.display();
    match std::fs::read_to_string(&arguments.file) {
        Ok(text) if text == served => Ok(()),
        Ok(_) => Err(format!(
            "{file} is not what the code serves; write it anew with `patient-tracker schema > {file}`"
        )),
        Err(error) => Err(format!("{file} cannot be read: {error}")),
    }
}
