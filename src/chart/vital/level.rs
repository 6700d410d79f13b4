//! What is normal: each reading on its own, for whoever is 16 or older. The bounds are the bands of NEWS2 ([`super::news2`]):
//! no points are normal, one or two abnormal, three critical. What NEWS2 does not score has no level here. A clinic's own
//! thresholds need a clinician's signature; these are no more than where to begin.

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

/// The level of a reading; none where there is no rule, or for somebody younger.
#[must_use]
pub fn level(code: VitalCode, measured: Measured, age: u32) -> Option<Level> {
    if age < news2::FROM_AGE {
        return None;
    }
    let points = match (code, measured) {
        (VitalCode::RespiratoryRate, Measured::Value(value)) => news2::respiratory_rate(value),
        (VitalCode::OxygenSaturation, Measured::Value(value)) => {
            news2::oxygen_saturation(value, news2::Scale::One, false)
        }
        (VitalCode::HeartRate, Measured::Value(value)) => news2::pulse(value),
        (VitalCode::BodyTemperature, Measured::Value(value)) => news2::temperature(value),
        (_, Measured::Pressure { systolic, .. }) => news2::systolic(systolic),
        (_, Measured::Level(level)) => news2::consciousness(level),
        _ => return None,
    };
    Some(match points {
        0 => Level::Normal,
        1 | 2 => Level::Abnormal,
        _ => Level::Critical,
    })
}
