//! Patients as clients see them: types, queries, mutations. Thin: each resolver decodes, calls one verb, encodes.

mod codes;
mod coverage;
mod coverage_inputs;
mod identified;
mod inputs;
mod mutation;
mod parts;
mod patient;
mod query;
mod reached;
mod refusal;
mod subscription;

pub use codes::{AdministrativeGender, BloodGroup, ContactChannel, PartOfDay, Relationship};
pub use coverage::{Coverage, CoverageConnection};
pub use identified::Patient;
pub(crate) use inputs::edit;
pub use inputs::{PersonNameInput, UpdatePatientInput};
pub use mutation::PatientMutation;
pub use parts::{Address, EmergencyContact, PatientContact, PatientPreferences, PersonName};
pub use query::PatientQuery;
pub(crate) use refusal::{answers, problem_doc, words};
pub use subscription::PatientSubscription;
