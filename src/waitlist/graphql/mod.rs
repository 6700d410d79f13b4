//! The face of the waiting list. Thin: each resolver decodes, calls one verb, encodes.

mod codes;
mod errors;
mod mutation;
mod query;
mod shapes;
mod subscription;
mod types;

pub use mutation::WaitlistMutation;
pub use query::WaitlistQuery;
pub use subscription::WaitlistSubscription;
pub use types::WaitlistEntry;
