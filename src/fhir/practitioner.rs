//! What is taken of a Practitioner. Knows no other resource.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::part::{
    ContactPoint, Gender, Identifier, ImportedCoding, PersonName, WireConcept, contact_points,
    identifiers, names,
};
use super::patient::gender;
use super::refusal::{Problem, Refusal};
use super::wire::{Text, read, read_list, read_sound};

/// The system of the United States' National Provider Identifier.
const NPI: &str = "http://hl7.org/fhir/sid/us-npi";

/// HL7 v2 table 0360: degrees, licences and certificates.
const DEGREES: &str = "http://terminology.hl7.org/CodeSystem/v2-0360";

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
    period: Option<WireEnd>,
}

#[derive(Deserialize)]
struct WireEnd {
    end: Option<Text>,
}

/// Reads the resource.
pub(super) fn practitioner(resource: &RawValue) -> Result<ImportedPractitioner, Refusal> {
    let wire: Wire =
        read(Some(resource), "resource")?.ok_or(Refusal::new("resource", Problem::Missing))?;
    let identifiers = identifiers(read_list(wire.identifier, "identifier")?);
    let npi = identifiers
        .iter()
        .find(|identifier| identifier.system.as_deref() == Some(NPI));
    let trained = read_sound::<WireQualification>(wire.qualification).into_iter();
    // What has ended is none any more, and a degree is no specialty.
    let trained = trained.filter(|one| one.period.as_ref().is_none_or(|one| one.end.is_none()));
    let trained = trained.filter_map(|one| one.code?.whole()?.codings.into_iter().next());
    let trained = trained.filter(|coding| coding.system.as_deref() != Some(DEGREES));
    let (phones, emails) = contact_points(read_list(wire.telecom, "telecom")?);
    Ok(ImportedPractitioner {
        npi: npi.map(|identifier| identifier.value.clone()),
        identifiers,
        name: names(read_list(wire.name, "name")?)?.remove(0),
        gender: gender(wire.gender)?,
        trained: trained.collect(),
        phones,
        emails,
        active: read::<bool>(wire.active, "active")?.unwrap_or(true),
    })
}
