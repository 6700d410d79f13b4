//! Words for whoever runs a measurement: results on standard output, everything else on standard error.

use serde::Serialize;
use std::fmt::Debug;
use std::path::Path;

/// What every step ends with: its value, or words for the operator.
pub type Done<T> = Result<T, String>;

/// Says what was being done when a cause struck.
pub trait Told<T> {
    /// The value, or `what: cause`.
    fn told(self, what: &str) -> Done<T>;
}

impl<T, E: Debug> Told<T> for Result<T, E> {
    fn told(self, what: &str) -> Done<T> {
        self.map_err(|cause| format!("{what}: {cause:?}"))
    }
}

/// Prints a result.
#[expect(clippy::print_stdout, reason = "a command line prints its results")]
pub fn say(words: &str) {
    println!("{words}");
}

/// Prints progress, or why there is no result.
#[expect(clippy::print_stderr, reason = "a command line says how it goes")]
pub fn tell(words: &str) {
    eprintln!("{words}");
}

/// Prints figures as JSON, or writes them to a file when one is named.
pub fn write_json(figures: &impl Serialize, file: Option<&Path>) -> Done<()> {
    let text = serde_json::to_string_pretty(figures).told("figures as JSON")?;
    match file {
        None => {
            say(&text);
            Ok(())
        }
        Some(path) => std::fs::write(path, text + "\n").told(&path.display().to_string()),
    }
}
