//! What is normal: each reading on its own, for whoever is 16 or older. The bounds are the bands of NEWS2 ([`super::news2`]):
//! no points are normal, one or two abnormal, three critical. What NEWS2 does not score has no level here. A clinic's own
//! thresholds need a clinician's signature; these are no more than where to begin. What a care team has set for a patient
//! stands in [`super::threshold`].

use super::threshold::Measure;
use super::{Measured, VitalCode, news2};

/// How far a reading is from what is normal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Normal,
    /// To be watched.
    Abnormal,
    /// To be looked at now.
    Critical,
}

impl Level {
    /// What so many points of NEWS2 are.
    fn of(points: i32) -> Self {
        match points {
            0 => Self::Normal,
            1 | 2 => Self::Abnormal,
            _ => Self::Critical,
        }
    }
}

/// The level of a reading; none where there is no rule, or for somebody younger.
#[must_use]
pub fn level(code: VitalCode, measured: Measured, age: u32) -> Option<Level> {
    if let Measured::Level(level) = measured {
        let scored = age >= news2::FROM_AGE;
        return scored.then(|| Level::of(news2::consciousness(level)));
    }
    let parts = Measure::parts(code, measured).into_iter();
    let levels = parts.filter_map(|(measure, value)| of(measure, value, age));
    levels.max()
}

/// The level of what was measured by the clinic's rules; none where there is no rule, or for somebody younger.
#[must_use]
pub fn of(measure: Measure, value: f64, age: u32) -> Option<Level> {
    if age < news2::FROM_AGE {
        return None;
    }
    let points = match measure {
        Measure::Systolic => news2::systolic(value),
        Measure::HeartRate => news2::pulse(value),
        Measure::RespiratoryRate => news2::respiratory_rate(value),
        Measure::OxygenSaturation => news2::oxygen_saturation(value, news2::Scale::One, false),
        Measure::BodyTemperature => news2::temperature(value),
        Measure::Diastolic | Measure::BodyWeight => return None,
    };
    Some(Level::of(points))
}
