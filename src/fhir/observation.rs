//! What is taken of an Observation: each thing that was looked at, with what was found. Knows no other resource, and not which
//! of them are vital signs.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{When, concept, needed, needed_code, period, when, whole, words};
use super::own;
use super::part::{ImportedConcept, WireConcept};
use super::reference::{Mention, Reference, WireReference};
use super::refusal::{Problem, Refusal};
use super::wire::{Text, read, read_list, read_text};

const STATUS: [&str; 8] = [
    "registered",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "cancelled",
    "entered-in-error",
    "unknown",
];

/// What was measured or found.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedObservation {
    /// FHIR status.
    pub status: &'static str,
    /// What was looked at, and what was found, if there is one thing.
    pub finding: ImportedFinding,
    /// The parts of it.
    pub components: Vec<ImportedFinding>,
    /// The observations that it gathers.
    pub members: Vec<Mention>,
    /// Whether it was reckoned of others.
    pub derived: bool,
    /// As of when it is true.
    pub effective: Option<When>,
    /// When it was given out.
    pub issued: Option<When>,
    /// Who found it.
    pub performers: Vec<Mention>,
}

/// One thing that was looked at, and what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedFinding {
    /// What was looked at.
    pub code: ImportedConcept,
    /// What was found.
    pub value: Option<Found>,
    /// What was found in words, beside a number.
    pub beside: Option<String>,
    /// Why nothing was, in words.
    pub absent: Option<String>,
    /// The least that is normal.
    pub low: Option<f64>,
    /// The most that is normal.
    pub high: Option<f64>,
    /// What is normal, in words.
    pub normal: Option<String>,
    /// How far off it is: codes of HL7 v3 ObservationInterpretation.
    pub interpretation: Vec<String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A number, and its unit by its UCUM code, or as it is written.
    Number(f64, Option<String>),
    /// In words.
    Words(String),
    /// By its code.
    Coded(ImportedConcept),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    component: Option<&'a RawValue>,
    has_member: Option<&'a RawValue>,
    derived_from: Option<&'a RawValue>,
    effective_date_time: Option<&'a RawValue>,
    effective_instant: Option<&'a RawValue>,
    effective_period: Option<&'a RawValue>,
    issued: Option<&'a RawValue>,
    performer: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFinding<'a> {
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    value_quantity: Option<&'a RawValue>,
    value_codeable_concept: Option<&'a RawValue>,
    value_string: Option<&'a RawValue>,
    value_boolean: Option<&'a RawValue>,
    value_integer: Option<&'a RawValue>,
    value_ratio: Option<&'a RawValue>,
    value_range: Option<&'a RawValue>,
    value_date_time: Option<&'a RawValue>,
    value_time: Option<&'a RawValue>,
    value_period: Option<&'a RawValue>,
    value_sampled_data: Option<&'a RawValue>,
    data_absent_reason: Option<&'a RawValue>,
    reference_range: Option<&'a RawValue>,
    interpretation: Option<&'a RawValue>,
    extension: Option<&'a RawValue>,
}

/// A quantity as it is written.
#[derive(Deserialize)]
struct WireQuantity {
    value: Option<f64>,
    comparator: Option<Text>,
    unit: Option<Text>,
    code: Option<Text>,
}

impl WireQuantity {
    fn unit(&mut self) -> Option<String> {
        let code = self.code.take().and_then(Text::said);
        code.or(self.unit.take().and_then(Text::said))
    }

    /// In words: `< 5 mg/dL`.
    fn words(mut self) -> Option<String> {
        let comparator = self.comparator.take().and_then(Text::said);
        let value = self.value?.to_string();
        let parts = [comparator, Some(value), self.unit()];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

#[derive(Deserialize)]
struct WireRatio {
    numerator: Option<WireQuantity>,
    denominator: Option<WireQuantity>,
}

#[derive(Deserialize)]
struct WireRange {
    low: Option<WireQuantity>,
    high: Option<WireQuantity>,
    text: Option<Text>,
}

/// Reads the resource.
pub(super) fn observation(resource: &RawValue) -> Result<ImportedObservation, Refusal> {
    let wire: Wire = whole(resource)?;
    let (start, _) = period(wire.effective_period, "effectivePeriod")?;
    let effective = when(wire.effective_date_time, "effectiveDateTime")?;
    let instant = when(wire.effective_instant, "effectiveInstant")?;
    let components = read_list::<&RawValue>(wire.component, "component")?;
    let components = components.into_iter().map(|raw| finding(raw, true));
    let derived = read_list::<WireReference>(wire.derived_from, "derivedFrom")?;
    Ok(ImportedObservation {
        status: needed_code(wire.status, "status", &STATUS)?,
        finding: finding(resource, false)?,
        components: components.collect::<Result<_, _>>()?,
        members: mentions(wire.has_member, "hasMember", "Observation")?,
        derived: !derived.is_empty(),
        effective: effective.or(instant).or(start),
        issued: when(wire.issued, "issued")?,
        performers: mentions(wire.performer, "performer", "Practitioner")?,
    })
}

/// What a list of references mentions.
pub(super) fn mentions(
    raw: Option<&RawValue>,
    element: &'static str,
    usual: &str,
) -> Result<Vec<Mention>, Refusal> {
    let all = read_list::<WireReference>(raw, element)?.into_iter();
    Ok(all.map(|one| one.mention(usual)).collect())
}

/// What these are called, after commas.
#[must_use]
pub fn called(mentions: &[Mention]) -> Option<String> {
    let names = mentions.iter().filter_map(|one| one.display.as_deref());
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Whether this is among those.
#[must_use]
pub fn mentioned(mentions: &[Mention], who: &Reference) -> bool {
    let mut named = mentions.iter().filter_map(|one| one.reference.as_ref());
    named.any(|one| one == who)
}

fn finding(raw: &RawValue, is_part: bool) -> Result<ImportedFinding, Refusal> {
    let at = |own: &'static str, part: &'static str| match is_part {
        true => part,
        false => own,
    };
    let whole = at("resource", "component");
    let wire: WireFinding = read(Some(raw), whole)?.ok_or(Refusal::new(whole, Problem::Missing))?;
    let range = at("referenceRange", "component.referenceRange");
    let ranges = read_list::<WireRange>(wire.reference_range, range)?;
    let (low, high, normal) = bounds(ranges);
    let far = at("interpretation", "component.interpretation");
    let far = read_list::<WireConcept>(wire.interpretation, far)?.into_iter();
    let far = far.filter_map(WireConcept::whole);
    let far = far.flat_map(|one| one.codings.into_iter().map(|coding| coding.code));
    let absent = at("dataAbsentReason", "component.dataAbsentReason");
    Ok(ImportedFinding {
        code: needed(wire.code, at("code", "component.code"))?,
        value: value(&wire, at("value[x]", "component.value[x]"))?,
        beside: own::extension(wire.extension, own::WORDS)?,
        absent: words(wire.data_absent_reason, absent)?,
        low,
        high,
        normal,
        interpretation: far.collect(),
    })
}

/// What is normal: the first range's ends, and in words what it says so.
fn bounds(ranges: Vec<WireRange>) -> (Option<f64>, Option<f64>, Option<String>) {
    let Some(range) = ranges.into_iter().next() else {
        return (None, None, None);
    };
    let end = |end: Option<WireQuantity>| end.and_then(|end| end.value);
    let text = range.text.and_then(Text::said);
    (end(range.low), end(range.high), text)
}

fn value(wire: &WireFinding<'_>, element: &'static str) -> Result<Option<Found>, Refusal> {
    if let Some(mut quantity) = read::<WireQuantity>(wire.value_quantity, element)? {
        // Less than five is not five.
        if quantity.comparator.is_some() {
            return Ok(quantity.words().map(Found::Words));
        }
        let unit = quantity.unit();
        return Ok(quantity.value.map(|value| Found::Number(value, unit)));
    }
    if let Some(concept) = concept(wire.value_codeable_concept, element)? {
        return Ok(Some(Found::Coded(concept)));
    }
    let texts = [wire.value_string, wire.value_date_time, wire.value_time];
    for raw in texts {
        if let Some(text) = read_text(raw, element)? {
            return Ok(Some(Found::Words(text)));
        }
    }
    if let Some(is) = read::<bool>(wire.value_boolean, element)? {
        let said = match is {
            true => "true",
            false => "false",
        };
        return Ok(Some(Found::Words(said.to_owned())));
    }
    if let Some(whole) = read::<i32>(wire.value_integer, element)? {
        return Ok(Some(Found::Number(f64::from(whole), None)));
    }
    let said = |quantity: Option<WireQuantity>| quantity.and_then(WireQuantity::words);
    if let Some(ratio) = read::<WireRatio>(wire.value_ratio, element)? {
        let ends = said(ratio.numerator).zip(said(ratio.denominator));
        return Ok(ends.map(|(over, under)| Found::Words(format!("{over} : {under}"))));
    }
    if let Some(range) = read::<WireRange>(wire.value_range, element)? {
        let (low, high) = (said(range.low), said(range.high));
        let ends: Vec<String> = low.into_iter().chain(high).collect();
        return Ok((!ends.is_empty()).then(|| Found::Words(ends.join(" – "))));
    }
    match wire.value_period.or(wire.value_sampled_data) {
        Some(_) => Err(Refusal::new(element, Problem::NotTaken)),
        None => Ok(None),
    }
}
