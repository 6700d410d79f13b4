//! Bounds that a care team sets for one patient: where a reading begins to be abnormal, and where it is critical. They hold in
//! the place of the clinic's rules ([`super::level`]), at any age. Pure.

use super::level::{self, Level};
use super::{Measured, VitalCode, plausible};
use crate::chart::content::coded;
use crate::patient::input::{At as _, Checks, Invalid, Problem};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

coded! {
    /// What bounds can be set for, by its LOINC code.
    Measure {
        /// LOINC 8480-6, in `mm[Hg]`.
        Systolic = "8480-6",
        /// LOINC 8462-4, in `mm[Hg]`.
        Diastolic = "8462-4",
        /// LOINC 8867-4, in `/min`.
        HeartRate = "8867-4",
        /// LOINC 9279-1, in `/min`.
        RespiratoryRate = "9279-1",
        /// LOINC 59408-5, in `%`.
        OxygenSaturation = "59408-5",
        /// LOINC 8310-5, in `Cel`.
        BodyTemperature = "8310-5",
        /// LOINC 29463-7, in `kg`.
        BodyWeight = "29463-7",
    }
}

impl Measure {
    /// Everything that bounds can be set for.
    pub const ALL: [Self; 7] = [
        Self::Systolic,
        Self::Diastolic,
        Self::HeartRate,
        Self::RespiratoryRate,
        Self::OxygenSaturation,
        Self::BodyTemperature,
        Self::BodyWeight,
    ];

    /// The vital sign that it is, or is a part of.
    #[must_use]
    pub fn code(self) -> VitalCode {
        match self {
            Self::Systolic | Self::Diastolic => VitalCode::BloodPressure,
            Self::HeartRate => VitalCode::HeartRate,
            Self::RespiratoryRate => VitalCode::RespiratoryRate,
            Self::OxygenSaturation => VitalCode::OxygenSaturation,
            Self::BodyTemperature => VitalCode::BodyTemperature,
            Self::BodyWeight => VitalCode::BodyWeight,
        }
    }

    /// Its LOINC code.
    #[must_use]
    pub fn loinc(self) -> &'static str {
        match self {
            Self::Systolic => super::SYSTOLIC,
            Self::Diastolic => super::DIASTOLIC,
            other => other.code().loinc()[0].0,
        }
    }

    /// What of a reading bounds can be set for.
    #[must_use]
    pub fn parts(code: VitalCode, measured: Measured) -> Vec<(Self, f64)> {
        match measured {
            Measured::Pressure {
                systolic,
                diastolic,
            } => vec![(Self::Systolic, systolic), (Self::Diastolic, diastolic)],
            Measured::Value(value) => {
                let single = Self::ALL.into_iter().filter(|one| one.code() == code);
                single.map(|one| (one, value)).collect()
            }
            Measured::Level(_) => Vec::new(),
        }
    }
}

/// Bounds, each with its end: at the bound it is abnormal, or critical. What is absent bounds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Critical at this and below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical_at_most: Option<f64>,
    /// Abnormal at this and below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abnormal_at_most: Option<f64>,
    /// Abnormal at this and above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abnormal_at_least: Option<f64>,
    /// Critical at this and above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical_at_least: Option<f64>,
}

impl Limits {
    /// How far out of them a value is.
    #[must_use]
    pub fn level(&self, value: f64) -> Level {
        let low = |bound: Option<f64>| bound.is_some_and(|bound| value <= bound);
        let high = |bound: Option<f64>| bound.is_some_and(|bound| value >= bound);
        if low(self.critical_at_most) || high(self.critical_at_least) {
            Level::Critical
        } else if low(self.abnormal_at_most) || high(self.abnormal_at_least) {
            Level::Abnormal
        } else {
            Level::Normal
        }
    }

    /// The bounds, each a value that a body can have, in their order: what is critical lies beyond what is abnormal, and something
    /// is normal between them.
    ///
    /// # Errors
    /// All that is not taken.
    pub fn checked(self, measure: Measure) -> Result<Self, Invalid> {
        let one = |value: Option<f64>| {
            value
                .map(|value| plausible(measure.code(), value))
                .transpose()
        };
        let mut checks = Checks::default();
        let low = checks.take(one(self.critical_at_most).at("criticalAtMost"));
        let lower = checks.take(one(self.abnormal_at_most).at("abnormalAtMost"));
        let upper = checks.take(one(self.abnormal_at_least).at("abnormalAtLeast"));
        let high = checks.take(one(self.critical_at_least).at("criticalAtLeast"));
        let limits = checks.end(|| {
            Some(Self {
                critical_at_most: low?,
                abnormal_at_most: lower?,
                abnormal_at_least: upper?,
                critical_at_least: high?,
            })
        })?;
        let ascending = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => one < other,
            _ => true,
        };
        let Self {
            critical_at_most,
            abnormal_at_most,
            abnormal_at_least,
            critical_at_least,
        } = limits;
        for (field, in_order) in [
            (
                "abnormalAtMost",
                ascending(critical_at_most, abnormal_at_most),
            ),
            (
                "abnormalAtLeast",
                ascending(abnormal_at_most, abnormal_at_least),
            ),
            (
                "abnormalAtLeast",
                ascending(critical_at_most, abnormal_at_least),
            ),
            (
                "criticalAtLeast",
                ascending(abnormal_at_least, critical_at_least),
            ),
            (
                "criticalAtLeast",
                ascending(abnormal_at_most, critical_at_least),
            ),
            (
                "criticalAtLeast",
                ascending(critical_at_most, critical_at_least),
            ),
        ] {
            if !in_order {
                return Err(Problem::OutOfOrder).at(field);
            }
        }
        Ok(limits)
    }

    /// The clinic's bounds for whoever is 16 or older: the bands of NEWS2, as far as it scores the measure.
    #[must_use]
    pub fn of_the_clinic(measure: Measure) -> Self {
        let some =
            |low: Option<f64>, lower: Option<f64>, upper: Option<f64>, high: Option<f64>| Self {
                critical_at_most: low,
                abnormal_at_most: lower,
                abnormal_at_least: upper,
                critical_at_least: high,
            };
        match measure {
            Measure::Systolic => some(Some(90.0), Some(110.0), None, Some(220.0)),
            Measure::HeartRate => some(Some(40.0), Some(50.0), Some(91.0), Some(131.0)),
            Measure::RespiratoryRate => some(Some(8.0), Some(11.0), Some(21.0), Some(25.0)),
            Measure::OxygenSaturation => some(Some(91.0), Some(95.0), None, None),
            Measure::BodyTemperature => some(Some(35.0), Some(36.0), Some(38.1), None),
            Measure::Diastolic | Measure::BodyWeight => Self::default(),
        }
    }
}

/// The level of a reading, by a patient's own bounds where there are any and by the clinic's rules elsewhere; none where neither
/// says anything.
#[must_use]
pub fn level_of(
    (code, measured): (VitalCode, Measured),
    age: u32,
    own: &HashMap<Measure, Limits>,
) -> Option<Level> {
    if let Measured::Level(_) = measured {
        return level::level(code, measured, age);
    }
    let parts = Measure::parts(code, measured).into_iter();
    let levels = parts.filter_map(|(measure, value)| match own.get(&measure) {
        Some(limits) => Some(limits.level(value)),
        None => level::of(measure, value, age),
    });
    levels.max()
}
