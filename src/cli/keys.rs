//! Master keys, from the command line: what is under which, a new one, moving everything to it, and the end of an old one.
//! Servers run on meanwhile.

use super::{Failure, output, told};
use crate::access::{Kinds, Object};
use crate::app;
use crate::audit::Audit;
use crate::clock::Clock;
use crate::config::{Config, Keys, Secret};
use crate::db::Db;
use crate::keyring::{self, TABLES};
use crate::vault::{KeyId, Vault};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::sync::Arc;

/// What to do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Shows the master keys by their ids, and how many data keys each has wrapped.
    Status,
    /// Makes a new current master key in the data folder; where keys are given, says how to give one.
    Rotate,
    /// Wraps every data key by the current master key. Servers run on; it may be stopped and run again at any moment.
    Rewrap,
    /// Ends the use of a master key that wraps nothing any more.
    Retire {
        /// Which, as `keys status` names it.
        #[arg(value_name = "ID")]
        key: KeyId,
    },
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be opened, a key is missing, or the key to retire is current or still needed.
pub async fn run(config: &Config, keys: &Keys, command: Command) -> Result<(), Failure> {
    let (db, _) = app::connect(config, Clock::system()).await.map_err(told)?;
    let done = on(config, keys, &db, command).await;
    db.close().await;
    done
}

async fn on(config: &Config, keys: &Keys, db: &Db, command: Command) -> Result<(), Failure> {
    app::prepare_schema(db).await.map_err(told)?;
    let vault = Arc::new(app::vault(config, keys));
    let note = Note { db, vault: &vault };
    match command {
        Command::Status => status(db, &vault).await,
        Command::Rotate => {
            let done = rotate(config, &note).await;
            note.ended("keys rotate", done).await
        }
        Command::Rewrap => {
            let done = rewrap(&note).await;
            note.ended("keys rewrap", done).await
        }
        Command::Retire { key } => match retire(config, &note, key).await {
            // The row of its success is there together with the end of the key.
            Ok(()) => Ok(()),
            failed => note.ended(&format!("keys retire {key}"), failed).await,
        },
    }
}

/// What becomes of the commands that change something. What cannot be recorded is not begun.
struct Note<'a> {
    db: &'a Db,
    vault: &'a Arc<Vault>,
}

/// What the audit says of a command on keys.
const ABOUT: (Kinds, Object) = (Kinds::NONE, Object::Nothing);

impl Note<'_> {
    async fn audit(&self) -> Result<Audit, Failure> {
        let opened = Audit::open(self.db, self.vault, Clock::system(), true).await;
        Ok(opened.map_err(told)?.0)
    }

    /// That it begins. After the command's own checks: without the keys in use the audit does not open.
    async fn begins(&self, name: &str) -> Result<(), Failure> {
        let begins = format!("{name} (begun)");
        let noted = self.audit().await?.operated(&begins, ABOUT, true).await;
        noted.map_err(told)
    }

    /// How it ended.
    async fn ended(&self, name: &str, done: Result<(), Failure>) -> Result<(), Failure> {
        let noted = match self.audit().await {
            Ok(audit) => audit
                .operated(name, ABOUT, done.is_ok())
                .await
                .map_err(told),
            Err(failure) => Err(failure),
        };
        // Why it failed says more than that this could not be recorded.
        done.and(noted)
    }
}

type Counts = BTreeMap<KeyId, BTreeMap<&'static str, u64>>;

fn total(counts: &Counts, key: KeyId) -> u64 {
    counts.get(&key).map_or(0, |tables| tables.values().sum())
}

async fn status(db: &Db, vault: &Vault) -> Result<(), Failure> {
    let counts = keyring::counts(db).await.map_err(told)?;
    let in_use = keyring::in_use(db).await.map_err(told)?;
    let ring = vault.ring();
    let all: BTreeSet<KeyId> = ring.ids().chain(in_use).collect();
    let mut text = format!("{:<12} {:<14}", "master key", "");
    for table in TABLES {
        write!(text, " {table:>10}").map_err(|error| error.to_string())?;
    }
    for key in all {
        let standing = match (key == ring.current(), ring.has(key)) {
            (true, _) => "current",
            (false, true) => "opens",
            (false, false) => "NOT GIVEN",
        };
        write!(text, "\n{key:<12} {standing:<14}").map_err(|error| error.to_string())?;
        for table in TABLES {
            let count = counts.get(&key).and_then(|tables| tables.get(table));
            let count = count.copied().unwrap_or_default();
            write!(text, " {count:>10}").map_err(|error| error.to_string())?;
        }
    }
    text.push_str(
        "\n\nThe numbers are data keys wrapped under each master key. The index key is not rotated: every blind index would \
         have to be\nbuilt anew. The token key is exchanged in the configuration: access tokens end with it, sessions do not.",
    );
    output::say(&text);
    Ok(())
}

async fn rotate(config: &Config, note: &Note<'_>) -> Result<(), Failure> {
    let Note { db, vault } = *note;
    // Before anything is made: a ring that lacks a key would only grow by one more.
    keyring::check(db, vault).await.map_err(told)?;
    let former = vault.ring().current();
    if !config.keeps_masters() {
        output::say(&by_hand(former));
        return Ok(());
    }
    note.begins("keys rotate").await?;
    config.make_master(&former.to_string())?;
    let keys = config.keys_again();
    let keys = keys.ok_or("the new key stands in the data folder and cannot be read back")?;
    let vault = app::vault(config, &keys);
    keyring::note(db, &vault).await.map_err(told)?;
    let current = vault.ring().current();
    output::say(&format!(
        "The current master key is {current}; {former} still opens what it has wrapped. A running server takes it up within \
         a second.\nBack up the key folder, then: patient-tracker keys rewrap, patient-tracker keys retire {former}"
    ));
    Ok(())
}

/// What to do where keys are given.
fn by_hand(current: KeyId) -> String {
    format!(
        "The master keys are given, so nothing was changed. The current one is {current}. For a new one, in this order:\n\
         1. Make one: openssl rand -base64 32\n\
         2. Add it to PATIENT_TRACKER_KEYS_MASTER_OTHERS (or …_FILE) everywhere, and restart the copies one by one:\n   \
            from now on each of them opens what it will wrap.\n\
         3. Make it PATIENT_TRACKER_KEYS_MASTER, put the one before into PATIENT_TRACKER_KEYS_MASTER_OTHERS, and restart\n   \
            the copies one by one: from now on it wraps.\n\
         4. Run, with the same settings: patient-tracker keys rewrap\n\
         5. Run: patient-tracker keys retire {current}\n\
         6. Take {current} out of PATIENT_TRACKER_KEYS_MASTER_OTHERS at the next restart. Keep it as long as the backups\n   \
            from before."
    )
}

async fn rewrap(note: &Note<'_>) -> Result<(), Failure> {
    let Note { db, vault } = *note;
    let current = vault.ring().current();
    let in_use = keyring::in_use(db).await.map_err(told)?;
    if !in_use.is_empty() && !in_use.contains(&current) {
        return Err(format!(
            "no server has been started with {current} as its current master key yet; what is rewrapped now, those that \
             run could not open: see `patient-tracker keys rotate`"
        ));
    }
    keyring::check(db, vault).await.map_err(told)?;
    note.begins("keys rewrap").await?;
    let counts = keyring::counts(db).await.map_err(told)?;
    let elsewhere = counts.keys().filter(|key| **key != current);
    let bar = bar(elsewhere.map(|key| total(&counts, *key)).sum());
    let done = keyring::rewrap(db, vault, |moved| bar.inc(moved)).await;
    bar.finish_and_clear();
    let done = done.map_err(told)?;
    output::say(&format!(
        "{} data keys were moved to {current}.",
        done.moved
    ));
    match done.unreadable {
        0 => Ok(()),
        left => Err(format!(
            "{left} data keys open with no key that is given, and are as they were; the log names their rows"
        )),
    }
}

/// A bar over the data keys, on a terminal.
fn bar(keys: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(keys);
    match ProgressStyle::with_template("{bar:40} {pos} of {len} data keys, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

async fn retire(config: &Config, note: &Note<'_>, key: KeyId) -> Result<(), Failure> {
    let Note { db, vault } = *note;
    let ring = vault.ring();
    if key == ring.current() {
        return Err(format!("{key} is the current master key: rotate first"));
    }
    let needed = "data keys are wrapped under it: run `patient-tracker keys rewrap` first";
    let counts = keyring::counts(db).await.map_err(told)?;
    match total(&counts, key) {
        0 => {}
        left => return Err(format!("{key} is still needed, {left} {needed}")),
    }
    let audit = note.audit().await?;
    let row = audit.operation(&format!("keys retire {key}"), ABOUT, true);
    let row = row.map_err(told)?;
    let was_in_use = match keyring::retire(db, key, row).await.map_err(told)? {
        Ok(was_in_use) => was_in_use,
        Err(keyring::InUse) => return Err(format!("{key} is needed again, {needed}")),
    };
    let kept = match config.keeps_masters() {
        true => config.forget_masters(|secret: &Secret| KeyId::of(secret.expose()) == key)?,
        false => 0,
    };
    if !was_in_use && !ring.has(key) {
        return Err(format!("there is no master key {key}"));
    }
    let given = ring.has(key) && kept == 0;
    output::say(&match given {
        true => format!(
            "{key} is retired: nothing can be wrapped under it any more. Take it out of \
             PATIENT_TRACKER_KEYS_MASTER_OTHERS at the next restart of each copy, and keep it as long as the backups from \
             before."
        ),
        false => format!(
            "{key} is retired, and gone from the data folder. Backups from before open only with it."
        ),
    });
    Ok(())
}
