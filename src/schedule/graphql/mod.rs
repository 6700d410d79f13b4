//! The face of doctors' hours. Thin: each resolver decodes, calls one verb, encodes.

mod errors;
mod inputs;
mod mutation;
mod types;

pub use mutation::ScheduleMutation;
pub use types::{
    AvailabilityException, AvailabilityExceptionConnection, AvailabilityRule,
    AvailabilityRuleConnection, Weekday, exceptions, rules,
};
