//! Medications that do not go together, as far as a source knows them: whoever has a better source puts it behind
//! [`Interactions`]. By default there is none, and nothing is found; a clinic can give a list in a file.
//!
//! A list is JSON: `{ "source": "whose list it is, and of when", "interactions": [ { "one": { "names": ["warfarin"] },
//! "other": { "names": ["aspirin"], "codings": [{ "system": "…", "code": "…" }] }, "severity": "high",
//! "description": "Bleeding." } ] }`. A medication is meant when it bears one of the codes, or all words of one of the names.

use entity::code::Coding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// The longest list, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

/// A medication as sources are asked about it.
pub struct Substance<'a> {
    /// The words that it is called by: see [`words`].
    pub words: BTreeSet<String>,
    /// Its codes.
    pub codings: &'a [Coding],
}

/// How bad it is: FHIR detected issue severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// FHIR `high`: it may kill, or do lasting harm.
    High,
    /// FHIR `moderate`.
    Moderate,
    /// FHIR `low`.
    Low,
}

/// That two medications do not go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// How bad it is.
    pub severity: Severity,
    /// What happens, in the source's words.
    pub description: String,
}

/// A source of interactions. It is asked while a transaction runs, so it answers from memory.
pub trait Interactions: Send + Sync {
    /// What is known of these two taken together, in whichever order they are given.
    fn between(&self, one: &Substance<'_>, other: &Substance<'_>) -> Vec<Interaction>;
}

/// No source: nothing is known.
pub struct Nothing;

impl Interactions for Nothing {
    fn between(&self, _: &Substance<'_>, _: &Substance<'_>) -> Vec<Interaction> {
        Vec::new()
    }
}

/// The words of a text: lower case, without what parts them.
#[must_use]
pub fn words(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase();
    let parts = lower.split(|c: char| !c.is_alphanumeric());
    let words = parts.filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Which medications are meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meant {
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    codings: Vec<Code>,
}

/// A code.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    system: String,
    code: String,
}

/// A line of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    one: Meant,
    other: Meant,
    severity: Severity,
    description: String,
}

/// A list as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    source: String,
    interactions: Vec<Line>,
}

/// One side of an interaction, ready to be compared.
struct Side {
    names: Vec<BTreeSet<String>>,
    codings: Vec<Code>,
}

impl Side {
    fn is(&self, substance: &Substance<'_>) -> bool {
        let named = self
            .names
            .iter()
            .any(|name| name.is_subset(&substance.words));
        let coded = self.codings.iter().any(|code| {
            let mut codings = substance.codings.iter();
            codings.any(|one| one.system == code.system && one.code == code.code)
        });
        named || coded
    }
}

impl From<Meant> for Side {
    fn from(meant: Meant) -> Self {
        let names = meant.names.iter().map(|name| words(name));
        Self {
            names: names.filter(|name| !name.is_empty()).collect(),
            codings: meant.codings,
        }
    }
}

/// A list of a clinic's own.
pub struct List(Vec<(Side, Side, Interaction)>);

impl List {
    /// Reads a list.
    ///
    /// # Errors
    /// In words, when the file cannot be read, is no such list, or names nothing in one of its lines.
    pub fn read(path: &Path) -> Result<Self, String> {
        let length = std::fs::metadata(path).map_err(|error| error.to_string())?;
        if length.len() > LONGEST {
            return Err("it is longer than 16 MiB".to_owned());
        }
        let text = std::fs::read(path).map_err(|error| error.to_string())?;
        Self::of(&text)
    }

    /// The list that this text is.
    ///
    /// # Errors
    /// In words, when it is none, or names nothing in one of its lines.
    pub fn of(text: &[u8]) -> Result<Self, String> {
        let written: Written = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if written.source.trim().is_empty() {
            return Err("`source` must say whose list it is".to_owned());
        }
        let mut lines = Vec::with_capacity(written.interactions.len());
        for (place, line) in written.interactions.into_iter().enumerate() {
            let (one, other) = (Side::from(line.one), Side::from(line.other));
            let names = |side: &Side| !(side.names.is_empty() && side.codings.is_empty());
            if !(names(&one) && names(&other)) {
                return Err(format!(
                    "interaction {} names nothing on one side",
                    place + 1
                ));
            }
            let interaction = Interaction {
                severity: line.severity,
                description: line.description,
            };
            lines.push((one, other, interaction));
        }
        Ok(Self(lines))
    }
}

impl Interactions for List {
    fn between(&self, one: &Substance<'_>, other: &Substance<'_>) -> Vec<Interaction> {
        let meant = |left: &Side, right: &Side| left.is(one) && right.is(other);
        let both = |(left, right, _): &&(Side, Side, Interaction)| {
            meant(left, right) || meant(right, left)
        };
        let known = self.0.iter().filter(both);
        known.map(|(.., interaction)| interaction.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Interactions as _, List, Severity, Substance, words};

    const LIST: &[u8] = br#"{ "source": "a test", "interactions": [
        { "one": { "names": ["Warfarin"] }, "other": { "codings": [{ "system": "s", "code": "7" }] },
          "severity": "high", "description": "Bleeding." } ] }"#;

    #[test]
    fn a_list_knows_a_pair_in_either_order_and_by_names_and_codes() {
        let list = List::of(LIST).unwrap();
        let codings = [entity::code::Coding {
            system: "s".to_owned(),
            code: "7".to_owned(),
            display: String::new(),
        }];
        let warfarin = Substance {
            words: words("Warfarin sodium 5 mg"),
            codings: &[],
        };
        let coded = Substance {
            words: words("Something"),
            codings: &codings,
        };
        for found in [
            list.between(&warfarin, &coded),
            list.between(&coded, &warfarin),
        ] {
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].severity, Severity::High);
        }
        assert!(list.between(&warfarin, &warfarin).is_empty());
    }

    #[test]
    fn a_list_that_names_nothing_or_is_of_nobody_is_refused() {
        let nothing =
            br#"{ "source": "x", "interactions": [ { "one": {}, "other": { "names": ["a"] },
            "severity": "low", "description": "" } ] }"#;
        assert!(List::of(nothing).is_err());
        assert!(List::of(br#"{ "source": " ", "interactions": [] }"#).is_err());
        assert!(List::of(br#"{ "source": "x", "interactions": [], "more": 1 }"#).is_err());
        assert!(List::of(br#"{ "source": "x", "interactions": [] }"#).is_ok());
    }
}
