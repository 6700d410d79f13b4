//! The face of one-time links: verifying an address, and choosing another password without the one before.

mod errors;
mod mutation;
mod shapes;

pub use errors::*;
pub use mutation::LinkMutation;
pub use shapes::*;
