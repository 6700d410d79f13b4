//! Who asks.

use super::kinds::Kinds;
use super::likeness::{Likeness, Recording};
use super::telling::Telling;
use super::trail::{Act, Begun, Look, Object, Trail};
use super::{Action, BrokenGlass, Decision, PatientFacts, Resource};
use chrono::{DateTime, Utc};
use entity::code::{Confidentiality, Roles};
use entity::id::{DoctorId, PatientId, SessionId, UserId};
use std::sync::Arc;
use std::time::Instant;

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
    /// Whether this is the same user with the same rights, whatever else has changed of their session.
    #[must_use]
    pub fn has_the_rights_of(&self, other: &Self) -> bool {
        let rights = |actor: &Self| {
            (
                actor.user,
                actor.roles,
                actor.clearance,
                actor.patient,
                actor.doctor,
            )
        };
        rights(self) == rights(other)
    }

    /// Up to which confidentiality a record opens to them through broken glass, which stands in for their clearance as far
    /// as *restricted*.
    #[must_use]
    pub fn reach_through_glass(&self) -> Confidentiality {
        self.clearance.max(Confidentiality::Restricted)
    }
}

/// Who looks: an actor, or nobody in particular; and the trail that they leave, which clones share.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    actor: Option<Arc<Actor>>,
    trail: Option<Arc<Trail>>,
    telling: Option<Arc<Telling>>,
}

impl Viewer {
    /// Nobody is signed in.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// This actor looks.
    #[must_use]
    pub fn of(actor: Actor) -> Self {
        Self {
            actor: Some(Arc::new(actor)),
            trail: None,
            telling: None,
        }
    }

    /// The same viewer with a trail of this request's own. Without one nothing is recorded of what they look at.
    #[must_use]
    pub fn begun(&self, begun: Begun) -> Self {
        let trail = Arc::new(Trail::new(begun));
        Self {
            actor: self.actor.clone(),
            telling: Some(Arc::clone(trail.telling())),
            trail: Some(trail),
        }
    }

    /// Who the viewer has become, on the same trail.
    #[must_use]
    pub fn now(&self, actor: Option<Actor>) -> Self {
        Self {
            actor: actor.map(Arc::new),
            trail: self.trail.clone(),
            telling: self.telling.clone(),
        }
    }

    /// The same viewer, leaving no trail: for asking the policy where nothing is shown or done.
    #[must_use]
    pub fn untracked(&self) -> Self {
        Self {
            actor: self.actor.clone(),
            trail: None,
            telling: self.telling.clone(),
        }
    }

    /// The trail, if they leave one.
    #[must_use]
    pub fn trail(&self) -> Option<&Trail> {
        self.trail.as_deref()
    }

    /// Notes on the trail what was finally decided.
    pub fn decided(&self, action: Action, resource: &Resource, decision: Decision) {
        if let Some(trail) = &self.trail {
            trail.decided(action, resource, decision);
        }
    }

    /// Notes on the trail an act for which there is nothing to decide; it counts as done once a change has committed with
    /// it, and as failed otherwise.
    pub fn does(&self, act: Act, kinds: Kinds, object: Object) {
        if let Some(trail) = &self.trail {
            trail.note(Look {
                act,
                kinds,
                object,
                relationship: None,
                broken_glass: None,
                allowed: true,
                is_kept: false,
            });
        }
    }

    /// Notes on the trail that this was denied.
    pub fn denied(&self, object: Object) {
        if let Some(trail) = &self.trail {
            trail.note(Look {
                act: Act::Asked(Action::Read),
                kinds: Kinds::NONE,
                object,
                relationship: None,
                broken_glass: None,
                allowed: false,
                is_kept: false,
            });
        }
    }

    /// The actor, if somebody is signed in. What is made of it is this viewer's own: nobody else is given it.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        self.note(Recording::own);
        self.known()
    }

    /// The actor, for those who note what they ask of it.
    pub(super) fn known(&self) -> Option<&Actor> {
        self.actor.as_deref()
    }

    /// Lets a recording note something, if one runs.
    pub(super) fn note(&self, note: impl FnOnce(&mut Recording)) {
        if let Some(telling) = &self.telling {
            telling.note(note);
        }
    }

    /// The doctor that the viewer is and the session that they came with, to look up how they are related to patients: what
    /// is found is to be given to [`Self::found`].
    #[must_use]
    pub fn relating(&self) -> Option<(DoctorId, SessionId)> {
        let actor = self.known()?;
        let doctor = actor.doctor.filter(|_| actor.roles.any_of(Roles::DOCTOR))?;
        Some((doctor, actor.session))
    }

    /// Notes how the viewer was found to be related to a patient.
    #[must_use]
    pub fn found(&self, facts: PatientFacts) -> PatientFacts {
        self.note(|recording| recording.found(&facts));
        facts
    }

    /// Whether the viewer is this doctor, whatever their roles.
    #[must_use]
    pub fn is_doctor(&self, doctor: DoctorId) -> bool {
        self.note(|recording| recording.met(doctor));
        self.known().and_then(|actor| actor.doctor) == Some(doctor)
    }

    /// Of when, at least, what is looked up for the viewer must be; none when it must be of now.
    #[must_use]
    pub fn moment(&self) -> Option<Instant> {
        self.telling.as_ref()?.moment()
    }

    /// From now on, what was looked up for the viewer since this moment is new enough: that is when the event came that they
    /// are told of.
    pub fn at(&self, moment: Instant) {
        if let Some(telling) = &self.telling {
            telling.at(moment);
        }
    }

    /// Begins to note what is asked of the viewer.
    pub fn record(&self) {
        if let Some(telling) = &self.telling {
            telling.record(Some(Recording::default()));
        }
    }

    /// Who is alike in all that was asked since [`Self::record`]; none when what was made is this viewer's own.
    #[must_use]
    pub fn recorded(&self) -> Option<Likeness> {
        let recording = self.telling.as_ref()?.record(None)?;
        recording.likeness(self.known())
    }

    /// Whether the viewer is alike, as far as it can be said without looking up relations.
    #[must_use]
    pub fn is_like(&self, likeness: &Likeness) -> bool {
        self.known().is_some_and(|actor| likeness.is_of(actor))
    }

    /// Notes on the trail what the viewer looks at who is given what was made for somebody alike.
    pub fn given(&self, likeness: &Likeness, glass: impl Fn(PatientId) -> Option<BrokenGlass>) {
        if let Some(trail) = &self.trail {
            likeness.looks(glass).for_each(|look| trail.note(look));
        }
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
        self.known().is_some_and(|actor| actor.roles.any_of(roles))
    }
}
