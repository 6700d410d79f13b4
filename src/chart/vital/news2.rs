//! The National Early Warning Score, second version.
//!
//! Source: Royal College of Physicians, *National Early Warning Score (NEWS) 2: Standardising the assessment of
//! acute-illness severity in the NHS*, London 2017. It is made for people of 16 years and more who are not pregnant, and it
//! helps a clinician's judgement and does not stand in for it.
//!
//! Values are rounded as a chart has them: whole numbers, the temperature to a tenth.

use super::Consciousness;

/// From which age the score means anything, in years.
pub const FROM_AGE: u32 = 16;

/// By which scale oxygen saturation is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// For everybody but those below.
    One,
    /// For those with hypercapnic respiratory failure, when a clinician has said so: a target of 88 to 92 %.
    Two,
}

/// What is scored, as far as it was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signs {
    /// Breaths a minute.
    pub respiratory_rate: Option<f64>,
    /// Per cent.
    pub oxygen_saturation: Option<f64>,
    /// Whether they breathe oxygen rather than air.
    pub on_oxygen: Option<bool>,
    /// Millimetres of mercury.
    pub systolic: Option<f64>,
    /// Beats a minute.
    pub pulse: Option<f64>,
    /// How awake they are.
    pub consciousness: Option<Consciousness>,
    /// Degrees Celsius.
    pub temperature: Option<f64>,
}

/// The points of each part; none for what was not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// 0 to 3.
    pub respiratory_rate: Option<i32>,
    /// 0 to 3.
    pub oxygen_saturation: Option<i32>,
    /// 0 or 2.
    pub oxygen: Option<i32>,
    /// 0 to 3.
    pub systolic: Option<i32>,
    /// 0 to 3.
    pub pulse: Option<i32>,
    /// 0 or 3.
    pub consciousness: Option<i32>,
    /// 0 to 3.
    pub temperature: Option<i32>,
}

/// How soon a clinician should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// 0 to 4 in all.
    Low,
    /// 0 to 4 in all, and 3 in one part.
    LowMedium,
    /// 5 or 6 in all.
    Medium,
    /// 7 or more in all.
    High,
}

/// The points of a respiratory rate.
#[must_use]
pub fn respiratory_rate(a_minute: f64) -> i32 {
    match a_minute.round() {
        rate if rate <= 8.0 => 3,
        rate if rate <= 11.0 => 1,
        rate if rate <= 20.0 => 0,
        rate if rate <= 24.0 => 2,
        _ => 3,
    }
}

/// The points of an oxygen saturation. On the second scale too much counts as well, but only of what is reached with oxygen.
#[must_use]
pub fn oxygen_saturation(per_cent: f64, scale: Scale, on_oxygen: bool) -> i32 {
    let value = per_cent.round();
    match scale {
        Scale::One => match value {
            value if value <= 91.0 => 3,
            value if value <= 93.0 => 2,
            value if value <= 95.0 => 1,
            _ => 0,
        },
        Scale::Two => match value {
            value if value <= 83.0 => 3,
            value if value <= 85.0 => 2,
            value if value <= 87.0 => 1,
            value if value <= 92.0 || !on_oxygen => 0,
            value if value <= 94.0 => 1,
            value if value <= 96.0 => 2,
            _ => 3,
        },
    }
}

/// The points of a systolic blood pressure.
#[must_use]
pub fn systolic(mm_hg: f64) -> i32 {
    match mm_hg.round() {
        value if value <= 90.0 => 3,
        value if value <= 100.0 => 2,
        value if value <= 110.0 => 1,
        value if value <= 219.0 => 0,
        _ => 3,
    }
}

/// The points of a pulse.
#[must_use]
pub fn pulse(a_minute: f64) -> i32 {
    match a_minute.round() {
        rate if rate <= 40.0 => 3,
        rate if rate <= 50.0 => 1,
        rate if rate <= 90.0 => 0,
        rate if rate <= 110.0 => 1,
        rate if rate <= 130.0 => 2,
        _ => 3,
    }
}

/// The points of a temperature.
#[must_use]
pub fn temperature(celsius: f64) -> i32 {
    // In tenths, so that 38.0 is 38.0.
    match (celsius * 10.0).round() {
        value if value <= 350.0 => 3,
        value if value <= 360.0 => 1,
        value if value <= 380.0 => 0,
        value if value <= 390.0 => 1,
        _ => 2,
    }
}

/// The points of a level of consciousness.
#[must_use]
pub fn consciousness(level: Consciousness) -> i32 {
    match level {
        Consciousness::Alert => 0,
        _ => 3,
    }
}

impl Parts {
    /// The points of these signs.
    #[must_use]
    pub fn of(signs: &Signs, scale: Scale) -> Self {
        let on_oxygen = signs.on_oxygen.unwrap_or(false);
        let saturation = |value| oxygen_saturation(value, scale, on_oxygen);
        Self {
            respiratory_rate: signs.respiratory_rate.map(respiratory_rate),
            oxygen_saturation: signs.oxygen_saturation.map(saturation),
            oxygen: signs.on_oxygen.map(|on| if on { 2 } else { 0 }),
            systolic: signs.systolic.map(systolic),
            pulse: signs.pulse.map(pulse),
            consciousness: signs.consciousness.map(consciousness),
            temperature: signs.temperature.map(temperature),
        }
    }

    /// The parts in the order of the chart.
    #[must_use]
    pub fn all(&self) -> [Option<i32>; 7] {
        [
            self.respiratory_rate,
            self.oxygen_saturation,
            self.oxygen,
            self.systolic,
            self.pulse,
            self.consciousness,
            self.temperature,
        ]
    }

    /// The score, 0 to 20; none when a part was not measured, for a score without it would look better than it is.
    #[must_use]
    pub fn total(&self) -> Option<i32> {
        self.all().into_iter().sum()
    }

    /// How soon a clinician should look; none when there is no score.
    #[must_use]
    pub fn risk(&self) -> Option<Risk> {
        let total = self.total()?;
        Some(match total {
            7.. => Risk::High,
            5 | 6 => Risk::Medium,
            _ if self.all().contains(&Some(3)) => Risk::LowMedium,
            _ => Risk::Low,
        })
    }
}
