//! Patients: who they are, how they are reached, who pays for them, and how they are found.
//!
//! The rules in words: whatever describes a patient lies sealed under a key of their own ([`sealed`], [`record`]) and is
//! found by keyed hashes ([`token`]), never by reading it. A patient may register themselves, with nothing to be learnt
//! about who is registered already. They change by themselves how they are reached; everything else is the staff's to
//! change, on the version they have seen. A medical record number belongs to one patient; the clinic gives one out
//! ([`mrn`]) to whoever brings none. Every change is an event of the patient, the clinic and the patient's account.

pub mod cells;
pub mod digest;
pub mod graphql;
pub mod input;
pub mod mrn;
pub mod normal;
pub mod record;
pub mod sealed;
pub mod service;
pub mod store;
pub mod token;

pub use record::PatientRecord;
pub use sealed::{NewCoverage, NewPatient, SealedPatient};
