//! What is taken of an Observation: each thing that was looked at, with what was found. Knows no other resource, and not which
//! of them are vital signs.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{When, concept, needed, needed_code, period, when, whole, words};
use super::own;
use super::part::{ImportedConcept, WireConcept};
use super::reference::{Mention, Reference, WireReference};
use super::refusal::{Problem, Refusal};
use super::wire::{Text, read, read_list, read_sound, read_text};

/// The system of units (The Unified Code for Units of Measure).
const UCUM: &str = "http://unitsofmeasure.org";

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
    /// Whether it is the laboratory's, and not called a vital sign.
    pub is_laboratory: bool,
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
    category: Option<&'a RawValue>,
    component: Option<&'a RawValue>,
    has_member: Option<&'a RawValue>,
    derived_from: Option<&'a RawValue>,
    effective_date_time: Option<&'a RawValue>,
    effective_instant: Option<&'a RawValue>,
    effective_period: Option<&'a RawValue>,
    issued: Option<&'a RawValue>,
    performer: Option<&'a RawValue>,
    focus: Option<&'a RawValue>,
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
    system: Option<Text>,
    code: Option<Text>,
}

impl WireQuantity {
    /// Its unit by its UCUM code; of another system, as it is written.
    fn unit(&mut self) -> Option<String> {
        let system = self.system.take().and_then(Text::said);
        let code = self.code.take().and_then(Text::said);
        let unit = self.unit.take().and_then(Text::said);
        match system.is_none_or(|system| system == UCUM) {
            true => code.or(unit),
            false => unit.or(code),
        }
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
    #[serde(rename = "type")]
    kind: Option<WireConcept>,
}

impl WireRange {
    /// From the one end to the other, in words.
    fn words(self) -> Option<String> {
        let said = |end: Option<WireQuantity>| end.and_then(WireQuantity::words);
        match (said(self.low), said(self.high)) {
            (Some(low), Some(high)) => Some(format!("{low} – {high}")),
            (Some(low), None) => Some(format!("≥ {low}")),
            (None, Some(high)) => Some(format!("≤ {high}")),
            (None, None) => None,
        }
    }
}

/// A quantity in words: an age, a dose.
pub(super) fn quantity_words(
    raw: Option<&RawValue>,
    element: &'static str,
) -> Result<Option<String>, Refusal> {
    Ok(read::<WireQuantity>(raw, element)?.and_then(WireQuantity::words))
}

/// The same of a range of quantities.
pub(super) fn range_words(
    raw: Option<&RawValue>,
    element: &'static str,
) -> Result<Option<String>, Refusal> {
    Ok(read::<WireRange>(raw, element)?.and_then(WireRange::words))
}

/// Reads the resource.
pub(super) fn observation(resource: &RawValue) -> Result<ImportedObservation, Refusal> {
    let wire: Wire = whole(resource)?;
    // It is of somebody or something else then, such as a fetus.
    if wire.focus.is_some() {
        return Err(Refusal::new("focus", Problem::NotTaken));
    }
    let (start, _) = period(wire.effective_period, "effectivePeriod")?;
    let effective = when(wire.effective_date_time, "effectiveDateTime")?;
    let instant = when(wire.effective_instant, "effectiveInstant")?;
    let components = read_list::<&RawValue>(wire.component, "component")?;
    let components = components.into_iter().map(|raw| finding(raw, true));
    let derived = read_list::<WireReference>(wire.derived_from, "derivedFrom")?;
    let categories = read_list::<WireConcept>(wire.category, "category")?.into_iter();
    let categories: Vec<String> = categories
        .filter_map(WireConcept::whole)
        .flat_map(|one| one.codings.into_iter().map(|coding| coding.code))
        .collect();
    let is_of = |wanted: &str| categories.iter().any(|code| code == wanted);
    Ok(ImportedObservation {
        is_laboratory: is_of("laboratory") && !is_of("vital-signs"),
        status: needed_code(wire.status, "status", &STATUS)?,
        finding: finding(resource, false)?,
        components: components.collect::<Result<_, _>>()?,
        members: mentions(wire.has_member, "hasMember", "Observation")?,
        derived: !derived.is_empty(),
        effective: effective.or(instant).or(start),
        issued: when(wire.issued, "issued")?,
        performers: sound_mentions(wire.performer),
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

/// The same of those who did something: who cannot be read is left out.
pub(super) fn sound_mentions(raw: Option<&RawValue>) -> Vec<Mention> {
    let all = read_sound::<WireReference>(raw).into_iter();
    all.map(|one| one.mention("Practitioner")).collect()
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
    let value = value(&wire, at("value[x]", "component.value[x]"))?;
    let unit = match &value {
        Some(Found::Number(_, unit)) => unit.as_deref(),
        _ => None,
    };
    let (low, high, normal) = bounds(ranges, unit);
    let far = at("interpretation", "component.interpretation");
    let far = read_list::<WireConcept>(wire.interpretation, far)?.into_iter();
    let far = far.filter_map(WireConcept::whole);
    let far = far.flat_map(|one| one.codings.into_iter().map(|coding| coding.code));
    let absent = at("dataAbsentReason", "component.dataAbsentReason");
    Ok(ImportedFinding {
        code: needed(wire.code, at("code", "component.code"))?,
        value,
        beside: own::extension(wire.extension, own::WORDS)?,
        absent: words(wire.data_absent_reason, absent)?,
        low,
        high,
        normal,
        interpretation: far.collect(),
    })
}

/// What is normal: the ends of the range that says so, where they are in the unit of the value; in words what else is told.
fn bounds(
    ranges: Vec<WireRange>,
    unit: Option<&str>,
) -> (Option<f64>, Option<f64>, Option<String>) {
    let (mut low, mut high, mut words) = (None, None, Vec::new());
    let mut is_found = false;
    for mut range in ranges {
        let kind = range.kind.take().and_then(WireConcept::whole);
        let is_normal = kind.as_ref().is_none_or(|kind| {
            let mut codes = kind.codings.iter().map(|coding| coding.code.as_str());
            codes.any(|code| code == "normal")
        });
        let kind = kind.filter(|_| !is_normal);
        let kind = kind.as_ref().and_then(|kind| kind.words());
        let text = range.text.take().and_then(Text::said);
        let fits = |end: &mut Option<WireQuantity>| {
            let other = end.as_mut().and_then(|end| {
                let unit = end.unit();
                end.unit = unit.clone().map(Text::of);
                unit
            });
            other
                .as_deref()
                .is_none_or(|other| unit.is_none_or(|unit| unit == other))
        };
        let fits = [fits(&mut range.low), fits(&mut range.high)] == [true, true];
        if is_normal && !is_found && fits {
            is_found = true;
            low = range.low.and_then(|end| end.value);
            high = range.high.and_then(|end| end.value);
            words.extend(text);
            continue;
        }
        let said = [text, range.words()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>();
        let said = said.join(" ");
        if !said.is_empty() {
            words.push(match kind {
                Some(kind) => format!("{kind}: {said}"),
                None => said,
            });
        }
    }
    let words = words.join("; ");
    (low, high, (!words.is_empty()).then_some(words))
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
        return Ok(range.words().map(Found::Words));
    }
    match wire.value_period.or(wire.value_sampled_data) {
        Some(_) => Err(Refusal::new(element, Problem::NotTaken)),
        None => Ok(None),
    }
}
