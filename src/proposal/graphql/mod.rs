//! What patients ask to have changed, as clients see it.

mod codes;
mod inputs;
mod mutation;
mod proposal;
mod query;
mod refusal;
mod subscription;

pub use codes::ChangeProposalStatus;
pub use mutation::ProposalMutation;
pub use proposal::{ChangeProposal, ChangeProposalConnection, of_version, proposals};
pub use query::ProposalQuery;
pub use subscription::ProposalSubscription;
