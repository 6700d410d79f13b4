//! What every verb works with. It is made once, by `app`, and shared.

use crate::access::{Action, Look, PatientFacts, Permit, Resource, Trail, Viewer, decide, look};
use crate::audit::{Audit, Rider};
use crate::auth::{Passwords, Standings, Throttle, Tokens};
use crate::clock::Clock;
use crate::config::RequiredRole;
use crate::db::{Db, Tx, TxFuture};
use crate::error::{Fault, Outcome};
use crate::event::Hub;
use crate::mail::Post;
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
    /// What sends mail.
    pub post: Post,
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
    /// Whoever registers signs in only once their address is verified.
    pub require_verified_email: bool,
    /// Who is of one of these roles has none of their rights before they have enrolled a second factor.
    pub mfa_required: Roles,
    /// A patient may cancel or move an appointment until so long before it begins.
    pub cancel_cutoff: chrono::TimeDelta,
    /// How long a record stays open through broken glass.
    pub break_glass: chrono::TimeDelta,
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

/// What a trail has lent to a change. It is given back unless the change is known to be made: also when nobody waits for that
/// any more, for then it is not known. Rather twice in the audit than not at all.
struct Lent<'a> {
    trail: &'a Trail,
    looks: Vec<Look>,
}

impl<'a> Lent<'a> {
    fn by(trail: &'a Trail) -> Self {
        Self {
            looks: trail.lend(),
            trail,
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if !self.looks.is_empty() {
            self.trail.give_back(std::mem::take(&mut self.looks));
        }
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
        let lent = Lent::by(trail);
        if lent.looks.is_empty() {
            return self.db.write(work).await;
        }
        let entries = self.audit.insert_of(viewer, &lent.looks)?;
        let outcome = self.db.write(move |tx| {
            tx.defer([entries.clone()]);
            work(tx)
        });
        self.kept(lent, outcome.await)
    }

    /// The same for a change that is one statement of PostgreSQL's: `work` is given what is to ride along.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn write_at_once<T, R, F>(
        &self,
        viewer: &Viewer,
        work: impl FnOnce(Option<Rider>) -> F,
    ) -> Outcome<T, R>
    where
        F: Future<Output = Outcome<T, R>>,
    {
        let Some(trail) = viewer.trail() else {
            return work(None).await;
        };
        let lent = Lent::by(trail);
        if lent.looks.is_empty() {
            return work(None).await;
        }
        let rider = self.audit.rider_of(viewer, &lent.looks)?;
        let outcome = work(Some(rider)).await;
        self.kept(lent, outcome)
    }

    /// What was lent is durable if the change is; if not, it is to be recorded as failed.
    fn kept<T, R>(&self, mut lent: Lent<'_>, outcome: Outcome<T, R>) -> Outcome<T, R> {
        if matches!(outcome, Ok(Ok(_))) {
            lent.looks.clear();
            self.audit.ring();
        }
        outcome
    }

    /// Whether the viewer may do this to something about this patient.
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
        let permit = self.permit(viewer, action, patient, resource).await?;
        Ok(permit.is_some())
    }

    /// Leave to do this to something about this patient, with its end, if the viewer has it. The relations are looked up
    /// only when the answer depends on them: having one never takes anything away.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn permit(
        &self,
        viewer: &Viewer,
        action: Action,
        patient: impl Into<PatientFacts>,
        resource: impl Fn(PatientFacts) -> Resource,
    ) -> Result<Option<Permit>, Fault> {
        let unrelated = patient.into();
        let asked = resource(unrelated);
        let decision = decide(viewer, action, &asked);
        if decision.is_allowed() || !viewer.is(Roles::DOCTOR) {
            viewer.decided(action, &asked, decision);
            return Ok(decision.is_allowed().then(Permit::default));
        }
        let facts = self.facts(viewer, unrelated).await?;
        let allowed = look(viewer, action, &resource(facts)).is_allowed();
        Ok(allowed.then_some(Permit { until: facts.until }))
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
        let unrelated = patient.into();
        let doctor = viewer
            .actor()
            .filter(|actor| actor.roles.any_of(Roles::DOCTOR))
            .and_then(|actor| Some((actor.doctor?, actor.session)));
        let Some((doctor, session)) = doctor else {
            return Ok(unrelated);
        };
        let key = (doctor, unrelated.patient);
        let found = self.loaders.relations.load(key).await?;
        Ok(found.unwrap_or_default().over(session, unrelated))
    }
}
