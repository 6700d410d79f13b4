//! What every verb works with. It is made once, by `app`, and shared.

use crate::access::{Action, PatientFacts, Resource, Viewer, decide, look};
use crate::audit::Audit;
use crate::auth::{Passwords, Standings, Throttle, Tokens};
use crate::clock::Clock;
use crate::config::RequiredRole;
use crate::db::{Db, Tx, TxFuture};
use crate::error::{Fault, Outcome};
use crate::event::Hub;
use crate::vault::Vault;

pub use crate::loaders::{Card, Face, Loaders};
use entity::code::Roles;

/// The floor under all verbs.
pub struct State {
    /// The database.
    pub db: Db,
    /// Sealing and blind indexes.
    pub vault: Vault,
    /// Time and ids.
    pub clock: Clock,
    /// Hashing, off the runtime's threads.
    pub passwords: Passwords,
    /// Access tokens.
    pub tokens: Tokens,
    /// Who sessions are, a moment ago.
    pub standings: Standings,
    /// Live events.
    pub hub: Hub,
    /// What was looked at and done.
    pub audit: Audit,
    /// Rows by key, for all viewers.
    pub loaders: Loaders,
    /// How long sessions live, and other rules that the operator sets.
    pub rules: Rules,
}

/// Rules that the operator sets; the defaults are in the configuration.
#[derive(Clone, Debug)]
pub struct Rules {
    /// A patient's session ends after so long without refresh.
    pub patient_idle: chrono::TimeDelta,
    /// A staff member's session ends after so long without refresh.
    pub staff_idle: chrono::TimeDelta,
    /// Any session ends after so long.
    pub session_absolute: chrono::TimeDelta,
    /// How often signing in may be tried.
    pub throttle: Throttle,
    /// Who is of one of these roles has none of their rights before they have enrolled a second factor.
    pub mfa_required: Roles,
    /// A patient may cancel or move an appointment until so long before it begins.
    pub cancel_cutoff: chrono::TimeDelta,
    /// The clinic's IANA zone, for whatever has none of its own.
    pub zone: chrono_tz::Tz,
}

impl Rules {
    /// The roles that must have a second factor, as the configuration lists them.
    #[must_use]
    pub fn mfa_required(listed: &[RequiredRole]) -> Roles {
        listed.iter().fold(Roles::NONE, |roles, role| {
            roles.with(match role {
                RequiredRole::Patient => Roles::PATIENT,
                RequiredRole::Doctor => Roles::DOCTOR,
                RequiredRole::Admin => Roles::ADMIN,
                RequiredRole::Analyst => Roles::ANALYST,
                RequiredRole::Nobody => Roles::NONE,
            })
        })
    }
}

impl State {
    /// Writes as [`Db::write`] does, and with the change what the viewer's trail has noted until now: both are there or
    /// neither is. What was noted and is not done is kept with the answer, as failed.
    ///
    /// # Errors
    /// Those of [`Db::write`].
    pub async fn write<T, R, F>(&self, viewer: &Viewer, work: F) -> Outcome<T, R>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: for<'a> Fn(&'a mut Tx) -> TxFuture<'a, T, R> + Send + Sync + 'static,
    {
        let Some(trail) = viewer.trail() else {
            return self.db.write(work).await;
        };
        let lent = trail.lend();
        if lent.is_empty() {
            return self.db.write(work).await;
        }
        let entries = self.audit.insert_of(viewer, &lent)?;
        let outcome = self.db.write(move |tx| {
            tx.defer([entries.clone()]);
            work(tx)
        });
        let outcome = outcome.await;
        if matches!(outcome, Ok(Ok(_))) {
            self.audit.ring();
        } else {
            trail.give_back(lent);
        }
        outcome
    }

    /// Whether the viewer may do this to something about this patient. The relations are looked up only when the answer
    /// depends on them: having one never takes anything away.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn permits(
        &self,
        viewer: &Viewer,
        action: Action,
        patient: impl Into<PatientFacts>,
        resource: impl Fn(PatientFacts) -> Resource,
    ) -> Result<bool, Fault> {
        let unrelated = patient.into();
        let asked = resource(unrelated);
        let decision = decide(viewer, action, &asked);
        if decision.is_allowed() || !viewer.is(Roles::DOCTOR) {
            viewer.decided(action, &asked, decision);
            return Ok(decision.is_allowed());
        }
        let facts = self.facts(viewer, unrelated).await?;
        Ok(look(viewer, action, &resource(facts)).is_allowed())
    }

    /// The facts about a patient for this viewer. No statement unless the viewer is a doctor; many at once share one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn facts(
        &self,
        viewer: &Viewer,
        patient: impl Into<PatientFacts>,
    ) -> Result<PatientFacts, Fault> {
        let mut facts = patient.into();
        let doctor = viewer
            .actor()
            .filter(|actor| actor.roles.any_of(Roles::DOCTOR))
            .and_then(|actor| actor.doctor);
        if let Some(doctor) = doctor {
            let found = self.loaders.relations.load((doctor, facts.patient)).await?;
            let found = found.unwrap_or_default();
            facts.care_team = found.care_team;
            facts.appointment = found.appointment;
        }
        Ok(facts)
    }
}
