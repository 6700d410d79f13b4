//! What clients give, and how it becomes a command.

use super::codes::{AdministrativeGender, BloodGroup, ContactChannel, PartOfDay};
use crate::account::graphql::Confidentiality;
use crate::error::Fault;
use crate::graphql::decode_id;
use crate::patient::cells::{self, Contact, Edit, EmergencyContact, Name};
use crate::patient::service::{
    CreatePatient, ErasePatientKey, PreferencesEdit, RegisterPatient, Search, SetConfidentiality,
    UpdatePatient,
};
use async_graphql::{Enum, ID, InputObject, MaybeUndefined};
use chrono::NaiveDate;

/// What an update's value does: absent keeps, null clears.
pub(crate) fn edit<T, U: From<T>>(value: MaybeUndefined<T>) -> Edit<U> {
    match value {
        MaybeUndefined::Undefined => Edit::Keep,
        MaybeUndefined::Null => Edit::Clear,
        MaybeUndefined::Value(value) => Edit::Set(value.into()),
    }
}

/// A person's names.
#[derive(InputObject)]
pub struct PersonNameInput {
    /// Given names in order; none for whoever has a single name. At most 8 of at most 100 characters.
    #[graphql(default)]
    pub given: Vec<String>,
    /// The family name, or the single one; at most 100 characters.
    pub family: String,
    /// What stands before, such as `Dr.`.
    pub prefix: Option<String>,
}

impl From<PersonNameInput> for Name {
    fn from(name: PersonNameInput) -> Self {
        Self {
            given: name.given,
            family: name.family,
            prefix: name.prefix,
        }
    }
}

/// How a patient is reached.
#[derive(InputObject, Default)]
pub struct PatientContactInput {
    /// The e-mail address. In an update absent keeps, null clears.
    pub email: MaybeUndefined<String>,
    /// The telephone number with its country's code, as in `+1 555 010 0199`. In an update absent keeps, null clears.
    pub phone: MaybeUndefined<String>,
}

/// A postal address, given as a whole.
#[derive(InputObject)]
pub struct AddressInput {
    /// Street, number, flat; at most 5 lines.
    #[graphql(default)]
    pub lines: Vec<String>,
    /// Town.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country, best as ISO 3166-1 alpha-2.
    pub country: Option<String>,
}

impl From<AddressInput> for cells::Address {
    fn from(address: AddressInput) -> Self {
        Self {
            lines: address.lines,
            city: address.city,
            state: address.state,
            postal_code: address.postal_code,
            country: address.country,
        }
    }
}

/// Somebody to call in an emergency.
#[derive(InputObject)]
pub struct EmergencyContactInput {
    /// Full name.
    pub name: String,
    /// What they are to the patient.
    pub relationship: Option<String>,
    /// The telephone number with its country's code.
    pub phone: Option<String>,
}

impl From<EmergencyContactInput> for EmergencyContact {
    fn from(contact: EmergencyContactInput) -> Self {
        Self {
            name: contact.name,
            relationship: contact.relationship,
            phone: contact.phone,
        }
    }
}

/// What a patient asks the clinic to heed; what is absent stays as it is.
#[derive(InputObject, Default)]
pub struct PatientPreferencesInput {
    /// Whether to remind them of appointments by e-mail.
    pub reminders_by_email: Option<bool>,
    /// How to reach them.
    pub contact_by: Option<ContactChannel>,
    /// Whether they need an interpreter from their language.
    pub needs_interpreter: Option<bool>,
    /// When they like to come; null when they no longer mind.
    pub part_of_day: MaybeUndefined<PartOfDay>,
}

impl From<PatientPreferencesInput> for PreferencesEdit {
    fn from(preferences: PatientPreferencesInput) -> Self {
        Self {
            reminders_by_email: preferences.reminders_by_email,
            contact_by: preferences.contact_by.map(Into::into),
            needs_interpreter: preferences.needs_interpreter,
            part_of_day: edit(preferences.part_of_day),
        }
    }
}

/// What patients are searched by. All that is given must fit.
#[derive(InputObject, Default)]
pub struct PatientSearch {
    /// Beginnings of given or family names, in any order; each word must begin one. Case and accents do not matter; a word
    /// needs 2 letters, and of longer ones the first 10 count.
    pub name: Option<String>,
    /// The date of birth.
    pub birth_date: Option<NaiveDate>,
    /// The whole e-mail address. A doctor finds only those they treat by it.
    pub email: Option<String>,
    /// The whole telephone number, with its country's code. A doctor finds only those they treat by it.
    pub phone: Option<String>,
    /// The whole medical record number.
    pub mrn: Option<String>,
}

impl From<PatientSearch> for Search {
    fn from(search: PatientSearch) -> Self {
        Self {
            name: search.name,
            birth_date: search.birth_date,
            email: search.email,
            phone: search.phone,
            mrn: search.mrn,
        }
    }
}

/// Register yourself as a patient.
#[derive(InputObject)]
pub struct RegisterPatientInput {
    /// The e-mail address to sign in with, and to be reached at.
    pub email: String,
    /// The password: 15 characters or more, none that is easily guessed.
    #[graphql(secret)]
    pub password: String,
    /// Your names.
    pub name: PersonNameInput,
    /// Your date of birth.
    pub birth_date: NaiveDate,
    /// Your administrative gender, if you like to say.
    pub gender: Option<AdministrativeGender>,
    /// Your telephone number, with its country's code.
    pub phone: Option<String>,
    /// The language you like to be spoken to in, as a BCP 47 tag.
    pub language: Option<String>,
}

impl From<RegisterPatientInput> for RegisterPatient {
    fn from(input: RegisterPatientInput) -> Self {
        Self {
            email: input.email,
            password: input.password,
            name: input.name.into(),
            birth_date: input.birth_date,
            gender: input.gender.map(Into::into),
            phone: input.phone,
            language: input.language,
        }
    }
}

/// Record a patient who has no account.
#[derive(InputObject)]
pub struct CreatePatientInput {
    /// The names.
    pub name: PersonNameInput,
    /// The date of birth.
    pub birth_date: NaiveDate,
    /// The medical record number they bring; one is given out when absent.
    pub mrn: Option<String>,
    /// Administrative gender.
    #[graphql(default_with = "AdministrativeGender::Unknown")]
    pub gender: AdministrativeGender,
    /// The blood group, when it was taken.
    pub blood_group: Option<BloodGroup>,
    /// The language they like to be spoken to in, as a BCP 47 tag.
    pub language: Option<String>,
    /// How they are reached.
    #[graphql(default)]
    pub contact: PatientContactInput,
    /// Where they live.
    pub address: Option<AddressInput>,
    /// Whom to call, the most important first; at most 10.
    #[graphql(default)]
    pub emergency_contacts: Vec<EmergencyContactInput>,
    /// What they ask the clinic to heed.
    #[graphql(default)]
    pub preferences: PatientPreferencesInput,
    /// How sensitive the record is; no more than you may read.
    #[graphql(default_with = "Confidentiality::Normal")]
    pub confidentiality: Confidentiality,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl From<CreatePatientInput> for CreatePatient {
    fn from(input: CreatePatientInput) -> Self {
        Self {
            name: input.name.into(),
            birth_date: input.birth_date,
            mrn: input.mrn,
            gender: input.gender.into(),
            blood_group: input.blood_group.map(Into::into),
            language: input.language,
            contact: Contact {
                email: input.contact.email.take(),
                phone: input.contact.phone.take(),
            },
            address: input.address.map(Into::into),
            emergency_contacts: input
                .emergency_contacts
                .into_iter()
                .map(Into::into)
                .collect(),
            preferences: input.preferences.into(),
            confidentiality: input.confidentiality.into(),
            idempotency_key: input.idempotency_key,
        }
    }
}

/// Change a patient. What is absent stays; null clears what can be absent, and leaves the rest as it is.
#[derive(InputObject)]
pub struct UpdatePatientInput {
    /// Whom.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// The names; staff only.
    pub name: Option<PersonNameInput>,
    /// The date of birth; staff only.
    pub birth_date: Option<NaiveDate>,
    /// The medical record number; staff only.
    pub mrn: Option<String>,
    /// Administrative gender; staff only.
    pub gender: Option<AdministrativeGender>,
    /// The blood group; staff only.
    pub blood_group: MaybeUndefined<BloodGroup>,
    /// How sensitive the record is; staff only, no more than they may read, and only administrators less than it is.
    pub confidentiality: Option<Confidentiality>,
    /// How they are reached.
    pub contact: Option<PatientContactInput>,
    /// Where they live.
    pub address: MaybeUndefined<AddressInput>,
    /// Whom to call, the most important first; all of them, at most 10.
    pub emergency_contacts: Option<Vec<EmergencyContactInput>>,
    /// The language they like to be spoken to in, as a BCP 47 tag.
    pub language: MaybeUndefined<String>,
    /// What they ask the clinic to heed.
    pub preferences: Option<PatientPreferencesInput>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<UpdatePatientInput> for UpdatePatient {
    type Error = Fault;

    fn try_from(input: UpdatePatientInput) -> Result<Self, Fault> {
        let contact = input.contact.unwrap_or_default();
        let contacts = input.emergency_contacts;
        Ok(Self {
            patient: decode_id(&input.id)?,
            expected_version: input.expected_version,
            name: input.name.map(Into::into),
            birth_date: input.birth_date,
            mrn: input.mrn,
            gender: input.gender.map(Into::into),
            blood_group: edit(input.blood_group),
            confidentiality: input.confidentiality.map(Into::into),
            email: edit(contact.email),
            phone: edit(contact.phone),
            address: edit(input.address),
            emergency_contacts: contacts.map(|all| all.into_iter().map(Into::into).collect()),
            language: edit(input.language),
            preferences: input.preferences.map(Into::into),
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Say how sensitive a record is.
#[derive(InputObject)]
pub struct SetPatientConfidentialityInput {
    /// Whose.
    pub id: ID,
    /// How sensitive it is from now on.
    pub confidentiality: Confidentiality,
    /// The version you have seen.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<SetPatientConfidentialityInput> for SetConfidentiality {
    type Error = Fault;

    fn try_from(input: SetPatientConfidentialityInput) -> Result<Self, Fault> {
        Ok(Self {
            patient: decode_id(&input.id)?,
            confidentiality: input.confidentiality.into(),
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Why a patient is erased; it is logged with the id, and free text would tell of them there. Administrators may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureReason {
    /// They asked for it.
    Request,
    /// The time for which records are kept is over.
    Retention,
    /// A court or an authority has ordered it.
    Order,
    /// The record should never have been made.
    Mistake,
}

/// Whom to erase.
#[derive(InputObject)]
pub struct ErasePatientInput {
    /// Whom.
    pub id: ID,
    /// Their medical record number, so that no slip of the id erases somebody else.
    pub mrn: String,
    /// Why.
    pub reason: ErasureReason,
}

impl TryFrom<ErasePatientInput> for ErasePatientKey {
    type Error = Fault;

    fn try_from(input: ErasePatientInput) -> Result<Self, Fault> {
        Ok(Self {
            patient: decode_id(&input.id)?,
            mrn: input.mrn,
            reason: match input.reason {
                ErasureReason::Request => "request",
                ErasureReason::Retention => "retention",
                ErasureReason::Order => "order",
                ErasureReason::Mistake => "mistake",
            },
        })
    }
}
