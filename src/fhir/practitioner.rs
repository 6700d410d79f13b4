//! What is taken of a Practitioner. Knows no other resource.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::part::{
    ContactPoint, Gender, Identifier, ImportedCoding, PersonName, WireConcept, contact_points,
    identifiers, names,
};
use super::patient::gender;
use super::refusal::{Problem, Refusal};
use super::wire::{read, read_list};

/// The system of the United States' National Provider Identifier.
const NPI: &str = "http://hl7.org/fhir/sid/us-npi";

/// One who treats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedPractitioner {
    /// National Provider Identifier, if there is one. It stands among the identifiers too.
    pub npi: Option<String>,
    /// All identifiers.
    pub identifiers: Vec<Identifier>,
    /// The name that counts.
    pub name: PersonName,
    /// Administrative gender; unknown when nothing is said.
    pub gender: Gender,
    /// Telephone numbers, best first.
    pub phones: Vec<ContactPoint>,
    /// E-mail addresses, best first.
    pub emails: Vec<ContactPoint>,
    /// What they are trained in, by its codes.
    pub trained: Vec<ImportedCoding>,
    /// Whether they work still; yes when nothing is said.
    pub active: bool,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    identifier: Option<&'a RawValue>,
    name: Option<&'a RawValue>,
    gender: Option<&'a RawValue>,
    telecom: Option<&'a RawValue>,
    active: Option<&'a RawValue>,
    qualification: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireQualification {
    code: Option<WireConcept>,
}

/// Reads the resource.
pub(super) fn practitioner(resource: &RawValue) -> Result<ImportedPractitioner, Refusal> {
    let wire: Wire =
        read(Some(resource), "resource")?.ok_or(Refusal::new("resource", Problem::Missing))?;
    let identifiers = identifiers(read_list(wire.identifier, "identifier")?);
    let npi = identifiers
        .iter()
        .find(|identifier| identifier.system.as_deref() == Some(NPI));
    let trained = read_list::<WireQualification>(wire.qualification, "qualification")?.into_iter();
    let trained = trained.filter_map(|one| one.code?.whole());
    let (phones, emails) = contact_points(read_list(wire.telecom, "telecom")?);
    Ok(ImportedPractitioner {
        npi: npi.map(|identifier| identifier.value.clone()),
        identifiers,
        name: names(read_list(wire.name, "name")?)?.remove(0),
        gender: gender(wire.gender)?,
        trained: trained.flat_map(|one| one.codings).collect(),
        phones,
        emails,
        active: read::<bool>(wire.active, "active")?.unwrap_or(true),
    })
}
