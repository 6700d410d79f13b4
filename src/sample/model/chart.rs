//! What a sample chart consists of.

use super::{AllergyCategory, Coding};
use chrono::{DateTime, NaiveDate, Utc};

/// What is known of a patient's health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What they have; all of it stands.
    pub conditions: Vec<Condition>,
    /// What they cannot bear; all of it stands.
    pub allergies: Vec<Allergy>,
    /// What they take.
    pub medications: Vec<Medication>,
    /// What they were given.
    pub immunizations: Vec<Immunization>,
    /// What was measured, the oldest first.
    pub vitals: Vec<Vitals>,
}

/// A problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it is.
    pub is: Coding,
    /// When it began.
    pub since: NaiveDate,
}

/// An allergy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allergy {
    /// To what.
    pub is: Coding,
    /// What kind of substance it is.
    pub category: AllergyCategory,
    /// What happens.
    pub reaction: &'static str,
    /// Whether much harm is to be feared.
    pub severe: bool,
    /// Since when it is known.
    pub since: NaiveDate,
}

/// A medication that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Medication {
    /// What.
    pub is: Coding,
    /// How much and how often; unknown of what nobody ordered.
    pub dosage: Option<&'static str>,
    /// What for, if somebody ordered it.
    pub reason: Option<&'static str>,
    /// Since when.
    pub since: NaiveDate,
    /// Whether the patient says so, and no doctor ordered it.
    pub own_word: bool,
}

/// A vaccine that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Immunization {
    /// Which.
    pub is: Coding,
    /// When.
    pub on: NaiveDate,
}

/// Vital signs that were taken together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vitals {
    /// When.
    pub at: DateTime<Utc>,
    /// Systolic and diastolic, in millimetres of mercury; not taken of the very small.
    pub pressure: Option<(i64, i64)>,
    /// A minute.
    pub heart_rate: i64,
    /// Of the body.
    pub weight_in_grams: i64,
    /// Of the body.
    pub height_in_centimetres: i64,
    /// Whether the patient took them at home.
    pub own_word: bool,
}
