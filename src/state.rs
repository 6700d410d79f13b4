//! What every verb works with. It is made once, by `app`, and shared.

use crate::access::{
    Action, Actor, Likeness, Look, PatientFacts, Permit, Resource, Trail, Viewer, decide, look,
};
use crate::audit::{Audit, Rider};
use crate::auth::{Passwords, Standings, Throttle, Tokens};
use crate::clock::Clock;
use crate::config::RequiredRole;
use crate::db::{Db, Tx, TxFuture};
use crate::depot::Depot;
use crate::error::{Fault, Outcome};
use crate::event::Hub;
use crate::interaction::Interactions;
use crate::mail::Post;
use crate::scan::Scanner;
use crate::vault::Vault;
use crate::wake::Wake;

pub use crate::loaders::{Card, Face, Loaders};
use entity::code::{AlertLevel, Confidentiality, Roles};
use entity::id::{DoctorId, DocumentId, PatientId};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

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
    /// What is known of medications that do not go together.
    pub interactions: Arc<dyn Interactions>,
    /// How long sessions live, and other rules that the operator sets.
    pub rules: Rules,
    /// How often live answers were made, and given.
    pub tally: Tally,
    /// Whose times are to be looked at for those who wait.
    pub waitlist: Wake<DoctorId>,
    /// Where the bytes of files lie.
    pub depot: Depot,
    /// Who looks through files that are new.
    pub scanner: Scanner,
    /// Which files are to be looked through.
    pub scans: Wake<DocumentId>,
}

/// How live subscribers were answered.
#[derive(Debug, Default)]
pub struct Tally {
    /// By resolving what they asked for.
    pub made: AtomicU64,
    /// By what had been resolved for somebody alike.
    pub given: AtomicU64,
    /// Of those, how many were told together with others.
    pub together: AtomicU64,
    /// Of those, how many were sent by whoever told them.
    pub straight: AtomicU64,
    /// Events of which many were told before they were delivered the one before.
    pub in_runs: AtomicU64,
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
    /// For how long a time is held for somebody who has not booked it yet.
    pub hold: chrono::TimeDelta,
    /// For how long a time is held for somebody on the waiting list to whom it is offered.
    pub offer: chrono::TimeDelta,
    /// How many times a user may hold at once.
    pub holds_per_user: u64,
    /// How far out of bounds a reading must be to raise an alert.
    pub alerts_from: AlertLevel,
    /// When the next is called to an alert that nobody takes on.
    pub alert_pause: chrono::TimeDelta,
    /// What files may be brought.
    pub documents: DocumentRules,
    /// The clinic's IANA zone, for whatever has none of its own.
    pub zone: chrono_tz::Tz,
    /// What the clinic is called, and where it is.
    pub clinic: Clinic,
}

/// What files may be brought, and for how long they are given.
#[derive(Clone, Debug)]
pub struct DocumentRules {
    /// The most bytes that one can have.
    pub largest: i64,
    /// How many one user may bring within 24 hours.
    pub per_day: u64,
    /// For how long leave to bring one is good, and how long bringing it may take.
    pub ticket: chrono::TimeDelta,
    /// For how long a link to one is good.
    pub link: chrono::TimeDelta,
}

/// What may be said of the clinic to whoever reads a letter or a calendar: nothing of what it treats.
#[derive(Clone, Debug)]
pub struct Clinic {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub address: Option<String>,
}

impl Clinic {
    /// Both, on one line.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.address {
            Some(address) => format!("{}, {address}", self.name),
            None => self.name.clone(),
        }
    }
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
    /// The actor as they are now: with the roles, clearance and records of this moment, and none once their session has
    /// ended. Whether their token is over is not asked here: whoever keeps a connection open knows when, and may have been
    /// handed another since.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when the session cannot be looked up.
    pub async fn actor_now(&self, actor: &Actor) -> Result<Option<Actor>, Fault> {
        let now = self.clock.now();
        let standing = match self.standings.vouched(actor.session, now) {
            Some(standing) => Some(standing),
            None => self.standings.of(actor.session).await?,
        };
        let standing = standing.filter(|standing| standing.is_live(now));
        Ok(standing.map(|standing| standing.actor(actor.expires_at, self.rules.mfa_required)))
    }

    /// The viewer as they are now, and nobody in particular once their session has ended.
    ///
    /// # Errors
    /// Those of [`Self::actor_now`].
    pub async fn refreshed(&self, viewer: &Viewer) -> Result<Viewer, Fault> {
        let Some(actor) = viewer.actor() else {
            return Ok(viewer.clone());
        };
        Ok(match self.actor_now(actor).await? {
            Some(now) if now.has_the_rights_of(actor) => viewer.clone(),
            now => viewer.now(now),
        })
    }

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

    /// Who a patient is, for deciding; none of an erased one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn face(
        &self,
        viewer: &Viewer,
        patient: PatientId,
    ) -> Result<Option<Arc<Face>>, Fault> {
        match viewer.moment() {
            None => self.loaders.faces.load(patient).await,
            Some(moment) => self.loaders.faces_as_of.load(patient, moment).await,
        }
    }

    /// Whether the viewer is alike in all that somebody was asked for whom something was made: then it would have been made
    /// the same for them, and what they look at by being given it is noted on their trail.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn given(&self, viewer: &Viewer, likeness: &Likeness) -> Result<bool, Fault> {
        if !viewer.is_like(likeness) {
            return Ok(false);
        }
        let mut glass = Vec::new();
        for patient in likeness.related() {
            let unrelated = PatientFacts::unrelated(patient, Confidentiality::Normal);
            let facts = self.facts(viewer, unrelated).await?;
            if !likeness.is_related_as(&facts) {
                return Ok(false);
            }
            glass.push((patient, facts.break_glass));
        }
        let broken = |patient| {
            let of = glass.iter().find(|(one, _)| *one == patient);
            of.and_then(|(_, broken)| *broken)
        };
        viewer.given(likeness, broken);
        Ok(true)
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
        let Some((doctor, session)) = viewer.relating() else {
            return Ok(viewer.found(unrelated));
        };
        let key = (doctor, unrelated.patient);
        let Some(moment) = viewer.moment() else {
            let found = self.loaders.relations.load(key).await?;
            return Ok(viewer.found(found.unwrap_or_default().over(session, unrelated)));
        };
        let as_of = |moment| self.loaders.relations_as_of.load(key, moment);
        let found = as_of(moment).await?.unwrap_or_default();
        let facts = found.over(session, unrelated);
        // A relation that has ended by itself meanwhile is none, though nothing has happened.
        if facts.until.is_some_and(|until| until <= self.clock.now()) {
            let found = as_of(Instant::now()).await?.unwrap_or_default();
            return Ok(viewer.found(found.over(session, unrelated)));
        }
        Ok(viewer.found(facts))
    }
}
