//! Taking in records from elsewhere.

use super::{Failure, output, told};
use crate::access::{Kinds, Object};
use crate::app::Ground;
use crate::clock::Clock;
use crate::config::{Config, Keys};
use crate::intake::fhir::{BundleRefusal, Importer, Report};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{IsTerminal as _, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to take in.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Takes in FHIR R4 bundles, each whole or not at all; what is here already is left as it is. A bundle may refer to
    /// the practitioners and patients of those before it.
    Fhir {
        /// The bundles (JSON).
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be opened, or a bundle was not taken; the others were.
pub async fn run(config: &Config, keys: &Keys, command: Command) -> Result<(), Failure> {
    let Command::Fhir { files } = command;
    let ground = Ground::open(config, keys, Clock::system())
        .await
        .map_err(told)?;
    // Before anything is taken: an import that is cut short has taken something.
    let noted = ground.state.audit.operated(
        "import fhir",
        (
            Kinds::IDENTITY
                .with(Kinds::DEMOGRAPHICS)
                .with(Kinds::APPOINTMENT)
                .with(Kinds::CLINICAL)
                .with(Kinds::MEDICATION)
                .with(Kinds::VITALS)
                .with(Kinds::VISIT_RECORD),
            Object::Clinic,
        ),
        true,
    );
    noted.await.map_err(told)?;
    let mut importer = Importer::new(Arc::clone(&ground.state));
    let bar = bar(&files);
    let mut failures = Vec::new();
    for (place, file) in files.iter().enumerate() {
        if let Err(why) = take(&mut importer, file, &bar).await {
            // By its place: exported files are often called like the patient.
            failures.push(format!("file {} of {}: {why}", place + 1, files.len()));
        }
    }
    bar.finish_and_clear();
    let taken = files.len() - failures.len();
    output::say(&format!(
        "{taken} of {} bundles taken.\n{}",
        files.len(),
        summary(importer.report())
    ));
    drop(importer);
    ground.close().await;
    if failures.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "not taken, and nothing of it kept:\n  {}",
            failures.join("\n  ")
        ))
    }
}

async fn take(importer: &mut Importer, file: &Path, bar: &ProgressBar) -> Result<(), Failure> {
    let source = File::open(file).map_err(|error| format!("cannot be opened: {error}"))?;
    let counted = Counted {
        source,
        bar: bar.clone(),
    };
    importer
        .take(counted)
        .await
        .map_err(|refusal| match refusal {
            BundleRefusal::Unreadable(fault) => fault.to_string(),
            BundleRefusal::Unwritten(fault) => told(fault),
        })
}

/// A bar over the bytes of all files, on a terminal.
fn bar(files: &[PathBuf]) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let sizes = files.iter().filter_map(|file| std::fs::metadata(file).ok());
    let bar = ProgressBar::new(sizes.map(|meta| meta.len()).sum());
    match ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A file that moves the bar as it is read.
struct Counted {
    source: File,
    bar: ProgressBar,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.bar.inc(count as u64);
        Ok(count)
    }
}

/// The table of what became of the entries, and the reasons below it.
fn summary(report: &Report) -> String {
    let mut text = format!(
        "{:<28} {:>8} {:>13} {:>8} {:>13}\n",
        "type", "taken", "already there", "refused", "left out"
    );
    for (name, tally) in &report.tallies {
        text.push_str(&format!(
            "{name:<28} {:>8} {:>13} {:>8} {:>13}\n",
            tally.taken, tally.known, tally.refused, tally.passed
        ));
    }
    for (title, lines) in [("Refused", &report.refusals), ("Remarks", &report.notes)] {
        if lines.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{title}:\n"));
        for ((name, words), line) in lines {
            text.push_str(&format!(
                "  {} × {name}: {words} (first: entry {})\n",
                line.times, line.first
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::summary;
    use crate::intake::fhir::{Line, Report, Tally};

    #[test]
    fn the_summary_names_types_and_reasons() {
        let mut report = Report::default();
        let tally = Tally {
            taken: 2,
            refused: 1,
            ..Tally::default()
        };
        report.tallies.insert("Encounter".to_owned(), tally);
        let key = ("Encounter".to_owned(), "status is missing".into());
        report.refusals.insert(key, Line { times: 1, first: 4 });
        let text = summary(&report);
        assert!(text.contains("Refused:\n  1 × Encounter: status is missing (first: entry 4)"));
        assert!(!text.contains("Remarks"));
    }
}
