//! Who a session is, as the database said a moment ago.
//!
//! Each request and each delivery asks whether its session still stands. The answer is kept for less than half a
//! second, so that a burst costs no statement and yet a session that ends anywhere is over everywhere within one; on
//! the copy where it ends it is forgotten at once. Sessions that miss are looked up together.

use super::vouched::{Stands, Vouched, Vouching};
use crate::access::Actor;
use crate::batch::Batcher;
use crate::error::Fault;
use crate::event::Witness;
use crate::recent::Recent;
use chrono::{DateTime, Utc};
use entity::code::{Confidentiality, Roles, UserStatus};
use entity::id::{DoctorId, PatientId, SessionId, UserId};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long an answer is believed. A session has to be over everywhere within a second of its end.
const BELIEVED: Duration = Duration::from_millis(400);
/// How long it is remembered that an access token has been seen; longer than the rule that asks for it looks back.
const REMEMBERED: Duration = Duration::from_secs(120);
/// Sessions kept at most.
const MOST: u64 = 100_000;

/// A session and its user, as one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The user's epoch when the session began.
    pub session_epoch: i32,
    /// The user's epoch now.
    pub user_epoch: i32,
    /// When the session ends unless refreshed before.
    pub idle_expires_at: DateTime<Utc>,
    /// When the session ends whatever happens.
    pub expires_at: DateTime<Utc>,
    /// When the session was ended before its time.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// What the user may be.
    pub roles: Roles,
    /// Whether the user has enrolled a second factor.
    pub mfa_enrolled: bool,
    /// Up to which confidentiality the user may read.
    pub clearance: Confidentiality,
    /// The record that is the user's, if any.
    pub patient: Option<PatientId>,
    /// The doctor that the user is, if any.
    pub doctor: Option<DoctorId>,
}

impl Standing {
    /// Whether the session is live: not ended, not over, of the current epoch, of a user who may sign in.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none()
            && now < self.idle_expires_at
            && now < self.expires_at
            && self.session_epoch == self.user_epoch
            && matches!(self.status, UserStatus::Active | UserStatus::Invited)
    }

    /// The user as an actor until `expires_at`. Some are nobody yet: who was invited has no role until they have chosen a
    /// password of their own, nor has who is of a role in `mfa_required` until they have enrolled a second factor.
    #[must_use]
    pub fn actor(&self, expires_at: DateTime<Utc>, mfa_required: Roles) -> Actor {
        let lacks_mfa = !self.mfa_enrolled && self.roles.any_of(mfa_required);
        let roles = if self.status == UserStatus::Active && !lacks_mfa {
            self.roles
        } else {
            Roles::NONE
        };
        Actor {
            user: self.user,
            session: self.session,
            roles,
            clearance: self.clearance,
            patient: self.patient,
            doctor: self.doctor,
            expires_at,
        }
    }
}

/// The sessions that were asked for lately.
pub struct Standings {
    known: Recent<SessionId, Option<Arc<Standing>>>,
    look_up: Batcher<SessionId, Arc<Standing>>,
    vouched: Vouched,
    seen: Recent<Uuid, bool>,
}

impl Standings {
    /// Over a look-up that finds sessions by their ids.
    #[must_use]
    pub fn new(look_up: Batcher<SessionId, Arc<Standing>>) -> Self {
        Self {
            known: Recent::new(MOST, BELIEVED),
            look_up,
            vouched: Vouched::default(),
            seen: Recent::new(MOST, REMEMBERED),
        }
    }

    /// How the session stands, or none when there is no such session.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when it is not known and cannot be looked up.
    pub async fn of(&self, session: SessionId) -> Result<Option<Arc<Standing>>, Fault> {
        if let Some(known) = self.known.get(&session) {
            return Ok(known);
        }
        self.anew(session).await
    }

    /// The same, asked of the database now: whatever a question from before is answered meanwhile.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when it cannot be looked up.
    pub async fn anew(&self, session: SessionId) -> Result<Option<Arc<Standing>>, Fault> {
        let found = self.look_up.load(session).await?;
        if let Some(found) = &found {
            self.vouched.learn(found);
        }
        self.known.insert(session, found.clone());
        Ok(found)
    }

    /// How the session stands, if a connection of it vouches for that: then nothing is asked of the database. What has ended by
    /// itself nobody vouches for.
    #[must_use]
    pub fn vouched(&self, session: SessionId, now: DateTime<Utc>) -> Option<Arc<Standing>> {
        Some(self.stands(session, now)?.0)
    }

    /// The same, for whoever asks often: whether it is so [still](Self::holds) costs them less.
    #[must_use]
    pub fn stands(
        &self,
        session: SessionId,
        now: DateTime<Utc>,
    ) -> Option<(Arc<Standing>, Stands)> {
        let found = self.vouched.of(session)?;
        found.0.is_live(now).then_some(found)
    }

    /// Whether a session stands now as it was found; if not, it is to be looked up again.
    #[must_use]
    pub fn holds(&self, stands: &Stands, now: DateTime<Utc>) -> bool {
        self.vouched.holds(stands, now)
    }

    /// Vouches for how the session stands, which was found out after the account's stream was followed; until that is dropped, or
    /// the session forgotten.
    pub fn vouch(&self, standing: &Arc<Standing>, witness: Witness) -> Vouching<'_> {
        self.vouched.vouch(Arc::clone(standing), witness)
    }

    /// Asks anew next time: this session has just changed or ended.
    pub fn forget(&self, session: SessionId) {
        self.vouched.forget(session);
        self.known.forget(&session);
    }

    /// What this copy has found out of the access token of this name, if it has seen it a moment ago: whether it stands,
    /// or has been taken back.
    pub(crate) fn known_token(&self, access_token: Uuid) -> Option<bool> {
        self.seen.get(&access_token)
    }

    /// Remembers whether an access token stands.
    pub(crate) fn know_token(&self, access_token: Uuid, stands: bool) {
        self.seen.insert(access_token, stands);
    }
}

#[cfg(test)]
mod tests {
    use super::{Standing, Standings};
    use crate::batch::Batcher;
    use chrono::{DateTime, TimeDelta, Utc};
    use entity::code::{Confidentiality, Roles, UserStatus};
    use entity::id::{SessionId, UserId};
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use uuid::Uuid;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn standing() -> Standing {
        Standing {
            session: SessionId(Uuid::from_u128(1)),
            user: UserId(Uuid::from_u128(2)),
            session_epoch: 3,
            user_epoch: 3,
            idle_expires_at: noon() + TimeDelta::minutes(15),
            expires_at: noon() + TimeDelta::hours(12),
            revoked_at: None,
            status: UserStatus::Active,
            roles: Roles::ADMIN,
            mfa_enrolled: false,
            clearance: Confidentiality::Normal,
            patient: None,
            doctor: None,
        }
    }

    #[test]
    fn a_session_ends_by_idleness_age_revocation_epoch_and_status() {
        let live = standing();
        assert!(live.is_live(noon()));
        assert!(!live.is_live(live.idle_expires_at));
        let ended = [
            Standing {
                expires_at: noon(),
                ..live.clone()
            },
            Standing {
                revoked_at: Some(noon()),
                ..live.clone()
            },
            Standing {
                user_epoch: 4,
                ..live.clone()
            },
            Standing {
                status: UserStatus::Locked,
                ..live.clone()
            },
            Standing {
                status: UserStatus::Disabled,
                ..live.clone()
            },
        ];
        for one in ended {
            assert!(!one.is_live(noon()), "{one:?}");
        }
    }

    #[test]
    fn an_invited_administrator_has_no_role_yet() {
        let mut standing = standing();
        let roles = |standing: &Standing| standing.actor(noon(), Roles::NONE).roles;
        assert_eq!(roles(&standing), Roles::ADMIN);
        standing.status = UserStatus::Invited;
        assert!(standing.is_live(noon()));
        assert_eq!(roles(&standing), Roles::NONE);
    }

    #[test]
    fn who_must_have_a_second_factor_has_no_role_before() {
        let mut standing = standing();
        let required = Roles::DOCTOR.with(Roles::ADMIN);
        assert_eq!(standing.actor(noon(), required).roles, Roles::NONE);
        assert_eq!(standing.actor(noon(), Roles::DOCTOR).roles, Roles::ADMIN);
        // One role that asks for it is enough, and takes the others with it.
        standing.roles = Roles::ADMIN.with(Roles::PATIENT);
        assert_eq!(standing.actor(noon(), required).roles, Roles::NONE);
        standing.mfa_enrolled = true;
        assert_eq!(standing.actor(noon(), required).roles, standing.roles);
    }

    #[tokio::test]
    async fn a_burst_is_looked_up_once_and_again_after_being_forgotten() {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let standings = Arc::new(Standings::new(Batcher::new(move |keys: Vec<SessionId>| {
            counted.fetch_add(1, Ordering::SeqCst);
            let found: HashMap<_, _> = keys
                .into_iter()
                .map(|key| (key, Arc::new(standing())))
                .collect();
            async move { Ok(found) }
        })));
        let id = standing().session;
        let burst: Vec<_> = (0..50)
            .map(|_| {
                let standings = Arc::clone(&standings);
                tokio::spawn(async move { standings.of(id).await.unwrap().is_some() })
            })
            .collect();
        for one in burst {
            assert!(one.await.unwrap());
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        standings.forget(id);
        assert!(standings.of(id).await.unwrap().is_some());
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }
}
