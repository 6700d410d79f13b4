//! What is taken of a Condition. Knows no other resource.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{
    When, code_of_concept, list_of_words, needed, paragraphs, period, when, when_of, whole, words,
};
use super::observation::{quantity_words, range_words};
use super::own;
use super::part::ImportedConcept;
use super::refusal::Refusal;
use super::wire::{read_list, read_text};

const CLINICAL: [&str; 6] = [
    "active",
    "recurrence",
    "relapse",
    "inactive",
    "remission",
    "resolved",
];
const VERIFICATION: [&str; 6] = [
    "unconfirmed",
    "provisional",
    "differential",
    "confirmed",
    "refuted",
    "entered-in-error",
];

/// A problem or a diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedCondition {
    /// What it is.
    pub code: ImportedConcept,
    /// FHIR clinical status, where it is told.
    pub status: Option<&'static str>,
    /// FHIR verification status, where it is told; `entered-in-error` is one.
    pub verification: Option<&'static str>,
    /// How bad it is, in words.
    pub severity: Option<String>,
    /// Where on the body, in words.
    pub body_site: Option<String>,
    /// When it began.
    pub onset: Option<When>,
    /// The same in words, where no time is told.
    pub onset_words: Option<String>,
    /// When it was over.
    pub abatement: Option<When>,
    /// The same in words, where no time is told.
    pub abatement_words: Option<String>,
    /// How far it has come, in words.
    pub stage: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    clinical_status: Option<&'a RawValue>,
    verification_status: Option<&'a RawValue>,
    severity: Option<&'a RawValue>,
    body_site: Option<&'a RawValue>,
    onset_date_time: Option<&'a RawValue>,
    onset_period: Option<&'a RawValue>,
    onset_string: Option<&'a RawValue>,
    onset_age: Option<&'a RawValue>,
    onset_range: Option<&'a RawValue>,
    stage: Option<&'a RawValue>,
    abatement_date_time: Option<&'a RawValue>,
    abatement_period: Option<&'a RawValue>,
    abatement_string: Option<&'a RawValue>,
    abatement_age: Option<&'a RawValue>,
    abatement_range: Option<&'a RawValue>,
    extension: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireStage<'a> {
    #[serde(borrow)]
    summary: Option<&'a RawValue>,
}

fn stages(raw: Option<&RawValue>) -> Result<Vec<String>, Refusal> {
    let mut stages = Vec::new();
    for stage in read_list::<WireStage>(raw, "stage")? {
        stages.extend(words(stage.summary, "stage.summary")?);
    }
    Ok(stages)
}

/// When something began or was over, in words: as written, as the patient's age, or as a range of ages.
pub(super) fn told(
    text: Option<String>,
    age: Option<String>,
    range: Option<String>,
) -> Option<String> {
    let age = age.or(range).map(|age| format!("at the age of {age}"));
    text.or(age)
}

/// Reads the resource.
pub(super) fn condition(resource: &RawValue) -> Result<ImportedCondition, Refusal> {
    let wire: Wire = whole(resource)?;
    let onset = when(wire.onset_date_time, "onsetDateTime")?;
    let (began, _) = period(wire.onset_period, "onsetPeriod")?;
    let abatement = when(wire.abatement_date_time, "abatementDateTime")?;
    let (start, end) = period(wire.abatement_period, "abatementPeriod")?;
    let beside = own::extension(wire.extension, own::ABATED)?;
    let beside = beside.and_then(|text| when_of(&text).ok());
    Ok(ImportedCondition {
        code: needed(wire.code, "code")?,
        status: code_of_concept(wire.clinical_status, "clinicalStatus", &CLINICAL)?,
        verification: code_of_concept(
            wire.verification_status,
            "verificationStatus",
            &VERIFICATION,
        )?,
        severity: words(wire.severity, "severity")?,
        body_site: list_of_words(wire.body_site, "bodySite")?,
        onset: onset.or(began),
        onset_words: told(
            read_text(wire.onset_string, "onsetString")?,
            quantity_words(wire.onset_age, "onsetAge")?,
            range_words(wire.onset_range, "onsetRange")?,
        ),
        abatement: abatement.or(end).or(start).or(beside),
        abatement_words: told(
            read_text(wire.abatement_string, "abatementString")?,
            quantity_words(wire.abatement_age, "abatementAge")?,
            range_words(wire.abatement_range, "abatementRange")?,
        ),
        stage: paragraphs(stages(wire.stage)?),
    })
}
