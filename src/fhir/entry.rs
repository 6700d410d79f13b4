//! One entry of a bundle: told what it is, and either taken, passed over or refused. Knows nothing of the bundle.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::allergy::allergy;
use super::appointment::{ImportedAppointment, appointment};
use super::clinical::{ImportedRecord, Said, record};
use super::composition::note;
use super::condition::condition;
use super::coverage::{ImportedCoverage, coverage};
use super::encounter::{ImportedEncounter, encounter};
use super::immunization::immunization;
use super::observation::observation;
use super::order::order;
use super::organization::{ImportedOrganization, organization};
use super::part::{Identifier, ImportedConcept};
use super::patient::{ImportedPatient, patient};
use super::practitioner::{ImportedPractitioner, practitioner};
use super::provenance::{ImportedProvenance, provenance};
use super::reference::{Reference, is_resource_type};
use super::refusal::{Problem, Refusal};
use super::report::report;
use super::wire::{read, read_text};
use super::{medication, plan};

/// One entry of a bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the bundle, from 0.
    pub position: u64,
    /// The address of the entry, as written.
    pub full_url: Option<String>,
    /// The resource's type, where it has one.
    pub resource_type: Option<String>,
    /// The resource's id, where it has one.
    pub id: Option<String>,
    /// What became of it.
    pub content: Content,
}

/// What became of an entry. The resources are boxed: most entries carry none.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// One who is treated.
    Patient(Box<ImportedPatient>),
    /// One who treats.
    Practitioner(Box<ImportedPractitioner>),
    /// Where people are treated.
    Organization(Box<ImportedOrganization>),
    /// A patient's insurance.
    Coverage(Box<ImportedCoverage>),
    /// A time that was agreed.
    Appointment(Box<ImportedAppointment>),
    /// A visit.
    Encounter(Box<ImportedEncounter>),
    /// An entry of a chart.
    Record(Box<ImportedRecord>),
    /// What others mention and is no entry of its own: a medication, or a goal.
    Term(Box<ImportedConcept>),
    /// Who had to do with others.
    Provenance(Box<ImportedProvenance>),
    /// Of a type that is not taken; its name stands in [`Entry::resource_type`].
    Other,
    /// Not to be taken, and why.
    Refused(Refusal),
}

impl Entry {
    /// Every reference that means this entry: by address, by type and id, and by each identifier, with its system and
    /// without. What names no server and no system may mean other entries of other senders too.
    #[must_use]
    pub fn names(&self) -> Vec<Reference> {
        let mut names = Vec::new();
        // What names no scheme is an address nowhere.
        let address = self.full_url.as_deref().filter(|url| url.contains(':'));
        names.extend(address.map(Reference::url));
        let Some(resource_type) = &self.resource_type else {
            return names;
        };
        names.extend(self.id.clone().map(|id| Reference::Local {
            resource_type: resource_type.clone(),
            id,
        }));
        for Identifier { system, value, .. } in self.identifiers() {
            let identified = |system: Option<String>| Reference::Identified {
                resource_type: resource_type.clone(),
                system,
                value: value.clone(),
            };
            names.extend(system.is_some().then(|| identified(system.clone())));
            names.push(identified(None));
        }
        names
    }

    fn identifiers(&self) -> impl Iterator<Item = &Identifier> {
        let (first, others): (Option<&Identifier>, &[Identifier]) = match &self.content {
            Content::Patient(patient) => (patient.mrn.as_ref(), &patient.identifiers),
            Content::Practitioner(practitioner) => (None, &practitioner.identifiers),
            Content::Organization(organization) => (None, &organization.identifiers),
            Content::Coverage(coverage) => (None, &coverage.identifiers),
            Content::Appointment(appointment) => (None, &appointment.identifiers),
            Content::Encounter(encounter) => (None, &encounter.identifiers),
            Content::Record(record) => (None, &record.identifiers),
            Content::Term(_) | Content::Provenance(_) | Content::Other | Content::Refused(_) => {
                (None, &[])
            }
        };
        first.into_iter().chain(others)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    full_url: Option<&'a RawValue>,
    resource: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    #[serde(borrow)]
    resource_type: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
}

/// Reads one entry.
pub(super) fn entry(position: u64, raw: &RawValue) -> Entry {
    let mut entry = Entry {
        position,
        full_url: None,
        resource_type: None,
        id: None,
        content: Content::Other,
    };
    if let Err(refusal) = fill(&mut entry, raw) {
        entry.content = Content::Refused(refusal);
    }
    entry
}

/// Fills in what can be told, as far as it can: a refusal then still says which resource it is about.
fn fill(entry: &mut Entry, raw: &RawValue) -> Result<(), Refusal> {
    let missing = |element| Refusal::new(element, Problem::Missing);
    let wire: Wire = read(Some(raw), "entry")?.ok_or(missing("entry"))?;
    entry.full_url = read_text(wire.full_url, "fullUrl")?;
    let resource = wire.resource.ok_or(missing("resource"))?;
    let head: Head = read(Some(resource), "resource")?.ok_or(missing("resource"))?;
    let resource_type =
        read_text(head.resource_type, "resourceType")?.ok_or(missing("resourceType"))?;
    if !is_resource_type(&resource_type) {
        return Err(Refusal::new("resourceType", Problem::Malformed));
    }
    let kind = entry.resource_type.insert(resource_type).as_str();
    entry.id = read_text(head.id, "id")?;
    entry.content = match kind {
        "Patient" => Content::Patient(Box::new(patient(resource)?)),
        "Practitioner" => Content::Practitioner(Box::new(practitioner(resource)?)),
        "Organization" => Content::Organization(Box::new(organization(resource)?)),
        "Coverage" => Content::Coverage(Box::new(coverage(resource)?)),
        "Appointment" => Content::Appointment(Box::new(appointment(resource)?)),
        "Encounter" => Content::Encounter(Box::new(encounter(resource)?)),
        "Medication" => Content::Term(Box::new(plan::medication(resource)?)),
        "Goal" => Content::Term(Box::new(plan::goal(resource)?)),
        "Provenance" => Content::Provenance(Box::new(provenance(resource)?)),
        kind => match said(kind, resource)? {
            Some(said) => Content::Record(Box::new(record(kind, resource, said)?)),
            None => Content::Other,
        },
    };
    Ok(())
}

/// What an entry of a chart says; none of another type.
fn said(kind: &str, resource: &RawValue) -> Result<Option<Said>, Refusal> {
    Ok(Some(match kind {
        "Condition" => Said::Condition(condition(resource)?),
        "AllergyIntolerance" => Said::Allergy(allergy(resource)?),
        "MedicationRequest" => Said::MedicationRequest(medication::request(resource)?),
        "MedicationStatement" => Said::MedicationStatement(medication::statement(resource)?),
        "Immunization" => Said::Immunization(immunization(resource)?),
        "Observation" => Said::Observation(observation(resource)?),
        "DiagnosticReport" => Said::Report(report(resource)?),
        "CarePlan" => Said::Plan(plan::plan(resource)?),
        "ServiceRequest" => Said::Order(order(resource)?),
        "Composition" => Said::Note(note(resource)?),
        _ => return Ok(None),
    }))
}
