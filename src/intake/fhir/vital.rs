//! Which observations are vital signs, and what they are in the units that are kept. Pure.

use super::words::Why;
use crate::chart::vital::unit::{Length, Pressure, Temperature, Weight};
use crate::chart::vital::{
    Consciousness, DIASTOLIC, LOINC, Measured, SYSTOLIC, VitalCode, plausible, pressure,
};
use crate::fhir::{Found, ImportedConcept, ImportedFinding, ImportedObservation};
use crate::patient::input::Problem;

/// What was measured, what was found, what was written down when that was in another unit, and what LOINC calls it when that
/// says more.
pub(super) struct Sign {
    pub(super) code: VitalCode,
    pub(super) measured: Measured,
    pub(super) given: Option<String>,
    pub(super) called: Option<String>,
    /// What else was measured with it, in words.
    pub(super) beside: Option<String>,
}

/// LOINC codes that say the same more exactly, or did so before.
const ALSO: [(&str, VitalCode); 10] = [
    ("55284-4", VitalCode::BloodPressure),
    ("35094-2", VitalCode::BloodPressure),
    ("8331-1", VitalCode::BodyTemperature),
    ("8332-9", VitalCode::BodyTemperature),
    ("8328-7", VitalCode::BodyTemperature),
    ("8333-7", VitalCode::BodyTemperature),
    ("3141-9", VitalCode::BodyWeight),
    ("3142-7", VitalCode::BodyWeight),
    ("3137-7", VitalCode::BodyHeight),
    ("67775-7", VitalCode::Consciousness),
];

fn loinc(concept: &ImportedConcept) -> impl Iterator<Item = &str> {
    let own = |system: &Option<String>| system.as_deref() == Some(LOINC);
    let codings = concept.codings.iter();
    codings
        .filter(move |coding| own(&coding.system))
        .map(|coding| coding.code.as_str())
}

/// Which vital sign it is, and whether by a code that says more than that.
fn code_of(concept: &ImportedConcept) -> Option<(VitalCode, bool)> {
    loinc(concept).find_map(|code| {
        let has = |vital: &VitalCode| vital.loinc().iter().any(|(own, _)| *own == code);
        let own = VitalCode::ALL.into_iter().find(has);
        let also = ALSO.iter().find(|(other, _)| *other == code);
        own.map(|own| (own, false))
            .or(also.map(|(_, vital)| (*vital, *vital != VitalCode::BloodPressure)))
    })
}

/// The vital sign that an observation is, if it is one that stands (or was entered in error) in a unit that is known; else it is
/// a result.
///
/// # Errors
/// When no body has it.
pub(super) fn sign(said: &ImportedObservation) -> Option<Result<Sign, Why>> {
    let (code, says_more) = code_of(&said.finding.code)?;
    // A saturation of the laboratory's is none that was taken at the bed.
    if said.is_laboratory {
        return None;
    }
    if !matches!(
        said.status,
        "final" | "amended" | "corrected" | "entered-in-error"
    ) {
        return None;
    }
    let (measured, given) = match code {
        VitalCode::BloodPressure => blood_pressure(&said.components)?,
        VitalCode::Consciousness => (level(said.finding.value.as_ref()?)?, None),
        code => one(code, said.finding.value.as_ref()?)?,
    };
    let parts = said.components.iter();
    let parts = parts.filter(|part| {
        let mut codes = loinc(&part.code);
        code != VitalCode::BloodPressure || !codes.any(|code| [SYSTOLIC, DIASTOLIC].contains(&code))
    });
    let beside: Vec<String> = parts.filter_map(words).collect();
    let called = says_more.then(|| said.finding.code.words().map(str::to_owned));
    Some(match measured {
        Ok(measured) => Ok(Sign {
            code,
            measured,
            given,
            called: called.flatten(),
            beside: (!beside.is_empty()).then(|| beside.join("\n")),
        }),
        Err(_) if code == VitalCode::BloodPressure => {
            Err("component.valueQuantity is no pressure that a body has".into())
        }
        Err(_) => Err("valueQuantity is no value that a body has".into()),
    })
}

type Kept = (Result<Measured, Problem>, Option<String>);

/// A number and its unit by its UCUM code.
fn number(found: &Found) -> Option<(f64, &str)> {
    match found {
        Found::Number(value, Some(unit)) => Some((*value, ucum(unit))),
        _ => None,
    }
}

/// The UCUM code of a unit that is only written, as people write those of vital signs; what is measured is known.
fn ucum(unit: &str) -> &str {
    match unit.trim() {
        "mmHg" | "mm Hg" | "mmhg" | "mm HG" => "mm[Hg]",
        "°C" | "degC" | "deg C" | "C" | "Celsius" => "Cel",
        "°F" | "degF" | "deg F" | "F" | "Fahrenheit" => "[degF]",
        "lb" | "lbs" | "pounds" => "[lb_av]",
        "inch" | "inches" | "in" => "[in_i]",
        "bpm" | "BPM" | "beats/min" | "beats/minute" | "breaths/min" | "breaths/minute"
        | "per minute" | "/minute" => "/min",
        "kg/m²" | "kg/m^2" | "kg/(m^2)" => "kg/m2",
        "percent" => "%",
        _ => unit,
    }
}

/// A part in words: what, and what was found.
fn words(part: &ImportedFinding) -> Option<String> {
    let found = match part.value.as_ref()? {
        Found::Number(value, Some(unit)) => format!("{value} {unit}"),
        Found::Number(value, None) => value.to_string(),
        Found::Words(words) => words.clone(),
        Found::Coded(concept) => concept.words()?.to_owned(),
    };
    Some(format!("{}: {found}", part.code.words()?))
}

fn blood_pressure(components: &[ImportedFinding]) -> Option<Kept> {
    let part = |wanted: &str| {
        let mut parts = components.iter();
        let is_wanted = |part: &&ImportedFinding| loinc(&part.code).any(|code| code == wanted);
        let part = parts.find(is_wanted)?;
        // Of two nobody knows which.
        if parts.any(|part| is_wanted(&part)) {
            return None;
        }
        number(part.value.as_ref()?)
    };
    let ((high, unit), (low, other)) = (part(SYSTOLIC)?, part(DIASTOLIC)?);
    let known = [Pressure::MillimetresOfMercury, Pressure::Kilopascals];
    let unit = known
        .into_iter()
        .find(|one| one.code() == unit && unit == other)?;
    let given = (unit.code() != VitalCode::BloodPressure.unit())
        .then(|| format!("{high}/{low} {}", unit.code()));
    Some((pressure(unit.kept(high), unit.kept(low)), given))
}

/// How awake somebody is, by SNOMED CT as NEWS2 is recorded with it, or by the scale's letter.
fn level(found: &Found) -> Option<Result<Measured, Problem>> {
    use Consciousness::{Alert, Confusion, Pain, Unresponsive, Voice};
    let of = |code: &str| {
        Some(match code {
            "248234008" | "A" => Alert,
            "130987000" | "C" => Confusion,
            "300202002" | "V" => Voice,
            "450847001" | "P" => Pain,
            "422768004" | "U" => Unresponsive,
            _ => return None,
        })
    };
    let level = match found {
        Found::Coded(concept) => {
            let mut codes = concept.codings.iter().map(|coding| coding.code.as_str());
            codes.find_map(of).or_else(|| of(concept.text.as_deref()?))
        }
        Found::Words(words) => of(words),
        Found::Number(..) => None,
    };
    Some(Ok(Measured::Level(level?)))
}

fn one(code: VitalCode, found: &Found) -> Option<Kept> {
    let (value, unit) = number(found)?;
    let kept = match (code, unit) {
        (code, unit) if code.unit() == unit => value,
        (VitalCode::HeartRate | VitalCode::RespiratoryRate, unit) => match unit {
            "{beats}/min" | "{Beats}/min" | "{breaths}/min" | "{Breaths}/min" | "1/min" => value,
            _ => return None,
        },
        (VitalCode::BodyTemperature, "[degF]") => Temperature::Fahrenheit.kept(value),
        (VitalCode::BodyWeight, "[lb_av]") => Weight::Pounds.kept(value),
        (VitalCode::BodyWeight, "g") => value / 1000.0,
        (VitalCode::BodyHeight, "[in_i]") => Length::Inches.kept(value),
        (VitalCode::BodyHeight, "m") => value * 100.0,
        (VitalCode::OxygenFlow, "l/min") => value,
        _ => return None,
    };
    let counts = matches!(code, VitalCode::HeartRate | VitalCode::RespiratoryRate);
    let given = (unit != code.unit() && !counts).then(|| format!("{value} {unit}"));
    Some((plausible(code, kept).map(Measured::Value), given))
}
