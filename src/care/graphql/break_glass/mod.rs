//! Break-glass as clients see it.

mod codes;
mod grant;
mod mutation;
mod query;
mod subscription;

pub use grant::BreakGlassGrant;
pub use mutation::BreakGlassMutation;
pub use query::BreakGlassQuery;
pub use subscription::BreakGlassSubscription;
