//! The face of accounts: who is signed in, from where, and the verbs around it.

mod code;
mod errors;
mod links;
mod mutation;
mod query;
mod second_factor;
mod shapes;
mod types;

pub use code::{Confidentiality, Role, UserStatus};
pub use errors::*;
pub use links::*;
pub use mutation::AccountMutation;
pub use query::AccountQuery;
pub use second_factor::*;
pub use shapes::*;
pub use types::{AuthSession, Session, User, UserConnection, UserEdge, sessions_of};
