//! What the resources of a chart have in common: whose they are, at which visit, since when, and what of FHIR forbids to take
//! them half understood.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::allergy::ImportedAllergy;
use super::composition::ImportedNote;
use super::condition::ImportedCondition;
use super::encounter::subject;
use super::immunization::ImmunizationGiven;
use super::medication::{MedicationOrdered, MedicationTaken};
use super::observation::ImportedObservation;
use super::order::ImportedOrder;
use super::own;
use super::part::{
    Identifier, ImportedCoding, ImportedConcept, WireCoding, WireConcept, identifiers,
};
use super::plan::ImportedPlan;
use super::provenance::{ImportedAgent, agents};
use super::reference::{Reference, WireReference};
use super::refusal::{Problem, Refusal};
use super::report::ImportedReport;
use super::time::{day, instant};
use super::wire::{Few, Prose, read, read_list, read_text};

/// When something was, as exactly as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// To the instant.
    At(DateTime<Utc>),
    /// To the day.
    Day(NaiveDate),
    /// To the month or the year, as it is written.
    Rough(String),
}

/// An entry of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedRecord {
    /// All identifiers.
    pub identifiers: Vec<Identifier>,
    /// Whose chart.
    pub subject: Reference,
    /// At which visit.
    pub encounter: Option<Reference>,
    /// When it was written down.
    pub recorded: Option<When>,
    /// Who had to do with it.
    pub agents: Vec<ImportedAgent>,
    /// What else there is to say.
    pub note: Option<String>,
    /// What ordered it.
    pub based_on: Option<Reference>,
    /// Whether the patient was shown it.
    pub shared: bool,
    /// What it says.
    pub said: Said,
}

/// What an entry of a chart says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A problem or a diagnosis.
    Condition(ImportedCondition),
    /// An allergy or an intolerance.
    Allergy(ImportedAllergy),
    /// A medication that was ordered.
    MedicationRequest(MedicationOrdered),
    /// A medication that somebody takes.
    MedicationStatement(MedicationTaken),
    /// A vaccine.
    Immunization(ImmunizationGiven),
    /// What was measured or found.
    Observation(ImportedObservation),
    /// What a test found.
    Report(ImportedReport),
    /// What is to be done.
    Plan(ImportedPlan),
    /// What was ordered.
    Order(ImportedOrder),
    /// What somebody wrote.
    Note(ImportedNote),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    identifier: Option<&'a RawValue>,
    subject: Option<&'a RawValue>,
    patient: Option<&'a RawValue>,
    encounter: Option<&'a RawValue>,
    context: Option<&'a RawValue>,
    recorded_date: Option<&'a RawValue>,
    recorded: Option<&'a RawValue>,
    date_asserted: Option<&'a RawValue>,
    authored_on: Option<&'a RawValue>,
    date: Option<&'a RawValue>,
    based_on: Option<&'a RawValue>,
    note: Option<&'a RawValue>,
    extension: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct WireMeta {
    security: Option<Few<WireCoding>>,
    tag: Option<Few<WireCoding>>,
}

/// What stands around what a resource says.
struct Labels {
    security: Vec<String>,
    /// Those of ours.
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct WireNote {
    text: Option<Prose>,
}

/// Reads what all have in common around what this one says.
pub(super) fn record(
    kind: &str,
    resource: &RawValue,
    said: Said,
) -> Result<ImportedRecord, Refusal> {
    let wire: Wire = whole(resource)?;
    let shared = understood(resource)?;
    let (who, element) = match wire.subject {
        Some(raw) => (Some(raw), "subject"),
        None if wire.patient.is_some() => (wire.patient, "patient"),
        None => (None, "subject"),
    };
    let encounter = wire.encounter.or(wire.context);
    let encounter = read::<WireReference>(encounter, "encounter")?;
    let based_on = read_list::<WireReference>(wire.based_on, "basedOn")?;
    Ok(ImportedRecord {
        identifiers: identifiers(read_list(wire.identifier, "identifier")?),
        subject: subject(read(who, element)?, element)?,
        encounter: encounter.and_then(|reference| reference.read("Encounter")),
        recorded: written_down(&wire)?,
        agents: agents(kind, resource)?,
        note: match notes(wire.note, "note")? {
            None => own::extension(wire.extension, own::NOTE)?,
            note => note,
        },
        based_on: based_on
            .into_iter()
            .find_map(|one| one.read("ServiceRequest")),
        shared,
        said,
    })
}

/// The resource itself.
pub(super) fn whole<'a, T: Deserialize<'a>>(resource: &'a RawValue) -> Result<T, Refusal> {
    read(Some(resource), "resource")?.ok_or(Refusal::new("resource", Problem::Missing))
}

/// When it was written down, by whichever of its elements says so.
fn written_down(wire: &Wire<'_>) -> Result<Option<When>, Refusal> {
    let elements = [
        (wire.recorded_date, "recordedDate"),
        (wire.recorded, "recorded"),
        (wire.date_asserted, "dateAsserted"),
        (wire.authored_on, "authoredOn"),
        (wire.date, "date"),
    ];
    for (raw, element) in elements {
        if let Some(when) = when(raw, element)? {
            return Ok(Some(when));
        }
    }
    Ok(None)
}

/// What changes the meaning of the rest must be understood, FHIR says, or the resource is not to be used. What is kept from
/// some who may read charts has no place here either. Whether the patient was shown it.
pub(super) fn understood(resource: &RawValue) -> Result<bool, Refusal> {
    let not_taken = |element| Err(Refusal::new(element, Problem::NotTaken));
    let labels = labels(unmodified(resource)?)?;
    match labels
        .security
        .iter()
        .any(|code| code == "R" || code == "V")
    {
        true => not_taken("meta.security"),
        false => Ok(labels.tags.iter().any(|tag| tag == own::SHARED)),
    }
}

/// That nothing changes what the rest of it means; what is said about it.
pub(super) fn unmodified(resource: &RawValue) -> Result<Option<&RawValue>, Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Around<'a> {
        #[serde(borrow)]
        meta: Option<&'a RawValue>,
        implicit_rules: Option<&'a RawValue>,
        modifier_extension: Option<&'a RawValue>,
    }
    let around: Around = whole(resource)?;
    let not_taken = |element| Err(Refusal::new(element, Problem::NotTaken));
    if around.implicit_rules.is_some() {
        return not_taken("implicitRules");
    }
    match around.modifier_extension {
        Some(_) => not_taken("modifierExtension"),
        None => Ok(around.meta),
    }
}

/// Whether it has this tag of ours.
pub(super) fn has_tag(resource: &RawValue, tag: &str) -> Result<bool, Refusal> {
    let labels = labels(unmodified(resource)?)?;
    Ok(labels.tags.iter().any(|own| own == tag))
}

fn labels(meta: Option<&RawValue>) -> Result<Labels, Refusal> {
    let meta = read::<WireMeta>(meta, "meta")?.unwrap_or_default();
    let codings = |all: Option<Few<WireCoding>>| {
        let all = all.unwrap_or_default().0.into_iter();
        all.filter_map(WireCoding::read)
    };
    let ours = |tag: &ImportedCoding| tag.system.as_deref() == Some(own::TAGS);
    Ok(Labels {
        security: codings(meta.security).map(|label| label.code).collect(),
        tags: codings(meta.tag).filter(ours).map(|tag| tag.code).collect(),
    })
}

/// How sensitive it is said to be, by the codes of HL7 v3 Confidentiality.
pub(super) fn security(meta: Option<&RawValue>) -> Result<Vec<String>, Refusal> {
    Ok(labels(meta)?.security)
}

/// The notes of a resource, one a paragraph.
pub(super) fn notes(
    raw: Option<&RawValue>,
    element: &'static str,
) -> Result<Option<String>, Refusal> {
    let notes = read_list::<WireNote>(raw, element)?.into_iter();
    let notes = notes.filter_map(|note| note.text.and_then(Prose::said));
    Ok(paragraphs(notes.collect()))
}

/// Several texts as one; none of none.
pub(super) fn paragraphs(texts: Vec<String>) -> Option<String> {
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// A FHIR `dateTime`, as exactly as it is told.
pub(super) fn when(raw: Option<&RawValue>, element: &'static str) -> Result<Option<When>, Refusal> {
    let text = read_text(raw, element)?;
    let text = text.map(|text| when_of(&text));
    text.transpose()
        .map_err(|problem| Refusal::new(element, problem))
}

/// The same of a text.
pub(super) fn when_of(text: &str) -> Result<When, Problem> {
    match (instant(text), day(text)) {
        (Ok(instant), _) => Ok(When::At(instant)),
        (_, Ok(day)) => Ok(When::Day(day)),
        (Err(Problem::Partial), _) => Ok(When::Rough(text.to_owned())),
        (Err(problem), _) => Err(problem),
    }
}

/// A period's ends.
pub(super) fn period(
    raw: Option<&RawValue>,
    element: &'static str,
) -> Result<(Option<When>, Option<When>), Refusal> {
    #[derive(Default, Deserialize)]
    struct WirePeriod<'a> {
        #[serde(borrow)]
        start: Option<&'a RawValue>,
        end: Option<&'a RawValue>,
    }
    let period = read::<WirePeriod>(raw, element)?.unwrap_or_default();
    Ok((when(period.start, element)?, when(period.end, element)?))
}

/// A concept.
pub(super) fn concept(
    raw: Option<&RawValue>,
    element: &'static str,
) -> Result<Option<ImportedConcept>, Refusal> {
    Ok(read::<WireConcept>(raw, element)?.and_then(WireConcept::whole))
}

/// A concept that must be there.
pub(super) fn needed(
    raw: Option<&RawValue>,
    element: &'static str,
) -> Result<ImportedConcept, Refusal> {
    concept(raw, element)?.ok_or(Refusal::new(element, Problem::Missing))
}

/// What a concept says, in words.
pub(super) fn words(
    raw: Option<&RawValue>,
    element: &'static str,
) -> Result<Option<String>, Refusal> {
    let concept = concept(raw, element)?;
    Ok(concept.and_then(|concept| concept.words().map(str::to_owned)))
}

/// What several concepts say, in words, after commas.
pub(super) fn list_of_words(
    raw: Option<&RawValue>,
    element: &'static str,
) -> Result<Option<String>, Refusal> {
    let concepts = read_list::<WireConcept>(raw, element)?.into_iter();
    let concepts: Vec<ImportedConcept> = concepts.filter_map(WireConcept::whole).collect();
    let words: Vec<&str> = concepts.iter().filter_map(ImportedConcept::words).collect();
    Ok((!words.is_empty()).then(|| words.join(", ")))
}

/// One of these codes.
pub(super) fn code(
    raw: Option<&RawValue>,
    element: &'static str,
    known: &[&'static str],
) -> Result<Option<&'static str>, Refusal> {
    let Some(text) = read_text(raw, element)? else {
        return Ok(None);
    };
    let one = known.iter().find(|code| **code == text);
    one.map(|code| Some(*code))
        .ok_or(Refusal::new(element, Problem::UnknownCode))
}

/// One of these codes, which must be there.
pub(super) fn needed_code(
    raw: Option<&RawValue>,
    element: &'static str,
    known: &[&'static str],
) -> Result<&'static str, Refusal> {
    code(raw, element, known)?.ok_or(Refusal::new(element, Problem::Missing))
}

/// One of these codes, as a concept says it.
pub(super) fn code_of_concept(
    raw: Option<&RawValue>,
    element: &'static str,
    known: &[&'static str],
) -> Result<Option<&'static str>, Refusal> {
    let Some(concept) = concept(raw, element)? else {
        return Ok(None);
    };
    let mut codes = concept.codings.iter().map(|coding| coding.code.as_str());
    let one = codes.find_map(|code| known.iter().find(|known| **known == code));
    one.map(|code| Some(*code))
        .ok_or(Refusal::new(element, Problem::UnknownCode))
}
