//! The audit, from the command line: whether it is as it was written, and taking it elsewhere.

use super::{Failure, output, told};
use crate::access::{Kinds, Object};
use crate::app;
use crate::audit::verify::verify;
use crate::audit::{Audit, Checkpoint, export, store};
use crate::clock::Clock;
use crate::config::{Config, Keys};
use crate::db::Db;
use crate::graphql::decode_id;
use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};

/// What to do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Verifies every entry, every link of the chain, and the checkpoints; fails and names the first that is not as it was
    /// written. Servers run on.
    Verify {
        /// The checkpoints to compare with; those of the configuration unless said.
        #[arg(long, value_name = "FILE")]
        checkpoints: Option<PathBuf>,
    },
    /// Prints entries, a line of JSON each. That it was done is itself an entry.
    Export {
        /// In which form.
        #[arg(long, value_enum, default_value = "ndjson")]
        format: Format,
        /// Only from this instant on (RFC 3339).
        #[arg(long)]
        from: Option<DateTime<Utc>>,
        /// Only before this instant (RFC 3339).
        #[arg(long)]
        to: Option<DateTime<Utc>>,
        /// Only of this patient, by the id that the API gives (pat_…).
        #[arg(long)]
        patient: Option<String>,
    },
}

/// A form of entries.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// As we name things.
    Ndjson,
    /// `AuditEvent` of FHIR R4.
    Fhir,
}

/// Entries read at once.
const STRETCH: u64 = 1000;

/// Runs the command.
///
/// # Errors
/// When the audit is not as it was written; when the database, a key or a file cannot be read.
pub async fn run(config: &Config, keys: &Keys, command: Command) -> Result<(), Failure> {
    let (db, _) = app::connect(config, Clock::system()).await.map_err(told)?;
    let done = on(config, keys, &db, command).await;
    db.close().await;
    done
}

async fn on(config: &Config, keys: &Keys, db: &Db, command: Command) -> Result<(), Failure> {
    app::prepare_schema(db).await.map_err(told)?;
    let vault = app::vault(config, keys);
    let opened = Audit::open(db, &vault, Clock::system(), true).await;
    let (audit, _) = opened.map_err(told)?;
    match command {
        Command::Verify { checkpoints } => {
            // A file that somebody names must be there: whoever cuts the chain's end may have taken it too.
            let must_be = checkpoints.is_some();
            let file = checkpoints.unwrap_or_else(|| config.audit.checkpoints.clone());
            verified(&audit, &file, must_be).await
        }
        Command::Export {
            format,
            from,
            to,
            patient,
        } => {
            let patient = patient.map(|id| decode_id(&id.into()));
            let filter = store::Filter {
                from,
                to,
                patient: patient.transpose().map_err(told)?,
                ..store::Filter::default()
            };
            exported(&audit, format, &filter).await
        }
    }
}

async fn verified(audit: &Audit, file: &Path, must_be: bool) -> Result<(), Failure> {
    let checkpoints = match Checkpoint::read(file) {
        Ok(checkpoints) => checkpoints,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_be => Vec::new(),
        Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
    };
    let now = Clock::system().now();
    let report = verify(audit.db(), audit.key(), &checkpoints, now)
        .await
        .map_err(told)?;
    let mut seen = format!(
        "{} links, {} checkpoints, {} entries that wait for their link",
        report.links, report.checkpoints, report.pending
    );
    if report.late > 0 {
        seen.push_str(&format!(
            " ({} of them for more than a minute: a running server would have sealed them)",
            report.late
        ));
    }
    if !report.unreadable.is_empty() {
        let lines: Vec<_> = report.unreadable.iter().map(usize::to_string).collect();
        seen.push_str(&format!(
            "\nNot to be read in {}: line {}. The machine stopped while it was written, or somebody has spoilt it; what it \
             said proves nothing",
            file.display(),
            lines.join(", ")
        ));
    }
    if checkpoints.is_empty() {
        seen.push_str(&format!(
            "\nNo checkpoint was found in {}: that the end was cut off would not show",
            file.display()
        ));
    }
    match report.frauds.as_slice() {
        [] => {
            output::say(&format!("The audit is as it was written: {seen}."));
            Ok(())
        }
        [first, others @ ..] => Err(format!(
            "the audit is not as it was written: {first}; {} more. Seen: {seen}",
            others.len()
        )),
    }
}

async fn exported(audit: &Audit, format: Format, filter: &store::Filter) -> Result<(), Failure> {
    let object = filter.patient.map_or(Object::Audit, Object::Patient);
    audit
        .operated("audit export", (Kinds::AUDIT, object), true)
        .await
        .map_err(told)?;
    let mut last = i64::MIN;
    loop {
        let entries = store::filtered(audit.db(), filter, last, STRETCH)
            .await
            .map_err(told)?;
        let Some(end) = entries.last() else {
            return Ok(());
        };
        last = end.place;
        for entry in &entries {
            let line = match format {
                Format::Ndjson => export::plain(audit.key(), entry),
                Format::Fhir => export::fhir(audit.key(), entry),
            };
            output::say(&line.to_string());
        }
    }
}
