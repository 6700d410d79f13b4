//! Signing in.
//!
//! Whether there is such an account shows in nothing: the count, the look-up, the hash and the answer are the same for
//! an unknown, a locked and a wrongly remembered one.

use super::super::client::Client;
use super::super::person::{self, Account};
use super::super::{email, store};
use super::admission::{admit, subject_on};
use super::second_factor::{Challenged, challenge};
use crate::access::{Act, Actor, Kinds, Object, Viewer};
use crate::auth::{Device, Issued, RefreshToken, Verdict};
use crate::error::{Fault, Outcome};
use crate::state::{Rules, State};
use chrono::{DateTime, TimeDelta, Utc};
use entity::cell::Sealed;
use entity::code::{Confidentiality, Roles};
use entity::id::SessionId;
use entity::{refresh_token, session, user};
use uuid::Uuid;

/// Somebody's claim to be the owner of an account.
#[derive(Clone)]
pub struct SignIn {
    /// The account's address, as they wrote it.
    pub email: String,
    /// The password, as they wrote it.
    pub password: String,
    /// What the device is to be called; what the client calls itself if absent.
    pub device: Option<String>,
    /// What the device was given when they signed in on it before.
    pub device_token: Option<String>,
}

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInRefusal {
    /// No such account, not its password, or it may not sign in: which of them is not said.
    InvalidCredentials,
    /// Too many tries of this account or address; it may be as right as can be.
    TryLater,
}

/// A session with the two secrets that belong to it.
#[derive(Clone)]
pub struct SignedIn {
    /// Whose session it is.
    pub account: Account,
    /// The session.
    pub session: session::Model,
    /// For requests, a few minutes.
    pub access: Issued,
    /// For the next access token, once.
    pub refresh: RefreshToken,
    /// For signing in on this device again, while strangers guess; of who has just signed in.
    pub device_token: Option<String>,
}

impl SignedIn {
    /// Who has just proved to be somebody, for looking at what they get, on the trail of the request that began without
    /// them. It is no actor for anything else: what is theirs by being a patient or a doctor is read at the next request.
    #[must_use]
    pub fn viewer(&self, before: &Viewer) -> Viewer {
        before.now(Some(Actor {
            user: self.account.0.id,
            session: self.session.id,
            roles: Roles::NONE,
            clearance: Confidentiality::Normal,
            patient: None,
            doctor: None,
            expires_at: self.access.expires_at,
        }))
    }
}

/// What a right password gives.
#[expect(
    clippy::large_enum_variant,
    reason = "it is made once a sign-in and moved twice"
)]
pub enum SignInAnswer {
    /// A session: the account has no second factor.
    SignedIn(SignedIn),
    /// A challenge, to be answered with the second factor.
    Challenged(Challenged),
}

/// Signs somebody in, or asks them for their second factor.
///
/// # Errors
/// [`Fault::Unavailable`] when too many passwords wait to be checked.
pub async fn sign_in(
    state: &State,
    client: &Client,
    viewer: &Viewer,
    command: SignIn,
) -> Outcome<SignInAnswer, SignInRefusal> {
    let outcome = admitted(state, client, viewer, command).await;
    if let Ok(Err(refusal)) = &outcome {
        let reason = match refusal {
            SignInRefusal::TryLater => "throttled",
            _ => "credentials",
        };
        state.db.meter().sign_ins_refused.one(reason);
    }
    outcome
}

async fn admitted(
    state: &State,
    client: &Client,
    viewer: &Viewer,
    command: SignIn,
) -> Outcome<SignInAnswer, SignInRefusal> {
    let index = email::index_of(&state.vault, &command.email);
    let subject = subject_on(state, &index, command.device_token.as_deref());
    if !admit(state, client, &subject).await? {
        viewer.does(Act::SignIn, Kinds::ACCOUNT, Object::Nothing);
        return Ok(Err(SignInRefusal::TryLater));
    }
    let known = store::by_email(&state.db, &index).await?;
    let object = known.as_ref().map(|user| Object::User(user.id));
    viewer.does(
        Act::SignIn,
        Kinds::ACCOUNT,
        object.unwrap_or(Object::Nothing),
    );
    let hash = known.as_ref().map(|user| person::phc(&user.password_hash));
    let verdict = state.passwords.verify(&command.password, hash).await?;
    let (Some(user), Verdict::Right { rehash }) = (known, verdict) else {
        return Ok(Err(SignInRefusal::InvalidCredentials));
    };
    // Whoever registered with a stranger's address is told no more than whoever mistyped a password.
    if !person::may_sign_in(user.status) || !person::is_reached(&user, &state.rules) {
        return Ok(Err(SignInRefusal::InvalidCredentials));
    }
    let stronger = if rehash {
        let phc = state.passwords.hash(&command.password).await?;
        let temporary = person::is_temporary(&user.password_hash);
        Some(if temporary {
            person::temporary(&phc)
        } else {
            phc
        })
    } else {
        None
    };
    let device = client.device_name(command.device.as_deref());
    let account = Account(user);
    let id: SessionId = state.clock.new_id();
    let device = account.seal_device(&state.vault, id, &device)?;
    let (challenged, challenge) = challenge(state, &account, id, device.clone());
    let session = begin(state, &account.0, id, device);
    let refresh = RefreshToken::generate();
    let token = first_token(&session, &refresh);
    let verified = account.0;
    let opened = state.write(viewer, move |tx| {
        let (verified, mut session) = (verified.clone(), session.clone());
        let mut challenge = challenge.clone();
        let (token, subject, stronger) = (token.clone(), subject.clone(), stronger.clone());
        Box::pin(async move {
            // What was verified must still be so: the password may have changed while it was being hashed. Held, so that
            // nobody enrols a second factor between this look and the session.
            let now = store::hold_proved(tx, verified.id).await?.filter(|now| {
                now.password_hash == verified.password_hash && person::may_sign_in(now.status)
            });
            let Some(now) = now else {
                return Ok(Err(SignInRefusal::InvalidCredentials));
            };
            if let Some(hash) = stronger {
                store::rehash(tx, now.id, &verified.password_hash, hash).await?;
            }
            if now.mfa_enrolled_at.is_some() {
                // The count of failures stays: a right password pays for no guesses at the second factor.
                challenge.auth_epoch = now.auth_epoch;
                store::insert_challenge(tx, challenge).await?;
                return Ok(Ok((Account(now), None)));
            }
            session.auth_epoch = now.auth_epoch;
            store::clear(tx, &subject).await?;
            store::insert_session(tx, session.clone()).await?;
            store::insert_token(tx, token).await?;
            Ok(Ok((Account(now), Some(session))))
        })
    });
    let (account, session) = crate::accept!(opened.await?);
    Ok(Ok(match session {
        Some(session) => SignInAnswer::SignedIn(opened_as(state, account, session, refresh)?),
        None => SignInAnswer::Challenged(challenged),
    }))
}

/// The secrets of a session that was just written.
pub(super) fn opened_as(
    state: &State,
    account: Account,
    session: session::Model,
    refresh: RefreshToken,
) -> Result<SignedIn, Fault> {
    tracing::info!(user.id = %account.0.id, session.id = %session.id, "Signed in");
    // The first access token of a session is named after it.
    let access = issue(state, &account.0, &session, session.id.0)?;
    let device = Device::generate();
    let device_token = device.token(state.vault.index(), &account.0.email_index);
    Ok(SignedIn {
        account,
        session,
        access,
        refresh,
        device_token: Some(device_token),
    })
}

/// A session that begins now, its owner having just proved who they are.
pub(super) fn begin(
    state: &State,
    user: &user::Model,
    id: SessionId,
    device: Sealed,
) -> session::Model {
    let now = state.clock.now();
    let expires_at = now + state.rules.session_absolute;
    session::Model {
        id,
        user_id: user.id,
        auth_epoch: user.auth_epoch,
        device,
        proved_at: Some(now),
        created_at: now,
        last_used_at: now,
        idle_expires_at: (now + idle(&state.rules, user.roles)).min(expires_at),
        expires_at,
        revoked_at: None,
    }
}

pub(super) fn first_token(
    session: &session::Model,
    refresh: &RefreshToken,
) -> refresh_token::Model {
    refresh_token::Model {
        hash: refresh.digest(),
        session_id: session.id,
        parent: None,
        issued_at: session.created_at,
        used_at: None,
        access_used_at: None,
        revoked: false,
    }
}

/// For how long a session of somebody of these roles lasts without being refreshed: whoever is more than a patient sees
/// more than one record.
pub(super) fn idle(rules: &Rules, roles: Roles) -> TimeDelta {
    if roles == Roles::PATIENT {
        rules.patient_idle
    } else {
        rules.staff_idle
    }
}

/// An access token for this session, under the epoch that the session has.
pub(super) fn issue(
    state: &State,
    user: &user::Model,
    session: &session::Model,
    name: Uuid,
) -> Result<Issued, Fault> {
    let latest: DateTime<Utc> = session.expires_at.min(session.idle_expires_at);
    let epoch = session.auth_epoch;
    state
        .tokens
        .issue(&state.clock, user.id, session.id, name, epoch, latest)
}
