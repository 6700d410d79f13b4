//! The second step of signing in.
//!
//! A challenge belongs to one attempt: to the account whose password was right, under the epoch of that moment, for the
//! session that it would become. Five wrong codes burn it, and that they do is committed although the answer is a refusal.

use super::super::super::client::Client;
use super::super::super::person::{self, Account};
use super::super::super::store;
use super::super::admission::{admit, admit_stranger, subject_on};
use super::super::sign_in::{SignedIn, begin, first_token, opened_as};
use super::code::Typed;
use crate::access::{Act, Kinds, Object, Viewer};
use crate::auth::{Challenge, RefreshToken};
use crate::error::Outcome;
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use entity::cell::Sealed;
use entity::id::SessionId;
use entity::{mfa_challenge, user};

/// For how long a challenge can be answered.
const LIFE: TimeDelta = TimeDelta::minutes(5);
/// Wrong codes that burn it.
const WRONG: i32 = 5;

/// A challenge, with its secret.
#[derive(Clone)]
pub struct Challenged {
    /// What to answer with, beside the code.
    pub token: Challenge,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// A challenge to whoever knows this account's password, and its row.
pub(in super::super) fn challenge(
    state: &State,
    account: &Account,
    session: SessionId,
    device: Sealed,
) -> (Challenged, mfa_challenge::Model) {
    let token = Challenge::generate();
    let expires_at = state.clock.now() + LIFE;
    let row = mfa_challenge::Model {
        hash: token.digest(),
        user_id: account.0.id,
        auth_epoch: account.0.auth_epoch,
        session_id: session,
        device,
        wrong: 0,
        expires_at,
    };
    (Challenged { token, expires_at }, row)
}

/// The answer to a challenge.
#[derive(Clone)]
pub struct CompleteSignIn {
    /// The challenge's token.
    pub challenge: String,
    /// A one-time code or a recovery code, as somebody typed it.
    pub code: String,
    /// What the device was given when they signed in on it before.
    pub device_token: Option<String>,
}

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompleteSignInRefusal {
    /// The challenge is none of ours, was answered, burnt or is over, or the account may not sign in any more.
    InvalidChallenge,
    /// The code is not the account's, or was used before.
    InvalidCode,
    /// Too many tries of this account or address; it may be as right as can be.
    TryLater,
}

/// Signs somebody in who has been challenged.
///
/// # Errors
/// Those of the database.
pub async fn complete_sign_in(
    state: &State,
    client: &Client,
    viewer: &Viewer,
    command: CompleteSignIn,
) -> Outcome<SignedIn, CompleteSignInRefusal> {
    let known = match Challenge::digest_of(&command.challenge) {
        Some(hash) => store::challenge(&state.db, &hash).await?,
        None => None,
    };
    let now = state.clock.now();
    let Some((row, user)) = known.filter(|(row, user)| is_open(row, user, now)) else {
        viewer.does(Act::ProveFactor, Kinds::ACCOUNT, Object::Nothing);
        // Whose it might have been is not known: only the address can pay for this guess.
        return Ok(Err(if admit_stranger(state, client).await? {
            CompleteSignInRefusal::InvalidChallenge
        } else {
            CompleteSignInRefusal::TryLater
        }));
    };
    let device = command.device_token.as_deref();
    let subject = subject_on(state, &user.email_index, device);
    let act = (Act::ProveFactor, Kinds::ACCOUNT, Object::User(user.id));
    if !admit(state, client, &subject).await? {
        viewer.does(act.0, act.1, act.2);
        return Ok(Err(CompleteSignInRefusal::TryLater));
    }
    let account = Account(user);
    let typed = Typed::read(state, &account, &command.code).await?;
    let session = begin(state, &account.0, row.session_id, row.device);
    let refresh = RefreshToken::generate();
    let token = first_token(&session, &refresh);
    let hash = row.hash;
    let done = state.audit.note(viewer, act, true)?;
    let failed = state.audit.note(viewer, act, false)?;
    let completed = state.db.write(move |tx| {
        let (done, failed) = (done.clone(), failed.clone());
        let (hash, subject, typed) = (hash.clone(), subject.clone(), typed.clone());
        let (session, token) = (session.clone(), token.clone());
        Box::pin(async move {
            let Some(held) = store::hold_challenge(tx, &hash).await? else {
                return Ok(Err(CompleteSignInRefusal::InvalidChallenge));
            };
            let user = store::hold_proved(tx, held.user_id).await?;
            let now = tx.clock().now();
            let Some(user) = user.filter(|user| is_open(&held, user, now)) else {
                return Ok(Err(CompleteSignInRefusal::InvalidChallenge));
            };
            if !typed.take(tx, user.id).await? {
                store::count_wrong(tx, &held).await?;
                tx.defer(failed);
                return Ok(Ok(None));
            }
            store::delete_challenge(tx, &hash).await?;
            store::clear(tx, &subject).await?;
            store::insert_session(tx, session.clone()).await?;
            store::insert_token(tx, token).await?;
            tx.defer(done);
            Ok(Ok(Some((Account(user), session))))
        })
    });
    let Some((account, session)) = crate::accept!(completed.await?) else {
        return Ok(Err(CompleteSignInRefusal::InvalidCode));
    };
    Ok(Ok(opened_as(state, account, session, refresh)?))
}

/// Whether the challenge can still be answered. Whatever ends all sessions of an account raises its epoch, and ends its
/// challenges with them.
fn is_open(row: &mfa_challenge::Model, user: &user::Model, now: DateTime<Utc>) -> bool {
    now < row.expires_at
        && row.wrong < WRONG
        && row.auth_epoch == user.auth_epoch
        && user.mfa_enrolled_at.is_some()
        && person::may_sign_in(user.status)
}
