//! Who asks.

use chrono::{DateTime, Utc};
use entity::code::{Confidentiality, Roles};
use entity::id::{DoctorId, PatientId, SessionId, UserId};
use std::sync::Arc;

/// A signed-in user, as read from the database at this request: never from what a token claims.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// Through which session.
    pub session: SessionId,
    /// What they may be. Empty until an invited user has chosen a password of their own.
    pub roles: Roles,
    /// Up to which confidentiality they may read.
    pub clearance: Confidentiality,
    /// The record that is theirs, if any.
    pub patient: Option<PatientId>,
    /// The doctor that they are, if any.
    pub doctor: Option<DoctorId>,
    /// When the token that they came with ends.
    pub expires_at: DateTime<Utc>,
}

impl Actor {
    /// Up to which confidentiality a record opens to them through broken glass, which stands in for their clearance as far
    /// as *restricted*.
    #[must_use]
    pub fn reach_through_glass(&self) -> Confidentiality {
        self.clearance.max(Confidentiality::Restricted)
    }
}

/// Who looks: an actor, or nobody in particular.
#[derive(Clone, Debug, Default)]
pub struct Viewer(Option<Arc<Actor>>);

impl Viewer {
    /// Nobody is signed in.
    #[must_use]
    pub fn anonymous() -> Self {
        Self(None)
    }

    /// This actor looks.
    #[must_use]
    pub fn of(actor: Actor) -> Self {
        Self(Some(Arc::new(actor)))
    }

    /// The actor, if somebody is signed in.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        self.0.as_deref()
    }

    /// The actor.
    ///
    /// # Errors
    /// [`crate::error::Fault::Unauthenticated`] when nobody is signed in.
    pub fn signed_in(&self) -> Result<&Actor, crate::error::Fault> {
        self.actor().ok_or(crate::error::Fault::Unauthenticated)
    }

    /// Whether the viewer has any of these roles.
    #[must_use]
    pub fn is(&self, roles: Roles) -> bool {
        self.actor().is_some_and(|actor| actor.roles.any_of(roles))
    }
}
