//! The parts that a patient's record is made of, as clients see them.

use super::codes::{ContactChannel, PartOfDay};
use crate::access::Mask;
use crate::patient::cells;
use async_graphql::SimpleObject;

/// A person's names. Whoever may see the person may read them.
#[derive(SimpleObject, Clone)]
pub struct PersonName {
    /// Given names in order; empty for whoever has a single name.
    pub given: Vec<String>,
    /// The family name, or the single one.
    pub family: String,
    /// What stands before, such as `Dr.` or `Mrs.`.
    pub prefix: Option<String>,
    /// The whole name in one line.
    pub text: String,
}

impl From<&cells::Name> for PersonName {
    fn from(name: &cells::Name) -> Self {
        Self {
            text: name.text(),
            given: name.given.clone(),
            family: name.family.clone(),
            prefix: name.prefix.clone(),
        }
    }
}

/// How a patient is reached. The patient, and doctors who treat them or have broken the glass, may read all of it;
/// administrators, and doctors who do not treat them, the last characters of addresses and numbers (`…0199`).
#[derive(SimpleObject, Clone)]
pub struct PatientContact {
    /// The e-mail address, if one is known; its last characters for whoever may not read the whole.
    pub email: Option<String>,
    /// The telephone number in E.164, if one is known; its last characters for whoever may not read the whole.
    pub phone: Option<String>,
    /// Whom to call, the most important first; empty for doctors who do not treat the patient.
    pub emergency_contacts: Vec<EmergencyContact>,
}

impl PatientContact {
    /// The contact as far as it is shown.
    pub(super) fn shown(
        contact: cells::Contact,
        emergency: Vec<cells::EmergencyContact>,
        mask: Mask,
    ) -> Self {
        Self {
            email: contact.email.map(|text| mask.over(text)),
            phone: contact.phone.map(|text| mask.over(text)),
            emergency_contacts: emergency
                .into_iter()
                .map(|contact| EmergencyContact {
                    name: contact.name,
                    relationship: contact.relationship,
                    phone: contact.phone.map(|text| mask.over(text)),
                })
                .collect(),
        }
    }
}

/// Somebody to call in an emergency. Whoever may see how the patient is reached may read it.
#[derive(SimpleObject, Clone)]
pub struct EmergencyContact {
    /// Full name.
    pub name: String,
    /// What they are to the patient.
    pub relationship: Option<String>,
    /// The telephone number in E.164; its last characters for whoever may not read the whole.
    pub phone: Option<String>,
}

/// A postal address. Whoever may see how the patient is reached may read it.
#[derive(SimpleObject, Clone)]
pub struct Address {
    /// Street, number, flat.
    pub lines: Vec<String>,
    /// Town.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country, mostly as ISO 3166-1 alpha-2.
    pub country: Option<String>,
}

impl From<cells::Address> for Address {
    fn from(address: cells::Address) -> Self {
        Self {
            lines: address.lines,
            city: address.city,
            state: address.state,
            postal_code: address.postal_code,
            country: address.country,
        }
    }
}

/// What a patient asked the clinic to heed. The patient, doctors who treat them or have broken the glass, and
/// administrators may read it.
#[derive(SimpleObject, Clone)]
pub struct PatientPreferences {
    /// Whether to remind them of appointments by e-mail.
    pub reminders_by_email: bool,
    /// How to reach them.
    pub contact_by: ContactChannel,
    /// Whether they need an interpreter from their language.
    pub needs_interpreter: bool,
    /// When they like to come, if they said so.
    pub part_of_day: Option<PartOfDay>,
}

impl From<cells::Preferences> for PatientPreferences {
    fn from(preferences: cells::Preferences) -> Self {
        Self {
            reminders_by_email: preferences.reminders_by_email,
            contact_by: preferences.contact_by.into(),
            needs_interpreter: preferences.needs_interpreter,
            part_of_day: preferences.part_of_day.map(Into::into),
        }
    }
}
