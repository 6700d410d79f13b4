//! What is taken of a DiagnosticReport. Knows no other resource.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{When, list_of_words, needed, needed_code, paragraphs, period, when, whole};
use super::observation::{mentions, sound_mentions};
use super::part::ImportedConcept;
use super::reference::Mention;
use super::refusal::Refusal;
use super::wire::read_prose;

const STATUS: [&str; 10] = [
    "registered",
    "partial",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "appended",
    "cancelled",
    "entered-in-error",
    "unknown",
];

/// What a test found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedReport {
    /// Which test.
    pub code: ImportedConcept,
    /// FHIR status.
    pub status: &'static str,
    /// As of when it is true.
    pub effective: Option<When>,
    /// When it was given out.
    pub issued: Option<When>,
    /// Who found it.
    pub performers: Vec<Mention>,
    /// The observations that it is made of.
    pub results: Vec<Mention>,
    /// What that means.
    pub conclusion: Option<String>,
    /// Whether there are documents that are not read.
    pub has_documents: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    status: Option<&'a RawValue>,
    effective_date_time: Option<&'a RawValue>,
    effective_period: Option<&'a RawValue>,
    issued: Option<&'a RawValue>,
    performer: Option<&'a RawValue>,
    result: Option<&'a RawValue>,
    conclusion: Option<&'a RawValue>,
    conclusion_code: Option<&'a RawValue>,
    presented_form: Option<&'a RawValue>,
    media: Option<&'a RawValue>,
}

/// Reads the resource.
pub(super) fn report(resource: &RawValue) -> Result<ImportedReport, Refusal> {
    let wire: Wire = whole(resource)?;
    let (start, _) = period(wire.effective_period, "effectivePeriod")?;
    let conclusion = read_prose(wire.conclusion, "conclusion")?.into_iter();
    let codes = list_of_words(wire.conclusion_code, "conclusionCode")?;
    Ok(ImportedReport {
        code: needed(wire.code, "code")?,
        status: needed_code(wire.status, "status", &STATUS)?,
        effective: when(wire.effective_date_time, "effectiveDateTime")?.or(start),
        issued: when(wire.issued, "issued")?,
        performers: sound_mentions(wire.performer),
        results: mentions(wire.result, "result", "Observation")?,
        conclusion: paragraphs(conclusion.chain(codes).collect()),
        has_documents: wire.presented_form.or(wire.media).is_some(),
    })
}
