//! What someone said about the settings: in the file, in the environment, on the command line. The only reader of the environment.
//!
//! It knows names and who outranks whom, not what a value must look like.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::settings::SETTINGS;
use super::table::{PREFIX, Secrecy, Setting};

/// The variable that names the configuration file.
pub const FILE_VARIABLE: &str = "PATIENT_TRACKER_CONFIG";

/// No key or address is longer; a larger file is not what was meant.
const LONGEST_SECRET_FILE: u64 = 8_192;

/// Everything said about the settings, not yet looked at.
#[derive(Default)]
pub struct Inputs {
    file: Option<PathBuf>,
    variables: Vec<(String, Zeroizing<String>)>,
    flags: Vec<(&'static str, String)>,
    supposed: Vec<(&'static str, String)>,
}

impl Inputs {
    /// The environment of this process, and the file given on the command line or else by `PATIENT_TRACKER_CONFIG`.
    pub fn of_process(file: Option<&Path>) -> Self {
        let variables = std::env::vars_os().map(|(name, value)| {
            // A name or value that is not UTF-8 is kept, mangled: it then meets the checks instead of being silently passed over.
            let value = value.to_string_lossy().into_owned();
            (name.to_string_lossy().into_owned(), value)
        });
        Self::default().variables(variables).file(file)
    }

    /// Takes the configuration file, if one is named.
    pub fn file(mut self, file: Option<&Path>) -> Self {
        self.file = file.map(Path::to_path_buf).or(self.file);
        self
    }

    /// Takes these environment variables.
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        for (name, value) in variables {
            if name == FILE_VARIABLE {
                self.file = self
                    .file
                    .or_else(|| (!value.is_empty()).then(|| value.into()));
            } else {
                self.variables.push((name, Zeroizing::new(value)));
            }
        }
        self
    }

    /// Says what a setting is unless somebody says something else.
    pub fn suppose(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.supposed.push((key, value.into()));
        self
    }

    /// Says one setting by its key, as a flag of the command line does; this outranks the variables and the file.
    pub fn set(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.flags.push((key, value.into()));
        self
    }
}

/// Where a value comes from, in rising rank.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// Nobody said anything.
    Default,
    /// The command that runs has a default of its own.
    Command,
    /// The configuration file.
    File,
    /// The environment.
    Variable(String),
    /// The command line.
    CommandLine,
}

impl std::fmt::Display for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::Command => out.write_str("default of this command"),
            Self::File => out.write_str("from the configuration file"),
            Self::Variable(name) => write!(out, "from {name}"),
            Self::CommandLine => out.write_str("from the command line"),
        }
    }
}

/// A value as it was written.
pub(super) enum Raw {
    /// One value.
    Text(Zeroizing<String>),
    /// A list.
    List(Vec<String>),
}

/// What was said about one setting.
pub(super) struct Said {
    pub raw: Raw,
    pub source: Source,
    /// The file that held the value, when the setting only pointed to one.
    pub held_by: Option<PathBuf>,
}

/// Everything said, by key, and what was wrong with it.
#[derive(Default)]
pub(super) struct Gathered {
    pub said: BTreeMap<String, Said>,
    pub faults: Vec<String>,
    /// Settings whose value is lost to a fault, so that no second fault calls them missing.
    pub lost: Vec<String>,
}

impl Gathered {
    /// Reads all inputs, weakest first, so that what comes later replaces what came before.
    pub fn from(inputs: &Inputs) -> Self {
        let mut gathered = Self::default();
        for (key, value) in &inputs.supposed {
            let raw = Raw::Text(Zeroizing::new(value.clone()));
            gathered.take(key, raw, Source::Command);
        }
        if let Some(path) = &inputs.file {
            gathered.read_file(path);
        }
        for (name, value) in &inputs.variables {
            gathered.read_variable(name, value);
        }
        for (key, value) in &inputs.flags {
            let raw = Raw::Text(Zeroizing::new(value.clone()));
            gathered.take(key, raw, Source::CommandLine);
        }
        gathered.follow_files();
        gathered
    }

    fn read_file(&mut self, path: &Path) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(cause) => {
                let fault = format!(
                    "the configuration file {} cannot be read: {cause}",
                    path.display()
                );
                return self.faults.push(fault);
            }
        };
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            // The error's own text quotes the line, which may hold a password.
            Err(error) => {
                let error: toml::de::Error = error;
                let before = error.span().and_then(|span| text.get(..span.start));
                let line = before.map_or(0, |before| before.matches('\n').count()) + 1;
                let message = error.message();
                let fault = format!(
                    "the configuration file {}, line {line}: {message}",
                    path.display()
                );
                return self.faults.push(fault);
            }
        };
        for (section, content) in table {
            let toml::Value::Table(content) = content else {
                self.unknown_key(&section);
                continue;
            };
            for (name, value) in content {
                let key = format!("{section}.{name}");
                match raw_of(&value) {
                    Some(raw) => self.take(&key, raw, Source::File),
                    None => self.faults.push(format!(
                        "{key} (in the configuration file) is a {} where text, a number or a list of them is expected",
                        value.type_str()
                    )),
                }
            }
        }
    }

    fn read_variable(&mut self, name: &str, value: &Zeroizing<String>) {
        let key = SETTINGS.iter().find_map(|setting| {
            let rest = name.strip_prefix(&setting.variable())?;
            match rest {
                "" => Some(setting.key()),
                "_FILE" if setting.has_file() => Some(format!("{}_file", setting.key())),
                _ => None,
            }
        });
        match key {
            // Compose files and unit files pass variables on as empty when nobody set them.
            Some(_) if value.trim().is_empty() => {}
            Some(key) => {
                let raw = Raw::Text(Zeroizing::new(value.trim().to_owned()));
                self.take(&key, raw, Source::Variable(name.to_owned()));
            }
            None if name.starts_with(PREFIX) && !is_service_link(name, value) => {
                let like = name.trim_start_matches(PREFIX).to_ascii_lowercase();
                let hint = nearest(&like).map(Setting::variable);
                let what = format!("the variable {name}");
                self.faults.push(unknown(&what, hint));
            }
            None => {}
        }
    }

    fn take(&mut self, key: &str, raw: Raw, source: Source) {
        let base = key.strip_suffix("_file");
        let direct = SETTINGS.iter().find(|setting| setting.key() == key);
        let by_file = || {
            SETTINGS
                .iter()
                .find(|one| one.has_file() && Some(one.key().as_str()) == base)
        };
        let Some(setting) = direct.or_else(by_file) else {
            return self.unknown_key(key);
        };
        if setting.secrecy == Secrecy::Key && direct.is_some() && source == Source::File {
            self.lost.push(setting.key());
            return self.faults.push(format!(
                "{key}: a key has no place in the configuration file; set {} or {key}_file",
                setting.variable()
            ));
        }
        let held_by = match (&raw, direct) {
            (Raw::Text(path), None) => Some(PathBuf::from(path.as_str())),
            _ => None,
        };
        let said = Said {
            raw,
            source,
            held_by,
        };
        if let Some(before) = self.said.get(&setting.key())
            && before.held_by.is_some() != said.held_by.is_some()
            && std::mem::discriminant(&before.source) == std::mem::discriminant(&said.source)
        {
            let both = format!("{0} and {0}_file are both given; give one", setting.key());
            self.faults.push(both);
        }
        self.said.insert(setting.key(), said);
    }

    /// Replaces the path by what the file holds, for every setting that only points to a file.
    fn follow_files(&mut self) {
        for (key, said) in &mut self.said {
            let Some(path) = &said.held_by else { continue };
            match read_secret_file(path) {
                Ok(text) => said.raw = Raw::Text(text),
                Err(why) => {
                    self.faults
                        .push(format!("{key}_file ({}): {why}", said.source));
                    self.lost.push(key.clone());
                }
            }
        }
        self.said.retain(|key, _| !self.lost.contains(key));
    }

    fn unknown_key(&mut self, key: &str) {
        let hint = nearest(&key.replace('.', "_")).map(Setting::key);
        self.faults.push(unknown(key, hint));
    }
}

/// The content of a file with one secret, without the white space around it.
fn read_secret_file(path: &Path) -> Result<Zeroizing<String>, String> {
    // Whoever mixes up the variable and its `_FILE` twin puts the secret itself here: so the path is not repeated.
    let meta = std::fs::metadata(path)
        .map_err(|cause| format!("the file cannot be read: {}", cause.kind()))?;
    if !meta.is_file() || meta.len() > LONGEST_SECRET_FILE {
        return Err("is not a file with one secret".to_owned());
    }
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|cause| format!("the file cannot be read: {}", cause.kind()))?;
    if text.trim().is_empty() {
        return Err("the file is empty".to_owned());
    }
    Ok(Zeroizing::new(text.trim().to_owned()))
}

fn raw_of(value: &toml::Value) -> Option<Raw> {
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    };
    match value {
        toml::Value::Array(items) => items.iter().map(text).collect::<Option<_>>().map(Raw::List),
        single => text(single).map(|text| Raw::Text(Zeroizing::new(text))),
    }
}

/// Variables that Kubernetes sets in every pod when a service is called `patient-tracker…`; nobody meant them as settings.
///
/// `…_PORT` alone is told by its value, an address: someone who writes `…_HTTP_PORT=9000` did mean a setting and must hear of it.
fn is_service_link(name: &str, value: &str) -> bool {
    let numbered = |(_, rest): (&str, &str)| rest.starts_with(|sign: char| sign.is_ascii_digit());
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT") && value.contains("://")
        || name.split_once("_PORT_").is_some_and(numbered)
}

/// The setting whose section and name are most like the misspelt `section_name`, if any is like it at all.
fn nearest(misspelt: &str) -> Option<&'static Setting> {
    let likeness = |setting: &Setting| {
        let name = format!("{}_{}", setting.section, setting.name);
        strsim::normalized_damerau_levenshtein(misspelt, &name)
    };
    let ranked = SETTINGS.iter().map(|setting| (likeness(setting), setting));
    let best = ranked.max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(likeness, _)| *likeness > 0.6)
        .map(|(_, setting)| setting)
}

fn unknown(what: &str, hint: Option<String>) -> String {
    match hint {
        Some(name) => format!("{what} is no setting; did you mean {name}?"),
        None => format!("{what} is no setting"),
    }
}
