//! Many records at once: a sample clinic, and bundles from elsewhere.
//!
//! It turns plain data ([`crate::sample`], [`crate::fhir`]) into rows of the rooms and writes them in large transactions,
//! past the verbs: what comes in here is told to nobody live, and whoever starts it has the machine. It refuses to know
//! HTTP, GraphQL and the terminal.

mod empty;
pub mod fhir;
pub mod sample;

pub use empty::is_empty;
