//! What is taken of a Patient. Knows no other resource.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{security, unmodified};
use super::own;
use super::part::{
    ContactPoint, Gender, Identifier, ImportedAddress, PersonName, WireAddress, WireConcept,
    WireContactPoint, WireIdentifier, WireName, address, contact_points, identifiers, names,
};
use super::reference::{Reference, WireReference};
use super::refusal::{Problem, Refusal};
use super::time::{day, day_of};
use super::wire::{read, read_list, read_text};

/// One who is treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedPatient {
    /// The medical record number: the first identifier of type `MR`.
    pub mrn: Option<Identifier>,
    /// All other identifiers. Among them may be numbers that a clinic should not keep (social security, passport).
    pub identifiers: Vec<Identifier>,
    /// The name that counts.
    pub name: PersonName,
    /// All other names with a family name, best first; a maiden name is told by its use.
    pub other_names: Vec<PersonName>,
    /// Day of birth.
    pub birth_date: NaiveDate,
    /// Administrative gender; unknown when nothing is said.
    pub gender: Gender,
    /// Telephone numbers, best first.
    pub phones: Vec<ContactPoint>,
    /// E-mail addresses, best first.
    pub emails: Vec<ContactPoint>,
    /// Where they live.
    pub address: Option<ImportedAddress>,
    /// Marital status, by its HL7 v3 code or in words.
    pub marital_status: Option<String>,
    /// The language they prefer, as BCP 47.
    pub language: Option<String>,
    /// Whether they have died.
    pub deceased: bool,
    /// When they died, if a whole day is known.
    pub deceased_on: Option<NaiveDate>,
    /// Whom to call.
    pub contacts: Vec<ImportedContact>,
    /// The doctors (or organizations) who lead their care.
    pub general_practitioners: Vec<Reference>,
    /// Whether the record is in use; yes when nothing is said.
    pub active: bool,
    /// How sensitive the record is, by the codes of HL7 v3 Confidentiality.
    pub security: Vec<String>,
    /// Blood group, as `A+`, where one of our exports tells it.
    pub blood_group: Option<String>,
}

/// Whom to call; with a name or a number or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedContact {
    /// Full name.
    pub name: Option<String>,
    /// What they are to the patient, in words or by code.
    pub relationship: Option<String>,
    /// Telephone number as written.
    pub phone: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    identifier: Option<&'a RawValue>,
    name: Option<&'a RawValue>,
    birth_date: Option<&'a RawValue>,
    gender: Option<&'a RawValue>,
    telecom: Option<&'a RawValue>,
    address: Option<&'a RawValue>,
    marital_status: Option<&'a RawValue>,
    communication: Option<&'a RawValue>,
    deceased_boolean: Option<&'a RawValue>,
    deceased_date_time: Option<&'a RawValue>,
    contact: Option<&'a RawValue>,
    general_practitioner: Option<&'a RawValue>,
    active: Option<&'a RawValue>,
    meta: Option<&'a RawValue>,
    extension: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireCommunication {
    language: Option<WireConcept>,
    preferred: Option<bool>,
}

#[derive(Deserialize)]
struct WireContact {
    relationship: Option<super::wire::Few<WireConcept>>,
    name: Option<WireName>,
    telecom: Option<super::wire::Few<WireContactPoint>>,
}

/// Reads the resource.
pub(super) fn patient(resource: &RawValue) -> Result<ImportedPatient, Refusal> {
    let wire: Wire =
        read(Some(resource), "resource")?.ok_or(Refusal::new("resource", Problem::Missing))?;
    unmodified(resource)?;
    let mut identifiers = identifiers(read_list::<WireIdentifier>(wire.identifier, "identifier")?);
    let record_number = |identifier: &Identifier| identifier.type_code.as_deref() == Some("MR");
    let mrn = identifiers
        .iter()
        .position(record_number)
        .map(|place| identifiers.remove(place));
    let mut names = names(read_list(wire.name, "name")?)?;
    let name = names.remove(0);
    let birth_date = read_text(wire.birth_date, "birthDate")?
        .ok_or(Problem::Missing)
        .and_then(|text| day(&text))
        .map_err(|problem| Refusal::new("birthDate", problem))?;
    let (phones, emails) = contact_points(read_list(wire.telecom, "telecom")?);
    let died = read_text(wire.deceased_date_time, "deceasedDateTime")?;
    let general_practitioners =
        read_list::<WireReference>(wire.general_practitioner, "generalPractitioner")?;
    Ok(ImportedPatient {
        mrn,
        identifiers,
        name,
        other_names: names,
        birth_date,
        gender: gender(wire.gender)?,
        phones,
        emails,
        address: address(read_list::<WireAddress>(wire.address, "address")?),
        marital_status: read::<WireConcept>(wire.marital_status, "maritalStatus")?
            .and_then(code_or_words),
        language: language(read_list(wire.communication, "communication")?),
        deceased: died.is_some()
            || read::<bool>(wire.deceased_boolean, "deceasedBoolean")?.unwrap_or(false),
        deceased_on: died.as_deref().and_then(day_of),
        contacts: contacts(read_list(wire.contact, "contact")?),
        general_practitioners: general_practitioners
            .into_iter()
            .filter_map(|reference| reference.read("Practitioner"))
            .collect(),
        active: read::<bool>(wire.active, "active")?.unwrap_or(true),
        security: security(wire.meta)?,
        blood_group: own::extension(wire.extension, own::BLOOD_GROUP)?,
    })
}

/// Administrative gender; unknown when nothing is said.
pub(super) fn gender(raw: Option<&RawValue>) -> Result<Gender, Refusal> {
    let gender = read::<Gender>(raw, "gender").map_err(|refusal| Refusal {
        problem: Problem::UnknownCode,
        ..refusal
    })?;
    Ok(gender.unwrap_or(Gender::Unknown))
}

fn code_or_words(concept: WireConcept) -> Option<String> {
    let concept = concept.read();
    concept.coding.map(|coding| coding.code).or(concept.words)
}

fn language(mut spoken: Vec<WireCommunication>) -> Option<String> {
    spoken.sort_by_key(|one| one.preferred != Some(true));
    spoken
        .into_iter()
        .filter_map(|one| one.language)
        .find_map(code_or_words)
}

fn contacts(wire: Vec<WireContact>) -> Vec<ImportedContact> {
    let contact = |contact: WireContact| {
        let (phones, _) = contact_points(contact.telecom.unwrap_or_default().0);
        let relationships = contact.relationship.unwrap_or_default().0.into_iter();
        ImportedContact {
            name: contact.name.and_then(WireName::line),
            relationship: relationships
                .map(WireConcept::read)
                .find_map(|concept| concept.words.or(concept.coding.map(|coding| coding.code))),
            phone: phones.into_iter().next().map(|phone| phone.value),
        }
    };
    let reachable = |contact: &ImportedContact| contact.name.is_some() || contact.phone.is_some();
    wire.into_iter().map(contact).filter(reachable).collect()
}
