//! What is taken of an AllergyIntolerance. Knows no other resource.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{When, code, code_of_concept, concept, period, when, whole};
use super::condition::told;
use super::observation::{quantity_words, range_words};
use super::own::{self, WireExtension};
use super::part::{ImportedConcept, WireConcept};
use super::refusal::{Problem, Refusal};
use super::wire::{Few, Text, read_list, read_text};

const CLINICAL: [&str; 3] = ["active", "inactive", "resolved"];
const VERIFICATION: [&str; 5] = [
    "unconfirmed",
    "presumed",
    "confirmed",
    "refuted",
    "entered-in-error",
];
const TYPES: [&str; 2] = ["allergy", "intolerance"];
const CATEGORIES: [&str; 4] = ["food", "medication", "environment", "biologic"];
const CRITICALITY: [&str; 3] = ["low", "high", "unable-to-assess"];
const SEVERITY: [&str; 3] = ["mild", "moderate", "severe"];

/// An allergy or an intolerance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedAllergy {
    /// To what.
    pub substance: ImportedConcept,
    /// FHIR clinical status, where it is told.
    pub status: Option<&'static str>,
    /// FHIR verification status, where it is told; `entered-in-error` is one.
    pub verification: Option<&'static str>,
    /// FHIR type.
    pub allergy_type: Option<&'static str>,
    /// FHIR categories.
    pub categories: Vec<&'static str>,
    /// FHIR criticality.
    pub criticality: Option<&'static str>,
    /// What happened: what it looked like, and how bad it was.
    pub reactions: Vec<(String, Option<String>)>,
    /// Since when.
    pub onset: Option<When>,
    /// The same in words, where no time is told.
    pub onset_words: Option<String>,
    /// What else is told of what happened, a line for each time.
    pub beside: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    clinical_status: Option<&'a RawValue>,
    verification_status: Option<&'a RawValue>,
    #[serde(rename = "type")]
    kind: Option<&'a RawValue>,
    category: Option<&'a RawValue>,
    criticality: Option<&'a RawValue>,
    reaction: Option<&'a RawValue>,
    onset_date_time: Option<&'a RawValue>,
    onset_period: Option<&'a RawValue>,
    onset_string: Option<&'a RawValue>,
    onset_age: Option<&'a RawValue>,
    onset_range: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireReaction {
    substance: Option<WireConcept>,
    description: Option<Text>,
    manifestation: Option<Few<WireConcept>>,
    severity: Option<Text>,
    extension: Option<Few<WireExtension>>,
}

/// Reads the resource.
pub(super) fn allergy(resource: &RawValue) -> Result<ImportedAllergy, Refusal> {
    let wire: Wire = whole(resource)?;
    let onset = when(wire.onset_date_time, "onsetDateTime")?;
    let (began, _) = period(wire.onset_period, "onsetPeriod")?;
    let categories = read_list::<Text>(wire.category, "category")?.into_iter();
    let categories = categories.map(|category| known(category.text(), "category", &CATEGORIES));
    let (mut reactions, mut beside, mut substances) = (Vec::new(), Vec::new(), Vec::new());
    for mut reaction in read_list::<WireReaction>(wire.reaction, "reaction")? {
        let substance = reaction.substance.take().and_then(WireConcept::whole);
        let description = reaction.description.take().and_then(Text::said);
        let (looked, severity) = read_reaction(reaction, description.as_deref())?;
        let substance_words = substance.as_ref().and_then(ImportedConcept::words);
        let after = substance_words.map(|words| format!("after {words}"));
        let description = description.filter(|description| *description != looked);
        let told: Vec<String> = after.into_iter().chain(description).collect();
        if !told.is_empty() {
            beside.push(format!("{looked}: {}", told.join("; ")));
        }
        substances.extend(substance);
        reactions.push((looked, severity));
    }
    // Some say what it was only where they say what happened.
    let substance = match concept(wire.code, "code")? {
        Some(substance) => substance,
        None => {
            let mut told = substances.into_iter();
            told.next().ok_or(Refusal::new("code", Problem::Missing))?
        }
    };
    Ok(ImportedAllergy {
        substance,
        status: code_of_concept(wire.clinical_status, "clinicalStatus", &CLINICAL)?,
        verification: code_of_concept(
            wire.verification_status,
            "verificationStatus",
            &VERIFICATION,
        )?,
        allergy_type: code(wire.kind, "type", &TYPES)?,
        categories: categories.collect::<Result<_, _>>()?,
        criticality: code(wire.criticality, "criticality", &CRITICALITY)?,
        reactions,
        onset: onset.or(began),
        onset_words: told(
            read_text(wire.onset_string, "onsetString")?,
            quantity_words(wire.onset_age, "onsetAge")?,
            range_words(wire.onset_range, "onsetRange")?,
        ),
        beside,
    })
}

fn known(
    text: &str,
    element: &'static str,
    known: &[&'static str],
) -> Result<&'static str, Refusal> {
    let one = known.iter().find(|code| **code == text);
    one.copied()
        .ok_or(Refusal::new(element, Problem::UnknownCode))
}

fn read_reaction(
    wire: WireReaction,
    description: Option<&str>,
) -> Result<(String, Option<String>), Refusal> {
    let looked = wire.manifestation.unwrap_or_default().0.into_iter();
    let looked: Vec<ImportedConcept> = looked.filter_map(WireConcept::whole).collect();
    let words: Vec<&str> = looked.iter().filter_map(ImportedConcept::words).collect();
    let looked = match (words.is_empty(), description) {
        (false, _) => words.join(", "),
        (true, Some(description)) => description.to_owned(),
        (true, None) => return Err(Refusal::new("reaction.manifestation", Problem::Missing)),
    };
    let severity = wire.severity.and_then(Text::said);
    let severity = severity.map(|text| known(&text, "reaction.severity", &SEVERITY));
    let severity = severity.transpose()?.map(str::to_owned);
    let beside = wire.extension.unwrap_or_default().0;
    let severity = severity.or_else(|| own::said(beside, own::SEVERITY));
    Ok((looked, severity))
}
