//! Care teams as clients see them. Thin: each resolver decodes, calls one verb, encodes.

mod break_glass;
mod member;
mod mutation;

pub use break_glass::{
    BreakGlassGrant, BreakGlassMutation, BreakGlassQuery, BreakGlassSubscription,
};
pub use member::{CareTeamConnection, CareTeamMember, CareTeamRole, care_team};
pub use mutation::CareMutation;
