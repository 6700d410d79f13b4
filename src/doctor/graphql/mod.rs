//! The directory as clients see it: doctors and departments. Thin: each resolver decodes, calls one verb, encodes.

mod department;
mod doctor;
mod inputs;
mod mutation;
mod query;
mod refusal;

pub use department::{Department, DepartmentConnection};
pub use doctor::{Coding, Doctor, DoctorCredentials, Licence};
pub use inputs::CodingInput;
pub use mutation::DoctorMutation;
pub use query::{DoctorConnection, DoctorQuery};
