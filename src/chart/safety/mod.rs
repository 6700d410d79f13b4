//! What stands in the way of an order: pure.
//!
//! The rules in words: a medication that is to be taken is held against the active allergies (unless they were refuted), and
//! against what the patient is to take, or takes on their own word, already. They meet by a code that both bear, by name, or by a
//! group of medications ([`classes`]); and by what a source of interactions knows, of which there is none by default
//! ([`crate::interaction`]). Names are compared by their words, without doses and forms. It finds too much rather than too
//! little, for whoever orders can order in spite of it, and says why.

mod classes;

use super::content::{Allergy, AllergyVerification, Concept};
use crate::interaction::{Interactions, Severity, Substance, words};
use entity::code::{Coding, RecordKind, RecordStatus};
use entity::id::RecordId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most conflicts that are told of.
pub const MOST: usize = 50;

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// The patient does not bear it.
    Allergy,
    /// The patient takes it, or its like.
    Duplicate,
    /// It does not go with what the patient takes.
    Interaction,
}

/// By what the two meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Basis {
    /// By a code that both bear.
    Code,
    /// By name.
    Text,
    /// By a group of medications that both are of.
    Class,
    /// By the source of interactions.
    Source,
}

/// One thing that stands in the way of an order, as it lies sealed beside an order that was given all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// What it is.
    pub way: Way,
    /// By what they meet.
    pub basis: Basis,
    /// Which entry of the chart stands in the way.
    pub entry: RecordId,
    /// What that entry is.
    pub kind: EntryKind,
    /// How bad it is, if the source says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// What happens, if the source says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What an entry is that can stand in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EntryKind {
    /// An allergy.
    Allergy,
    /// An order.
    MedicationRequest,
    /// What the patient says they take.
    MedicationStatement,
}

impl From<EntryKind> for RecordKind {
    fn from(kind: EntryKind) -> Self {
        match kind {
            EntryKind::Allergy => Self::Allergy,
            EntryKind::MedicationRequest => Self::MedicationRequest,
            EntryKind::MedicationStatement => Self::MedicationStatement,
        }
    }
}

/// Words of doses and forms, and words around an allergy: they name no medication.
const NO_NAMES: &[&str] = &[
    "a",
    "actuation",
    "actuat",
    "adverse",
    "allergic",
    "allergy",
    "and",
    "antibiotic",
    "anhydrous",
    "by",
    "cap",
    "capsule",
    "chewable",
    "class",
    "coated",
    "containing",
    "cream",
    "daily",
    "day",
    "delayed",
    "disorder",
    "dose",
    "drop",
    "drug",
    "er",
    "extended",
    "family",
    "film",
    "finding",
    "for",
    "g",
    "group",
    "gel",
    "h",
    "hour",
    "hr",
    "hydrochloride",
    "hypersensitivity",
    "in",
    "inhalation",
    "inhaler",
    "injectable",
    "injection",
    "intolerance",
    "iu",
    "known",
    "mcg",
    "medication",
    "medicine",
    "meq",
    "mg",
    "microgram",
    "milligram",
    "ml",
    "modified",
    "mouth",
    "nasal",
    "of",
    "ointment",
    "ophthalmic",
    "or",
    "oral",
    "pack",
    "patch",
    "per",
    "pill",
    "powder",
    "prefilled",
    "product",
    "propensity",
    "reaction",
    "release",
    "sodium",
    "solution",
    "spray",
    "sr",
    "substance",
    "suspension",
    "syringe",
    "syrup",
    "tab",
    "tablet",
    "the",
    "to",
    "topical",
    "transdermal",
    "ug",
    "unit",
    "with",
    "xr",
];

/// The words of a text that name something: one spelling for one and for many, no doses, no forms.
fn names(text: &str) -> BTreeSet<String> {
    let single = |word: String| match word.strip_suffix('s') {
        Some(one) if one.chars().count() > 3 && !one.ends_with(['s', 'i', 'u']) => one.to_owned(),
        _ => word,
    };
    // A number, and a number with its unit, name nothing; `b12` does.
    let is_name = |word: &String| {
        !word.starts_with(|c: char| c.is_ascii_digit()) && !NO_NAMES.contains(&word.as_str())
    };
    words(text)
        .into_iter()
        .map(single)
        .filter(is_name)
        .collect()
}

/// A thing of medicine, ready to be compared.
struct Thing<'a> {
    /// Each part that it is called by, as the words of a name: of two ingredients, one each.
    parts: Vec<BTreeSet<String>>,
    /// All these words.
    names: BTreeSet<String>,
    codings: &'a [Coding],
    classes: BTreeSet<usize>,
}

impl<'a> Thing<'a> {
    fn of(concept: &'a Concept) -> Self {
        let displays = concept.codings.iter().map(|coding| coding.display.as_str());
        let texts = std::iter::once(concept.text.as_str()).chain(displays);
        let parts = texts.flat_map(|text| text.split(['/', '+', ',', ';']));
        let parts: Vec<_> = parts.map(names).filter(|part| !part.is_empty()).collect();
        let names: BTreeSet<String> = parts.iter().flatten().cloned().collect();
        Self {
            classes: classes::classes(&names, &concept.codings),
            parts,
            names,
            codings: &concept.codings,
        }
    }

    fn has_part_of(&self, other: &Self) -> bool {
        self.parts.iter().any(|part| part.is_subset(&other.names))
    }

    /// By what the two meet, the plainest first.
    fn meets(&self, other: &Self) -> Option<Basis> {
        let shared = self.codings.iter().any(|one| {
            let mut others = other.codings.iter();
            others.any(|other| one.system == other.system && one.code == other.code)
        });
        if shared {
            Some(Basis::Code)
        } else if self.has_part_of(other) || other.has_part_of(self) {
            Some(Basis::Text)
        } else if !self.classes.is_disjoint(&other.classes) {
            Some(Basis::Class)
        } else {
            None
        }
    }

    fn substance(&self) -> Substance<'a> {
        Substance {
            words: self.names.clone(),
            codings: self.codings,
        }
    }
}

/// A medication that the patient is to take, or takes.
pub struct Taken {
    /// The entry.
    pub entry: RecordId,
    /// What the entry is.
    pub kind: EntryKind,
    /// What.
    pub medication: Concept,
}

/// What stands in the way of this medication: the allergies first, each entry once a way; at most [`MOST`].
#[must_use]
pub fn conflicts(
    medication: &Concept,
    allergies: &[(RecordId, Allergy)],
    taken: &[Taken],
    interactions: &dyn Interactions,
) -> Vec<Conflict> {
    let new = Thing::of(medication);
    let mut found = Vec::new();
    let against = allergies.iter().filter(|(_, allergy)| {
        let refuted = allergy.verification == Some(AllergyVerification::Refuted);
        allergy.status == RecordStatus::Active && !refuted
    });
    for (entry, allergy) in against {
        let basis = Thing::of(&allergy.substance).meets(&new);
        found.extend(basis.map(|basis| Conflict {
            way: Way::Allergy,
            basis,
            entry: *entry,
            kind: EntryKind::Allergy,
            severity: None,
            description: None,
        }));
    }
    for one in taken {
        let known = Thing::of(&one.medication);
        found.extend(known.meets(&new).map(|basis| Conflict {
            way: Way::Duplicate,
            basis,
            entry: one.entry,
            kind: one.kind,
            severity: None,
            description: None,
        }));
        let together = interactions.between(&new.substance(), &known.substance());
        found.extend(together.into_iter().map(|interaction| Conflict {
            way: Way::Interaction,
            basis: Basis::Source,
            entry: one.entry,
            kind: one.kind,
            severity: Some(interaction.severity),
            description: Some(interaction.description),
        }));
    }
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests;
