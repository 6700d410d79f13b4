//! Turns what was said into typed values, one setting at a time, and remembers every fault and every value's source.
//!
//! It knows no setting by name but the three that others depend on: the two addresses that decide the mode, and the data folder.

use super::Mode;
use super::address::percent_encoded;
use super::input::{Gathered, Inputs, Raw, Said, Source};
use super::table::{Preset, Secrecy, Setting};
use super::value::{Value, quoted};

/// Longest value that a fault repeats.
const LONGEST_QUOTE: usize = 60;

/// One line of `config print`.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub setting: &'static Setting,
    /// `name = value`, or what stands in its place as a comment.
    pub text: String,
    /// Where the value comes from.
    pub source: String,
}

/// A pass over all settings.
pub(super) struct Reader {
    gathered: Gathered,
    pub mode: Mode,
    data_folder: String,
    pub lines: Vec<Line>,
}

impl Reader {
    /// Looks at the inputs and decides the mode.
    pub fn new(inputs: &Inputs) -> Self {
        let gathered = Gathered::from(inputs);
        let text = |key: &str| match gathered.said.get(key).map(|said| &said.raw) {
            Some(Raw::Text(text)) if !text.is_empty() => Some(text.as_str()),
            _ => None,
        };
        let postgres = text("database.url").is_some_and(|url| url.starts_with("postgres"));
        let mode = match postgres || text("redis.url").is_some() {
            true => Mode::Production,
            false => Mode::Embedded,
        };
        let data_folder = percent_encoded(text("data.folder").unwrap_or("./data"));
        Self {
            gathered,
            mode,
            data_folder,
            lines: Vec::new(),
        }
    }

    /// The value of a setting.
    ///
    /// After a fault it is the default: so that the rules between settings still see whole sections and name their own faults in the
    /// same run. Nothing comes out when the default itself is wrong, which a test rules out.
    pub fn take<V: Value>(
        &mut self,
        setting: &'static Setting,
        check: impl Fn(&V) -> Result<(), String>,
    ) -> Option<V> {
        let checked = |value: V| check(&value).map(|()| value);
        let said = self.gathered.said.remove(&setting.key());
        if let Some(said) = said {
            let value = match &said.raw {
                Raw::Text(text) => V::parse(text),
                Raw::List(items) => V::parse_list(items),
            };
            match value.and_then(checked) {
                Ok(value) => {
                    self.lines.push(line(setting, &value, &said));
                    return Some(value);
                }
                Err(why) => {
                    self.gathered.faults.push(fault(setting, &said, &why));
                    self.gathered.lost.push(setting.key());
                }
            }
        }
        let value = match (setting.preset, self.mode) {
            (Preset::Is(text), _) => V::parse(&text.replace("{data}", &self.data_folder)).ok(),
            (Preset::ByMode(text, _), Mode::Embedded) => V::parse(text).ok(),
            (Preset::ByMode(_, text), Mode::Production) => V::parse(text).ok(),
            (Preset::Unset, _) => V::absent(),
        }?;
        let unsaid = Said {
            raw: Raw::List(Vec::new()),
            source: Source::Default,
            held_by: None,
        };
        self.lines.push(line(setting, &value, &unsaid));
        Some(value)
    }

    /// What is left after the pass: the lines for printing, the faults, and the settings that a fault concerns.
    pub fn finish(self) -> (Vec<Line>, Vec<String>, Vec<String>) {
        (self.lines, self.gathered.faults, self.gathered.lost)
    }
}

fn line<V: Value>(setting: &'static Setting, value: &V, said: &Said) -> Line {
    let name = setting.name;
    let (text, source) = match (&said.held_by, value.literal()) {
        (Some(path), _) => {
            let path = quoted(&path.display().to_string());
            (format!("{name}_file = {path}"), said.source.to_string())
        }
        (None, Some(literal)) => (format!("{name} = {literal}"), said.source.to_string()),
        (None, None) if said.source == Source::Default => {
            (format!("# {name} ="), "not set".to_owned())
        }
        (None, None) => (
            format!("# {name} = {}", quoted(&value.text())),
            said.source.to_string(),
        ),
    };
    Line {
        setting,
        text,
        source,
    }
}

fn fault(setting: &Setting, said: &Said, why: &str) -> String {
    let place = match &said.held_by {
        Some(_) => format!(
            "{} ({}, in the file it points to)",
            setting.key(),
            said.source
        ),
        None => format!("{} ({})", setting.key(), said.source),
    };
    let quote = match &said.raw {
        _ if setting.secrecy != Secrecy::Open => "the value".to_owned(),
        Raw::Text(text) => {
            let shown: String = text.chars().take(LONGEST_QUOTE).collect();
            format!("{shown:?}")
        }
        Raw::List(items) => {
            let shown: String = items.join(", ").chars().take(LONGEST_QUOTE).collect();
            format!("{shown:?}")
        }
    };
    format!("{place}: {quote} {why}")
}
