//! The face of doctors' hours. Thin: each resolver decodes, calls one verb, encodes.

mod absence;
mod absence_mutation;
mod errors;
mod inputs;
mod mutation;
mod types;

pub use absence::{Absence, AbsenceConnection, AbsenceQuery};
pub use absence_mutation::AbsenceMutation;
pub use mutation::ScheduleMutation;
pub(crate) use types::time;
pub use types::{
    AvailabilityException, AvailabilityExceptionConnection, AvailabilityRule,
    AvailabilityRuleConnection, Weekday, exceptions, rules,
};
