//! Tests of the configuration. None reads or sets a variable of this process.

mod addresses;
mod forms;
mod keys;
mod masters;
mod rules;
mod show;
mod sources;

use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tempfile::TempDir;

use super::{Config, Faults, Inputs};

/// Three keys of the tests' own, of bytes that look random.
pub(super) const MASTER: &str = "q0Vd8xkTzFZ2mJcW1uR7bHhLQ9aYp3oKs5tEjN6iGvM=";
pub(super) const TOKEN: &str = "Zx3PpY0mT9dWc5VqLr7fKaEjU2hNb8sGiO4tMwQ1RkI=";
pub(super) const INDEX: &str = "H7tJ2kYw9RbQe4XsLmV0nZcG5aFpUi8DoT3hKxWqN1A=";

/// A folder of its own and what is said about the settings.
pub(super) struct Case {
    pub folder: TempDir,
    variables: Vec<(String, String)>,
    file: Option<PathBuf>,
}

impl Case {
    /// An embedded server in a folder of its own.
    pub fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let case = Self {
            folder,
            variables: Vec::new(),
            file: None,
        };
        case.with("PATIENT_TRACKER_DATA_FOLDER", data.to_str().unwrap())
    }

    /// A production server with all it needs.
    pub fn production() -> Self {
        Self::embedded()
            .with("DATABASE_URL", "postgres://app:hunter2@db.internal/clinic")
            .with("PATIENT_TRACKER_KEYS_MASTER", MASTER)
            .with("PATIENT_TRACKER_KEYS_TOKEN", TOKEN)
            .with("PATIENT_TRACKER_KEYS_INDEX", INDEX)
            .with("PATIENT_TRACKER_MAIL_URL", "file")
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self
    }

    pub fn file(mut self, text: &str) -> Self {
        self.file = Some(self.write("settings.toml", text));
        self
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn inputs(&self) -> Inputs {
        let variables = self.variables.iter().cloned();
        Inputs::default()
            .variables(variables)
            .file(self.file.as_deref())
    }

    pub fn load(&self) -> Result<Config, Faults> {
        Config::load(&self.inputs())
    }

    pub fn config(&self) -> Config {
        self.load().unwrap()
    }

    /// The faults of settings and keys together.
    pub fn faults(&self) -> Vec<String> {
        match Config::load_with_keys(&self.inputs()) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.sentences().to_vec(),
        }
    }
}

/// The one fault of a case that has exactly one.
pub(super) fn only(faults: &[String]) -> &str {
    assert_eq!(faults.len(), 1, "{faults:?}");
    &faults[0]
}

pub(super) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}
