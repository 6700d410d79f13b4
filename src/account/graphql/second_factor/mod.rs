//! The face of second factors: enrolling one, signing in with it, proving it again.

mod errors;
mod mutation;
mod shapes;

pub use errors::*;
pub use mutation::SecondFactorMutation;
pub use shapes::*;
