//! Reads FHIR R4 bundles as they stream in, and turns what this clinic takes into plain data.
//!
//! [`read_bundle`] walks a Bundle of type transaction, batch, collection or searchset and hands out one [`Entry`] after
//! the other; it never holds more than one of them, so a bundle may be larger than memory. Keys may come in any order;
//! with `resourceType` or `type` behind the entries a bundle can turn out to be none after its entries were handed out,
//! so whoever writes them must be able to take them back.
//!
//! What is taken: Patient, Practitioner, Organization and Encounter. Every other type is named and passed over. An entry
//! that cannot be taken is refused by itself, with a reason that names the element and never its content; a bundle that
//! is not JSON, or no bundle, is a [`BundleFault`] with a place and no content either.
//!
//! Decisions, each a rule of this module:
//! - A day of birth must be a whole day: a year or a month alone is refused, for every age and look-up would be a guess.
//! - A name needs a family name. Of several names the official one counts, then the usual, then one without a use.
//! - Encounters become appointments: see [`AppointmentState::of_encounter`]. One without an end, or that ends as it
//!   begins, gets [`ASSUMED_MINUTES`]; one that ends before it begins is refused.
//! - References are handed on as they stand ([`Reference`]), for an Encounter may come before its Practitioner.
//!   [`Entry::names`] lists all references that mean an entry, so that resolving them is a look-up in a map.
//! - An entry is at most [`MAX_ENTRY_BYTES`] long (give or take one read buffer), a text of interest at most
//!   [`MAX_TEXT`] characters without control characters, a list of interest at most [`MAX_LIST`] elements. Depth costs
//!   nothing: what is passed over is scanned without recursion, and what is read is flat.
//!
//! This module refuses to know the database, the services and the clock; whether a date lies in the future, or an
//! identifier is known already, is for others to say.

mod bundle;
mod encounter;
#[cfg(test)]
mod encounter_tests;
mod entry;
mod organization;
mod part;
mod patient;
mod practitioner;
mod reference;
mod refusal;
#[cfg(test)]
mod resource_tests;
mod time;
#[cfg(test)]
mod walk_tests;
mod wire;

pub use bundle::{BundleFault, BundleKind, BundleSummary, MAX_ENTRY_BYTES, Tally, read_bundle};
pub use encounter::{ASSUMED_MINUTES, AppointmentState, ImportedEncounter};
pub use entry::{Content, Entry};
pub use organization::ImportedOrganization;
pub use part::{
    ContactPoint, ContactUse, Gender, Identifier, ImportedAddress, ImportedCoding, NameUse,
    PersonName,
};
pub use patient::{ImportedContact, ImportedPatient};
pub use practitioner::ImportedPractitioner;
pub use reference::Reference;
pub use refusal::{Problem, Refusal};
pub use wire::{MAX_LIST, MAX_TEXT};
