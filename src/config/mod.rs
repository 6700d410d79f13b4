//! The configuration: one type for every setting, filled from a file and the environment, checked whole before anything starts.
//!
//! Rank: command line over environment over file over default. Every fault is reported in one go. Only this module reads the
//! process's environment, and it imports nothing else of ours, so that nothing can be configured behind its back.
//!
//! - `settings`: the list of all settings; add one there and it exists everywhere.
//! - `table`, `value`, `address`, `bucket`, `secret`: what a setting is and what can be written as one.
//! - `input`, `reader`: who said what, turned into values. `rules`, `keys`, `masters`: what must hold between them. `show`: as text.

mod address;
mod bucket;
mod input;
mod keys;
mod masters;
mod reader;
mod redis;
mod rules;
mod secret;
mod settings;
mod show;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;

pub use address::{
    DatabaseKind, DatabaseUrl, MailUrl, Network, Origin, RedisUrl, ScannerUrl, SmtpUrl,
};
pub use bucket::{BucketUrl, Passphrase};
pub use input::{FILE_VARIABLE, Inputs};
pub use keys::Keys;
pub use redis::{Login, Sentinels};
pub use secret::{KEY_BYTES, Secret};
pub use settings::{
    Alerts, AuditSettings, Calendar, Care, ClinicSettings, Data, Database, Documents, Events, Http,
    Identity, KeySettings, Limits, Log, Mail, Metrics, Prescribing, Redis, Socket,
};
pub use value::{AuditReads, Introspection, LogFormat, RaiseFrom, RequiredRole, SocketOperations};

use reader::{Line, Reader};

/// How the server runs; it follows from the addresses and cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Alone, on a SQLite file: keys are made, GraphiQL is on.
    Embedded,
    /// On PostgreSQL or with Redis: nothing is made up, and what is unsafe refuses the start.
    Production,
}

/// All settings, typed and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// How the server runs.
    pub mode: Mode,
    /// How the server listens.
    pub http: Http,
    /// Live subscriptions.
    pub socket: Socket,
    /// Where everything is kept.
    pub database: Database,
    /// The doorbell between copies.
    pub redis: Redis,
    /// What live subscriptions are told from.
    pub events: Events,
    /// Passwords, tokens and sessions.
    pub identity: Identity,
    /// What opens records.
    pub care: Care,
    /// Alerts on vital signs.
    pub alerts: Alerts,
    /// What orders of medications are held against.
    pub prescribing: Prescribing,
    /// Files that are brought into records.
    pub documents: Documents,
    /// Times that are given away.
    pub calendar: Calendar,
    /// What is said of the clinic.
    pub clinic: ClinicSettings,
    /// Letters to the owners of accounts.
    pub mail: Mail,
    /// The keys as given; `Keys` holds those to work with.
    pub keys: KeySettings,
    /// What an operation may cost.
    pub limits: Limits,
    /// Files of the server's own.
    pub data: Data,
    /// The record of who looked at what.
    pub audit: AuditSettings,
    /// Numbers about the server.
    pub metrics: Metrics,
    /// What the server tells about itself.
    pub log: Log,
    lines: Vec<Line>,
}

impl Config {
    /// The checked settings, or all their faults. Touches no key and makes no folder: for commands that look and do not work.
    pub fn load(inputs: &Inputs) -> Result<Self, Faults> {
        let (config, faults, _) = Self::read(inputs);
        config.filter(|_| faults.is_empty()).ok_or(Faults(faults))
    }

    /// The checked settings with the keys, or all faults of both. For every command that opens the database.
    ///
    /// Embedded, it makes the keys that are missing, unless there is any fault or there is data that only the lost key can read.
    pub fn load_with_keys(inputs: &Inputs) -> Result<(Self, Keys), Faults> {
        let (config, mut faults, lost) = Self::read(inputs);
        let Some(config) = config else {
            return Err(Faults(faults));
        };
        match keys::open(&config, &lost, faults.is_empty()) {
            Ok(keys) if faults.is_empty() => Ok((config, keys)),
            Ok(_) => Err(Faults(faults)),
            Err(more) => {
                faults.extend(more);
                Err(Faults(faults))
            }
        }
    }

    /// Whether the master keys are kept in the data folder, to be made and taken away by the program; else they are given.
    pub fn keeps_masters(&self) -> bool {
        masters::are_kept(self)
    }

    /// The keys as they are now, if the same settings still yield them. Makes nothing.
    pub fn keys_again(&self) -> Option<Keys> {
        keys::open(self, &[], false).ok()
    }

    /// Something that changes whenever a kept key comes or goes; none when no key is kept.
    pub fn keys_stamp(&self) -> Option<std::time::SystemTime> {
        masters::stamp(self)
    }

    /// Makes a new current master key in the data folder. The one before stays beside it, in a file called after `former`,
    /// its name; at no moment is it gone from the folder.
    pub fn make_master(&self, former: &str) -> Result<Secret, String> {
        masters::make(self, former)
    }

    /// Takes the master keys that fit, the current one excepted, out of the data folder; returns how many there were.
    pub fn forget_masters(&self, fits: impl Fn(&Secret) -> bool) -> Result<usize, String> {
        masters::forget(self, fits)
    }

    /// The settings in force as a commented configuration file: each with its meaning and source, secrets masked or left out.
    ///
    /// Read back, it yields the same settings but for the secrets, with which it then fails loudly instead of running on defaults.
    pub fn print(&self) -> String {
        show::in_force(self.mode, &self.lines)
    }

    /// The manual of all settings, in Markdown.
    pub fn reference() -> String {
        show::manual()
    }

    /// Whether pages of this origin (the text of an `Origin` header) may call the API, apart from pages the server serves itself.
    pub fn allows_origin(&self, origin: &str) -> bool {
        let own = self.http.public_url.iter();
        own.chain(&self.http.allowed_origins)
            .any(|allowed| allowed.as_str() == origin)
    }

    fn read(inputs: &Inputs) -> (Option<Self>, Vec<String>, Vec<String>) {
        let mut reader = Reader::new(inputs);
        let mode = reader.mode;
        let config = Self::sections(&mut reader, mode);
        let (lines, mut faults, lost) = reader.finish();
        let config = config.map(|config| Self { lines, ..config });
        if let Some(config) = &config {
            faults.extend(rules::broken(config));
        }
        (config, faults, lost)
    }

    fn sections(reader: &mut Reader, mode: Mode) -> Option<Self> {
        Some(Self {
            mode,
            http: Http::read(reader)?,
            socket: Socket::read(reader)?,
            database: Database::read(reader)?,
            redis: Redis::read(reader)?,
            events: Events::read(reader)?,
            identity: Identity::read(reader)?,
            care: Care::read(reader)?,
            alerts: Alerts::read(reader)?,
            prescribing: Prescribing::read(reader)?,
            documents: Documents::read(reader)?,
            calendar: Calendar::read(reader)?,
            clinic: ClinicSettings::read(reader)?,
            mail: Mail::read(reader)?,
            keys: KeySettings::read(reader)?,
            limits: Limits::read(reader)?,
            data: Data::read(reader)?,
            audit: AuditSettings::read(reader)?,
            metrics: Metrics::read(reader)?,
            log: Log::read(reader)?,
            lines: Vec::new(),
        })
    }
}

/// Everything wrong with the configuration, a sentence each; none repeats a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<String>);

impl Faults {
    /// The sentences, in the order in which they were found.
    pub fn sentences(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => writeln!(out, "the configuration has a fault:")?,
            count => writeln!(out, "the configuration has {count} faults:")?,
        }
        for fault in &self.0 {
            writeln!(out, "- {fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
