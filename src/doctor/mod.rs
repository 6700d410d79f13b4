//! Doctors and the departments they work in: the clinic's directory.
//!
//! The rules in words: everybody who is signed in may read the directory, for one chooses a doctor from it;
//! administrators keep it. Names and licences lie sealed under a key of the doctor's own; licences are shown to the
//! doctor and to administrators. A doctor may be in the directory without an account, as those are who were imported.
//! Every change is an event of the doctor, the clinic and the doctor's account.

pub mod cells;
pub mod graphql;
pub mod record;
pub mod service;
pub mod store;

pub use record::{DoctorRecord, NewDoctor};
