//! Results: what a test found, as observations with what is normal and how far off each is.

use super::text::{self, Concept};
use super::{Editable, coded, content, done_at_visits};
use crate::patient::input::{At as _, Checks, Invalid, Problem};
use chrono::{DateTime, Utc};
use entity::code::RecordStatus;
use serde::{Deserialize, Serialize};

coded! {
    /// How far off what is normal: HL7 v3 ObservationInterpretation, as FHIR has it.
    Interpretation {
        /// HL7 `N`.
        Normal = "N",
        /// HL7 `L`.
        Low = "L",
        /// HL7 `H`.
        High = "H",
        /// HL7 `LL`.
        CriticalLow = "LL",
        /// HL7 `HH`.
        CriticalHigh = "HH",
        /// HL7 `A`.
        Abnormal = "A",
    }
}

/// The most observations of one result.
pub const MOST_OBSERVATIONS: usize = 100;
/// The longest UCUM code, in characters.
const LONGEST_UNIT: usize = 40;

/// One thing that was looked at, and what was found.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "camelCase")]
pub struct Observation {
    /// What was looked at.
    pub code: Concept,
    /// What was found, as a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The UCUM code of its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What was found, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The least that is normal, in the unit of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The most that is normal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// What is normal, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal: Option<String>,
    /// How far off it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpretation: Option<Interpretation>,
}

content! {
    /// What a test found.
    TestResult, TestResultEdit {
        /// Which test.
        must code: Concept,
        /// Where it stands.
        must status: RecordStatus,
        /// What was found.
        may observations: Vec<Observation>,
        /// What that means.
        may conclusion: String,
        /// As of when it is true: when the sample was taken, or the image.
        may taken_at: DateTime<Utc>,
        /// When it was given out.
        may issued_at: DateTime<Utc>,
        /// Who found it, in words.
        may performer: String,
        /// What else there is to say.
        may note: String,
    }
}

/// How far a value is off what is normal, as far as the range says it: whether that is critical, only whoever looked knows.
#[must_use]
pub fn interpreted(value: f64, low: Option<f64>, high: Option<f64>) -> Option<Interpretation> {
    if low.is_some_and(|low| value < low) {
        Some(Interpretation::Low)
    } else if high.is_some_and(|high| value > high) {
        Some(Interpretation::High)
    } else {
        (low.is_some() || high.is_some()).then_some(Interpretation::Normal)
    }
}

fn finite(number: Option<f64>) -> Result<Option<f64>, Problem> {
    match number {
        Some(number) if !number.is_finite() => Err(Problem::InvalidCharacter),
        number => Ok(number),
    }
}

fn observation(given: &Observation) -> Result<Observation, Invalid> {
    let mut checks = Checks::default();
    let unit = given.unit.as_deref().filter(|unit| !unit.trim().is_empty());
    let unit = unit.map(|unit| text::token(unit, LONGEST_UNIT)).transpose();
    let code = checks.take(text::concept(&given.code).at("code"));
    let value = checks.take(finite(given.value).at("value"));
    let unit = checks.take(unit.at("unit"));
    let words = checks.take(text::optional(given.text.as_ref()).at("text"));
    let low = checks.take(finite(given.low).at("low"));
    let high = checks.take(finite(given.high).at("high"));
    let normal = checks.take(text::optional(given.normal.as_ref()).at("normal"));
    let checked = checks.end(|| {
        Some(Observation {
            code: code?,
            value: value?,
            unit: unit?,
            text: words?,
            low: low?,
            high: high?,
            normal: normal?,
            interpretation: given.interpretation,
        })
    })?;
    let bounds = (checked.low, checked.high);
    match (checked.value, &checked.text) {
        (None, None) => return Err(Problem::Blank).at("value"),
        (None, _) if checked.unit.is_some() => return Err(Problem::NotGivenHere).at("unit"),
        (None, _) if bounds != (None, None) => return Err(Problem::NotGivenHere).at("low"),
        _ => {}
    }
    if matches!(bounds, (Some(low), Some(high)) if high < low) {
        return Err(Problem::EndsBeforeStart).at("high");
    }
    let read = || interpreted(checked.value?, bounds.0, bounds.1);
    let interpretation = checked.interpretation.or_else(read);
    Ok(Observation {
        interpretation,
        ..checked
    })
}

fn observations(all: &[Observation]) -> Result<Vec<Observation>, Invalid> {
    if all.len() > MOST_OBSERVATIONS {
        return Err(Problem::TooMany.into());
    }
    let all = all.iter().enumerate();
    all.map(|(place, one)| observation(one).at(place)).collect()
}

impl TestResult {
    /// The states that can be given.
    const STATUSES: &[RecordStatus] = &[
        RecordStatus::Registered,
        RecordStatus::Partial,
        RecordStatus::Preliminary,
        RecordStatus::Final,
        RecordStatus::Amended,
        RecordStatus::Corrected,
        RecordStatus::Appended,
        RecordStatus::Cancelled,
        RecordStatus::Unknown,
    ];

    /// Whether a result goes from one state to the other: what was given out as final is changed only as an amendment, a
    /// correction or an addition, and says so; what was called off stays so.
    #[must_use]
    pub fn goes(from: RecordStatus, to: RecordStatus) -> bool {
        use RecordStatus::{
            Amended, Appended, Cancelled, Corrected, Final, Partial, Preliminary, Registered,
        };
        match from {
            Registered | Partial | Preliminary | RecordStatus::Unknown => {
                !matches!(to, Amended | Appended | Corrected)
            }
            Final | Amended | Appended | Corrected => {
                matches!(to, Amended | Appended | Corrected | Cancelled)
            }
            _ => false,
        }
    }
}

done_at_visits!(TestResult, |result| result.taken_at.or(result.issued_at));

impl Editable for TestResult {
    const RECORD: &'static str = "recordTestResult";
    const UPDATE: &'static str = "updateTestResult";

    type Edit = TestResultEdit;

    fn edited(self, edit: TestResultEdit) -> Self {
        self.after(edit)
    }

    fn checked(&self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let past = |at: Option<DateTime<Utc>>| at.map(|at| text::past(at, now)).transpose();
        let found = self.observations.as_deref().map(observations).transpose();
        let code = checks.take(text::concept(&self.code).at("code"));
        let status = checks.take(text::status(self.status, Self::STATUSES).at("status"));
        let found = checks.take(found.at("observations"));
        let conclusion = checks.take(text::note(self.conclusion.as_ref()).at("conclusion"));
        let taken_at = checks.take(past(self.taken_at).at("takenAt"));
        let issued_at = checks.take(past(self.issued_at).at("issuedAt"));
        let performer = checks.take(text::optional(self.performer.as_ref()).at("performer"));
        let note = checks.take(text::note(self.note.as_ref()).at("note"));
        checks.end(|| {
            Some(Self {
                code: code?,
                status: status?,
                observations: found?,
                conclusion: conclusion?,
                taken_at: taken_at?,
                issued_at: issued_at?,
                performer: performer?,
                note: note?,
            })
        })
    }

    fn follows(&self, before: &Self) -> Result<(), Invalid> {
        match Self::goes(before.status, self.status) {
            true => Ok(()),
            false => Err(Problem::NotGivenHere).at("status"),
        }
    }
}
