//! Reads FHIR R4 bundles as they stream in, and turns what this clinic takes into plain data.
//!
//! [`read_bundle`] walks a Bundle of type transaction, batch, collection or searchset and hands out one [`Entry`] after
//! the other; it never holds more than one of them, so a bundle may be larger than memory. Keys may come in any order;
//! with `resourceType` or `type` behind the entries a bundle can turn out to be none after its entries were handed out,
//! so whoever writes them must be able to take them back.
//!
//! What is taken: Patient, Coverage, Practitioner, Organization, Appointment and Encounter, and of charts Condition, AllergyIntolerance,
//! MedicationRequest, MedicationStatement, Immunization, Observation, DiagnosticReport, CarePlan, ServiceRequest and Composition;
//! of Medication and Goal what others call them, and of Provenance who had to do with the others. Every other type is named and passed over. An entry
//! that cannot be taken is refused by itself, with a reason that names the element and never its content; a bundle that
//! is not JSON, or no bundle, is a [`BundleFault`] with a place and no content either.
//!
//! Decisions, each a rule of this module:
//! - A day of birth must be a whole day: a year or a month alone is refused, for every age and look-up would be a guess.
//! - A name needs a family name. Of several names the official one counts, then the usual, then one without a use.
//! - Encounters become appointments: see [`AppointmentState::of_encounter`]. One without an end, or that ends as it
//!   begins, gets [`ASSUMED_MINUTES`]; one that ends before it begins is refused.
//! - What changes the meaning of an entry of a chart and is not understood (`modifierExtension`, `implicitRules`) refuses it, as
//!   FHIR asks; so does a label that keeps it from some who may read charts (`meta.security` R or V). An order not to take
//!   something, and what is no order yet, is no order.
//! - A value with a comparator is taken in words: less than five is not five. A time that is told to the year or month only
//!   is handed on in words.
//! - What this system's own exports say in extensions and a tag ([`own`]) is read, from whomever it comes.
//! - References are handed on as they stand ([`Reference`]), for an Encounter may come before its Practitioner.
//!   [`Entry::names`] lists all references that mean an entry, so that resolving them is a look-up in a map.
//! - An entry is at most [`MAX_ENTRY_BYTES`] long (give or take one read buffer), a text of interest at most
//!   [`MAX_TEXT`] characters without control characters, a list of interest at most [`MAX_LIST`] elements. Depth costs
//!   nothing: what is passed over is scanned without recursion, and what is read is flat.
//!
//! This module refuses to know the database, the services and the clock; whether a date lies in the future, or an
//! identifier is known already, is for others to say.

mod allergy;
mod appointment;
mod bundle;
mod clinical;
#[cfg(test)]
mod clinical_tests;
mod composition;
mod condition;
mod coverage;
mod dosage;
mod encounter;
#[cfg(test)]
mod encounter_tests;
mod entry;
mod immunization;
#[cfg(test)]
mod meaning_tests;
mod medication;
mod observation;
mod order;
mod organization;
pub mod own;
mod part;
mod patient;
mod plan;
mod practitioner;
mod provenance;
mod reference;
mod refusal;
mod report;
#[cfg(test)]
mod resource_tests;
mod time;
#[cfg(test)]
mod walk_tests;
mod wire;

pub use allergy::ImportedAllergy;
pub use appointment::ImportedAppointment;
pub use bundle::{BundleFault, BundleKind, BundleSummary, MAX_ENTRY_BYTES, Tally, read_bundle};
pub use clinical::{ImportedRecord, Said, When};
pub use composition::{ImportedNote, ImportedSection};
pub use condition::ImportedCondition;
pub use coverage::ImportedCoverage;
pub use encounter::{ASSUMED_MINUTES, AppointmentState, ImportedEncounter};
pub use entry::{Content, Entry};
pub use immunization::ImmunizationGiven;
pub use medication::{ImportedDosage, MedicationOrdered, MedicationTaken, Medicine};
pub use observation::{Found, ImportedFinding, ImportedObservation, called, mentioned};
pub use order::ImportedOrder;
pub use organization::ImportedOrganization;
pub use part::{
    ContactPoint, ContactUse, Gender, Identifier, ImportedAddress, ImportedCoding, ImportedConcept,
    NameUse, PersonName,
};
pub use patient::{ImportedContact, ImportedPatient};
pub use plan::ImportedPlan;
pub use practitioner::ImportedPractitioner;
pub use provenance::{AgentPart, ImportedAgent, ImportedProvenance};
pub use reference::{Mention, Reference};
pub use refusal::{Problem, Refusal};
pub use report::ImportedReport;
pub use wire::{MAX_LIST, MAX_PROSE, MAX_TEXT};
