//! Care teams as clients see them. Thin: each resolver decodes, calls one verb, encodes.

mod member;
mod mutation;

pub use member::{CareTeamConnection, CareTeamMember, CareTeamRole, care_team};
pub use mutation::CareMutation;
