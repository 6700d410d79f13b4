//! What lies inside a patient's sealed cells. Plain data with no rules and no keys; none of it can be printed by
//! accident, for it has no `Debug` outside tests.

use chrono::NaiveDate;
use entity::code::{AdministrativeGender, BloodGroup};
use serde::{Deserialize, Serialize};

/// A person's names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Name {
    /// Given names in order; empty for whoever has a single name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
    /// The family name, or the single one.
    pub family: String,
    /// What stands before: `Dr.`, `Mrs.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}

impl Name {
    /// The whole name in one line, as one is addressed.
    #[must_use]
    pub fn text(&self) -> String {
        let parts = self.prefix.iter().chain(&self.given);
        let mut line: Vec<&str> = parts.map(String::as_str).collect();
        line.push(&self.family);
        line.join(" ")
    }
}

/// What describes a patient beside name and birth date.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Profile {
    /// Administrative gender.
    pub gender: AdministrativeGender,
    /// ABO and rhesus group, when it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blood_group: Option<BloodGroup>,
    /// BCP 47 tag of the language they like to be spoken to in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What they asked the clinic to heed.
    #[serde(default)]
    pub preferences: Preferences,
}

/// What a patient asked the clinic to heed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(default)]
pub struct Preferences {
    /// Remind them of appointments by e-mail.
    pub reminders_by_email: bool,
    /// How to reach them.
    pub contact_by: ContactChannel,
    /// They need an interpreter from their language.
    pub needs_interpreter: bool,
    /// When they like to come, if they said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_of_day: Option<PartOfDay>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            reminders_by_email: true,
            contact_by: ContactChannel::Email,
            needs_interpreter: false,
            part_of_day: None,
        }
    }
}

/// How a patient wishes to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContactChannel {
    /// By e-mail.
    Email,
    /// By text message.
    Text,
    /// By telephone.
    Phone,
}

/// Which part of the day a patient likes best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PartOfDay {
    /// Before noon.
    Morning,
    /// After noon.
    Afternoon,
}

/// How a patient is reached.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(default)]
pub struct Contact {
    /// E-mail address, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number in E.164: `+` and up to 15 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A postal address.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(default)]
pub struct Address {
    /// Street, number, flat.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country, mostly as ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// Whom to call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct EmergencyContact {
    /// Full name.
    pub name: String,
    /// What they are to the patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship: Option<String>,
    /// Telephone number in E.164.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// Who pays, and under which number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct CoverageDetail {
    /// The insurer's name.
    pub payer: String,
    /// The patient's number with the insurer.
    pub member_number: String,
    /// The plan's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// When an insurance, or a licence, holds: whole days, both ends included.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Validity {
    /// The first day; open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last day; open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
}

/// What an update does to one nullable value: what is absent stays, what is null goes.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Debug))]
pub enum Edit<T> {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Take it away.
    Clear,
    /// Put this in its place.
    Set(T),
}

impl<T> Edit<T> {
    /// Whether it leaves things as they are.
    #[must_use]
    pub fn keeps(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value after it.
    #[must_use]
    pub fn after(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The same edit of a checked value.
    ///
    /// # Errors
    /// Those of the check.
    pub fn check<U, E>(self, check: impl FnOnce(T) -> Result<U, E>) -> Result<Edit<U>, E> {
        Ok(match self {
            Self::Keep => Edit::Keep,
            Self::Clear => Edit::Clear,
            Self::Set(value) => Edit::Set(check(value)?),
        })
    }
}
