//! Who may what: one question, one pure answer.
//!
//! [`decide`] takes an [`Actor`], an [`Action`] and a [`Resource`] with the facts it needs, and allows or denies; it
//! reads no clock and no database. [`facts`] finds out how a doctor and patients are related. [`fields`] is the
//! default-deny table by type and field. Everything that shows or changes a person's data asks here: queries,
//! mutations, every delivered event. [`look`] and [`require`] note what was decided on the viewer's [`Trail`]; whoever
//! asks only to find out which question to ask uses [`decide`]. The rules are a table that tests/it/oracle/cells.rs writes
//! down a second time; a denial of what may not even be known of is told as *not found*.

mod actor;
pub mod facts;
pub mod fields;
mod kinds;
mod likeness;
mod mask;
#[cfg(feature = "mutation")]
pub mod mutation;
mod policy;
mod resource;
mod telling;
mod trail;

pub use actor::{Actor, Viewer};
pub use kinds::Kinds;
pub use likeness::Likeness;
pub use mask::Mask;
pub use policy::{Decision, decide};
pub use resource::{Action, Asked, BrokenGlass, PatientFacts, Relationship, Resource, Stage};
pub use trail::{Act, Begun, Look, Object, Trail, together};

use crate::error::Fault;
use chrono::{DateTime, Utc};

/// Proof that the policy was asked and said yes. Only [`require`] makes one where somebody looks, and stores that list or write want to see
/// one: they cannot be called by whoever forgot to ask.
#[derive(Clone, Copy, Debug)]
pub struct Granted(Relationship);

impl Granted {
    /// What whoever made a wish was granted then holds for carrying it out, though they do not look on: somebody on the
    /// waiting list is offered a time. Nobody is shown anything by it.
    #[must_use]
    pub fn for_a_wish_that_is_kept() -> Self {
        Self(Relationship::Public)
    }

    /// Through what the viewer was allowed.
    #[must_use]
    pub fn relationship(self) -> Relationship {
        self.0
    }
}

/// Leave to go on with something, and until when it holds: at that time, or when something has happened, it is to be
/// asked for anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permit {
    /// When a relation that it may rest on ends by itself; none when none does.
    pub until: Option<DateTime<Utc>>,
}

/// Decides finally: the outcome is noted on the viewer's trail.
#[must_use]
pub fn look(viewer: &Viewer, action: Action, resource: &Resource) -> Decision {
    let decision = decide(viewer, action, resource);
    viewer.decided(action, resource, decision);
    decision
}

/// Decides finally, and turns a denial into the fault that the viewer may see.
///
/// # Errors
/// [`Fault::NotFound`] when the viewer may not know of the thing, [`Fault::Forbidden`] when they may see it but not do
/// this, [`Fault::Unauthenticated`] when nobody is signed in.
pub fn require(viewer: &Viewer, action: Action, resource: &Resource) -> Result<Granted, Fault> {
    match look(viewer, action, resource) {
        Decision::Allow { relationship, .. } => Ok(Granted(relationship)),
        Decision::Deny => {
            if viewer.known().is_none() {
                return Err(Fault::Unauthenticated);
            }
            let seen =
                action != Action::Read && decide(viewer, Action::Read, resource).is_allowed();
            Err(if seen {
                Fault::Forbidden
            } else {
                Fault::NotFound
            })
        }
    }
}
