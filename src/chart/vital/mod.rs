//! Vital signs: what is measured, in which unit, what a body can have at all, what is normal. Pure; knows no clock.
//!
//! What a body cannot have is refused, for it is a slip of the pen. What it can have and should not is taken, and named
//! ([`level`]). A reading is never edited: a wrong one is entered in error, and taken again.

pub mod course;
pub mod level;
pub mod news2;
pub mod threshold;
pub mod trend;
pub mod unit;

use super::content::{coded, kept};
use crate::access::Resource;
use crate::patient::input::Problem;
use chrono::{DateTime, Utc};
use entity::code::{Coding, RecordStatus};
use serde::{Deserialize, Serialize};

coded! {
    /// What is measured, by its LOINC code.
    VitalCode {
        /// LOINC 85354-9, with the components 8480-6 and 8462-4.
        BloodPressure = "85354-9",
        /// LOINC 8867-4.
        HeartRate = "8867-4",
        /// LOINC 9279-1.
        RespiratoryRate = "9279-1",
        /// LOINC 59408-5, and 2708-6.
        OxygenSaturation = "59408-5",
        /// LOINC 8310-5.
        BodyTemperature = "8310-5",
        /// LOINC 29463-7.
        BodyWeight = "29463-7",
        /// LOINC 8302-2.
        BodyHeight = "8302-2",
        /// LOINC 39156-5, derived of weight and height.
        BodyMassIndex = "39156-5",
        /// LOINC 3151-8.
        OxygenFlow = "3151-8",
        /// LOINC 80288-4.
        Consciousness = "80288-4",
    }
    /// How awake somebody is: the ACVPU scale.
    Consciousness {
        /// A: awake and oriented.
        Alert = "A",
        /// C: newly confused.
        Confusion = "C",
        /// V: answers to a voice.
        Voice = "V",
        /// P: answers to pain.
        Pain = "P",
        /// U: answers to nothing.
        Unresponsive = "U",
    }
}

/// The panel that readings which were taken together make up.
pub const PANEL: &str = "85353-1";
/// Systolic blood pressure.
pub const SYSTOLIC: &str = "8480-6";
/// Diastolic blood pressure.
pub const DIASTOLIC: &str = "8462-4";
/// The system of all these codes.
pub const LOINC: &str = "http://loinc.org";

impl VitalCode {
    /// Everything that is measured.
    pub const ALL: [Self; 10] = [
        Self::BloodPressure,
        Self::HeartRate,
        Self::RespiratoryRate,
        Self::OxygenSaturation,
        Self::BodyTemperature,
        Self::BodyWeight,
        Self::BodyHeight,
        Self::BodyMassIndex,
        Self::OxygenFlow,
        Self::Consciousness,
    ];

    /// Its LOINC codes, with LOINC's words.
    #[must_use]
    pub fn loinc(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::BloodPressure => {
                &[("85354-9", "Blood pressure panel with all children optional")]
            }
            Self::HeartRate => &[("8867-4", "Heart rate")],
            Self::RespiratoryRate => &[("9279-1", "Respiratory rate")],
            Self::OxygenSaturation => &[
                (
                    "59408-5",
                    "Oxygen saturation in Arterial blood by Pulse oximetry",
                ),
                ("2708-6", "Oxygen saturation in Arterial blood"),
            ],
            Self::BodyTemperature => &[("8310-5", "Body temperature")],
            Self::BodyWeight => &[("29463-7", "Body weight")],
            Self::BodyHeight => &[("8302-2", "Body height")],
            Self::BodyMassIndex => &[("39156-5", "Body mass index (BMI) [Ratio]")],
            Self::OxygenFlow => &[("3151-8", "Inhaled oxygen flow rate")],
            Self::Consciousness => &[("80288-4", "Level of consciousness")],
        }
    }

    /// The same as codings.
    #[must_use]
    pub fn codings(self) -> Vec<Coding> {
        let all = self.loinc().iter();
        all.map(|(code, display)| coding(code, display)).collect()
    }

    /// The UCUM unit that its values are kept in; empty for what has none.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::BloodPressure => "mm[Hg]",
            Self::HeartRate | Self::RespiratoryRate => "/min",
            Self::OxygenSaturation => "%",
            Self::BodyTemperature => "Cel",
            Self::BodyWeight => "kg",
            Self::BodyHeight => "cm",
            Self::BodyMassIndex => "kg/m2",
            Self::OxygenFlow => "L/min",
            Self::Consciousness => "",
        }
    }

    /// What a body can have, in that unit: the ends are taken.
    #[must_use]
    pub fn plausible(self) -> (f64, f64) {
        match self {
            Self::BloodPressure => (10.0, 350.0),
            Self::HeartRate => (0.0, 350.0),
            Self::RespiratoryRate => (0.0, 120.0),
            Self::OxygenSaturation => (0.0, 100.0),
            Self::BodyTemperature => (15.0, 46.0),
            Self::BodyWeight => (0.2, 700.0),
            Self::BodyHeight => (20.0, 280.0),
            Self::BodyMassIndex => (4.0, 250.0),
            Self::OxygenFlow => (0.0, 100.0),
            Self::Consciousness => (0.0, 0.0),
        }
    }
}

/// A code of LOINC.
#[must_use]
pub fn coding(code: &str, display: &str) -> Coding {
    Coding {
        system: LOINC.to_owned(),
        code: code.to_owned(),
        display: display.to_owned(),
    }
}

/// What was found, in the unit of its code.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "camelCase")]
pub enum Measured {
    /// A quantity.
    Value(f64),
    /// Systolic and diastolic.
    Pressure {
        /// When the heart contracts.
        systolic: f64,
        /// When it rests.
        diastolic: f64,
    },
    /// How awake they are.
    Level(Consciousness),
}

/// A vital sign as it lies sealed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "camelCase")]
pub struct Vital {
    /// What was measured.
    pub code: VitalCode,
    /// Final, or entered in error.
    pub status: RecordStatus,
    /// What was found, in the unit of the code.
    pub measured: Measured,
    /// What was written down, when that was in another unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// When.
    pub measured_at: DateTime<Utc>,
    /// Whether it was reckoned of others of the same panel.
    #[serde(default)]
    pub derived: bool,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

kept!(Vital, measured_at, |facts, word| Resource::Vitals(
    facts,
    word.source
));

/// A value that a body can have, kept to two decimals.
///
/// # Errors
/// When no body has it.
pub fn plausible(code: VitalCode, value: f64) -> Result<f64, Problem> {
    let (least, most) = code.plausible();
    let value = rounded(value, 100.0);
    // What is no number is in no range.
    match (least..=most).contains(&value) {
        true => Ok(value),
        false => Err(Problem::Implausible),
    }
}

/// A blood pressure that a body can have.
///
/// # Errors
/// When no body has it, or it is higher at rest.
pub fn pressure(systolic: f64, diastolic: f64) -> Result<Measured, Problem> {
    let systolic = plausible(VitalCode::BloodPressure, systolic)?;
    let diastolic = plausible(VitalCode::BloodPressure, diastolic)?;
    match diastolic <= systolic {
        true => Ok(Measured::Pressure {
            systolic,
            diastolic,
        }),
        false => Err(Problem::Implausible),
    }
}

/// The body mass index of a weight in kilograms and a height in centimetres: kilograms to the square metre, to one decimal.
/// None when it would be none that a body has.
#[must_use]
pub fn body_mass_index(weight: f64, height: f64) -> Option<f64> {
    let metres = height / 100.0;
    let index = rounded(weight / (metres * metres), 10.0);
    plausible(VitalCode::BodyMassIndex, index).ok()
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

#[cfg(test)]
mod tests;
