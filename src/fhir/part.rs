//! The pieces that resources are made of: names, contact points, addresses, identifiers, codes.
//! Knows no resource; reads leniently what may be absent and strictly what is there.

use super::refusal::{Problem, Refusal};
use super::wire::{Few, Text, said};

/// FHIR administrative gender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    /// FHIR `male`.
    Male,
    /// FHIR `female`.
    Female,
    /// FHIR `other`.
    Other,
    /// FHIR `unknown`; also when nothing is said.
    Unknown,
}

/// FHIR name use, those first that say best what someone is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameUse {
    /// FHIR `official`.
    Official,
    /// FHIR `usual`.
    Usual,
    /// No use is given.
    #[serde(skip)]
    Unsaid,
    /// FHIR `temp`.
    Temp,
    /// FHIR `nickname`.
    Nickname,
    /// FHIR `anonymous`.
    Anonymous,
    /// FHIR `old`.
    Old,
    /// FHIR `maiden`: used before marriage.
    Maiden,
}

/// A person's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName {
    /// What it is used for.
    pub name_use: NameUse,
    /// The family name; never empty.
    pub family: String,
    /// Given names in order; may be empty.
    pub given: Vec<String>,
    /// What stands before: `Mrs.`, `Dr.`.
    pub prefix: Vec<String>,
    /// What stands behind: `PhD`.
    pub suffix: Vec<String>,
}

/// FHIR's HumanName, as it is written.
#[derive(serde::Deserialize)]
pub(super) struct WireName {
    #[serde(rename = "use")]
    name_use: Option<NameUse>,
    text: Option<Text>,
    family: Option<Text>,
    given: Option<Few<Text>>,
    prefix: Option<Few<Text>>,
    suffix: Option<Few<Text>>,
}

impl WireName {
    fn read(self) -> Option<PersonName> {
        Some(PersonName {
            name_use: self.name_use.unwrap_or(NameUse::Unsaid),
            family: self.family.and_then(Text::said)?,
            given: said(self.given),
            prefix: said(self.prefix),
            suffix: said(self.suffix),
        })
    }

    /// The whole name in one line, for someone who needs no record of their own.
    pub(super) fn line(self) -> Option<String> {
        self.text.and_then(Text::said).or_else(|| {
            let mut parts = said(self.given);
            parts.extend(self.family.and_then(Text::said));
            (!parts.is_empty()).then(|| parts.join(" "))
        })
    }
}

/// The names of one person that have a family name, the one that counts first.
pub(super) fn names(wire: Vec<WireName>) -> Result<Vec<PersonName>, Refusal> {
    let problem = if wire.is_empty() {
        "name"
    } else {
        "name.family"
    };
    let mut names: Vec<PersonName> = wire.into_iter().filter_map(WireName::read).collect();
    names.sort_by_key(|name| name.name_use);
    if names.is_empty() {
        return Err(Refusal::new(problem, Problem::Missing));
    }
    Ok(names)
}

/// FHIR contact point use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactUse {
    /// FHIR `home`.
    Home,
    /// FHIR `work`.
    Work,
    /// FHIR `temp`.
    Temp,
    /// FHIR `old`: no longer in use.
    Old,
    /// FHIR `mobile`.
    Mobile,
}

/// A telephone number or an e-mail address, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactPoint {
    /// The number, often without a country's prefix, or the address.
    pub value: String,
    /// What it is used for.
    pub contact_use: Option<ContactUse>,
}

#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum ContactSystem {
    Phone,
    Fax,
    Email,
    Pager,
    Url,
    Sms,
    Other,
}

/// FHIR's ContactPoint, as it is written.
#[derive(serde::Deserialize)]
pub(super) struct WireContactPoint {
    system: Option<ContactSystem>,
    value: Option<Text>,
    #[serde(rename = "use")]
    contact_use: Option<ContactUse>,
    rank: Option<u32>,
}

/// Telephone numbers and e-mail addresses, best first: by rank, and those no longer in use last.
pub(super) fn contact_points(
    mut wire: Vec<WireContactPoint>,
) -> (Vec<ContactPoint>, Vec<ContactPoint>) {
    wire.sort_by_key(|point| {
        (
            point.contact_use == Some(ContactUse::Old),
            point.rank.unwrap_or(u32::MAX),
        )
    });
    let (mut phones, mut emails) = (Vec::new(), Vec::new());
    for point in wire {
        let into = match point.system {
            Some(ContactSystem::Phone | ContactSystem::Sms) => &mut phones,
            Some(ContactSystem::Email) => &mut emails,
            _ => continue,
        };
        into.extend(point.value.and_then(Text::said).map(|value| ContactPoint {
            value,
            contact_use: point.contact_use,
        }));
    }
    (phones, emails)
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedAddress {
    /// Street, number, flat.
    pub line: Vec<String>,
    /// Town.
    pub city: Option<String>,
    /// State, as written: a name or its letters.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country, as written: mostly ISO 3166-1.
    pub country: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum AddressUse {
    Home,
    #[serde(skip)]
    Unsaid,
    Temp,
    Work,
    Billing,
    Old,
}

/// FHIR's Address, as it is written.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireAddress {
    #[serde(rename = "use")]
    address_use: Option<AddressUse>,
    line: Option<Few<Text>>,
    city: Option<Text>,
    state: Option<Text>,
    postal_code: Option<Text>,
    country: Option<Text>,
}

/// Where someone lives: the home address, else one without a use, else any that is still in use.
pub(super) fn address(mut wire: Vec<WireAddress>) -> Option<ImportedAddress> {
    wire.retain(|address| address.address_use != Some(AddressUse::Old));
    wire.sort_by_key(|address| address.address_use.unwrap_or(AddressUse::Unsaid));
    let wire = wire.into_iter().next()?;
    let address = ImportedAddress {
        line: said(wire.line),
        city: wire.city.and_then(Text::said),
        state: wire.state.and_then(Text::said),
        postal_code: wire.postal_code.and_then(Text::said),
        country: wire.country.and_then(Text::said),
    };
    (address != ImportedAddress::default()).then_some(address)
}

/// A code of some system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedCoding {
    /// The code system's URI.
    pub system: Option<String>,
    /// The code.
    pub code: String,
    /// The code in words.
    pub display: Option<String>,
}

/// FHIR's Coding, as it is written.
#[derive(serde::Deserialize)]
pub(super) struct WireCoding {
    system: Option<Text>,
    code: Option<Text>,
    display: Option<Text>,
}

impl WireCoding {
    pub(super) fn read(self) -> Option<ImportedCoding> {
        Some(ImportedCoding {
            system: self.system.and_then(Text::said),
            code: self.code.and_then(Text::said)?,
            display: self.display.and_then(Text::said),
        })
    }
}

/// FHIR's CodeableConcept, as it is written.
#[derive(serde::Deserialize)]
pub(super) struct WireConcept {
    coding: Option<Few<WireCoding>>,
    text: Option<Text>,
}

/// A concept in words, and its first code. The words are what was written by hand, else the code's own.
pub(super) struct Concept {
    pub(super) words: Option<String>,
    pub(super) coding: Option<ImportedCoding>,
}

/// A thing of medicine: in words, in codes, or in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedConcept {
    /// The words, as they were written.
    pub text: Option<String>,
    /// Its codes, in their order.
    pub codings: Vec<ImportedCoding>,
}

impl ImportedConcept {
    /// What there is to read: the words, else those of the first code that has any, else a code.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        let displays = self.codings.iter().filter_map(|one| one.display.as_deref());
        let codes = self.codings.iter().map(|one| one.code.as_str());
        self.text.as_deref().or(displays.chain(codes).next())
    }
}

impl WireConcept {
    /// Its codes.
    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        let codings = self.coding.iter().flat_map(|codings| &codings.0);
        codings.filter_map(|coding| Some(coding.code.as_ref()?.text()))
    }

    /// All that it says, if it says anything.
    pub(super) fn whole(self) -> Option<ImportedConcept> {
        let codings = self.coding.unwrap_or_default().0.into_iter();
        let concept = ImportedConcept {
            text: self.text.and_then(Text::said),
            codings: codings.filter_map(WireCoding::read).collect(),
        };
        concept.words().is_some().then_some(concept)
    }

    pub(super) fn read(self) -> Concept {
        let codings = self.coding.unwrap_or_default().0;
        let codings: Vec<ImportedCoding> =
            codings.into_iter().filter_map(WireCoding::read).collect();
        let display = codings.iter().find_map(|coding| coding.display.clone());
        Concept {
            words: self.text.and_then(Text::said).or(display),
            coding: codings.into_iter().next(),
        }
    }
}

/// A business identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// Who gave it, as a URI.
    pub system: Option<String>,
    /// The identifier itself.
    pub value: String,
    /// Its kind, by HL7 v2 table 0203: `MR`, `SS`, `DL`….
    pub type_code: Option<String>,
}

/// FHIR's Identifier, as it is written.
#[derive(serde::Deserialize)]
pub(super) struct WireIdentifier {
    #[serde(rename = "type")]
    kind: Option<WireConcept>,
    system: Option<Text>,
    value: Option<Text>,
}

impl WireIdentifier {
    pub(super) fn read(self) -> Option<Identifier> {
        let coding = self.kind.and_then(|kind| kind.read().coding);
        Some(Identifier {
            system: self.system.and_then(Text::said),
            value: self.value.and_then(Text::said)?,
            type_code: coding.map(|coding| coding.code),
        })
    }
}

/// All identifiers that have a value.
pub(super) fn identifiers(wire: Vec<WireIdentifier>) -> Vec<Identifier> {
    wire.into_iter().filter_map(WireIdentifier::read).collect()
}
