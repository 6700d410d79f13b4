//! Refreshing a session: each refresh token works once.
//!
//! A token that was used before and comes again means one of two things. Either the client never got the answer: then it
//! comes soon, and nothing that it would have got has been used. Or there are two of it, and nobody can tell which is
//! the owner: then the session ends for both. That the session ends is committed although the answer is a refusal.

use super::super::client::Client;
use super::super::person::{self, Account};
use super::super::store;
use super::admission::admit_stranger;
use super::sign_in::{SignedIn, idle, issue};
use super::tell_ended;
use crate::access::{Act, Kinds, Object, Viewer};
use crate::auth::RefreshToken;
use crate::db::Tx;
use crate::error::{Fault, Outcome};
use crate::state::{Rules, State};
use chrono::{DateTime, TimeDelta, Utc};
use entity::cell::Digest;
use entity::id::{SessionId, UserId};
use entity::{refresh_token, session, user};

/// For how long a client that lost its answer may ask again.
const LOST: TimeDelta = TimeDelta::seconds(30);

/// Why a session was not refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshRefusal {
    /// The token is none of ours, was used before, or its session has ended: sign in again.
    InvalidRefreshToken,
    /// Too many tokens that are none of ours from this address; it may be as right as can be.
    TryLater,
}

/// The token is not good, and whose it was, if it is one of ours.
struct NotGood(Option<UserId>);

/// What became of a token.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all tokens rotate, and the value is moved twice"
)]
enum Rotation {
    /// The next one takes its place.
    Rotated(user::Model, session::Model),
    /// It had been used: the session has been ended.
    Ended(SessionId),
}

/// Exchanges a refresh token for the next one and an access token.
///
/// # Errors
/// Those of the database.
pub async fn refresh_session(
    state: &State,
    client: &Client,
    viewer: &Viewer,
    token: &str,
) -> Outcome<SignedIn, RefreshRefusal> {
    let Some(hash) = RefreshToken::digest_of(token) else {
        return refused(state, client, viewer, None).await;
    };
    let next = RefreshToken::generate();
    let next_hash = next.digest();
    let rules = state.rules.clone();
    let (audit, looked) = (state.audit.clone(), viewer.clone());
    let rotated = state.db.write(move |tx| {
        let (hash, next_hash, rules) = (hash.clone(), next_hash.clone(), rules.clone());
        let (audit, looked) = (audit.clone(), looked.clone());
        Box::pin(async move {
            let (user, rotation) = crate::accept!(rotate(tx, &hash, next_hash, &rules).await?);
            let (act, kinds) = match rotation {
                Rotation::Ended(_) => (Act::ReuseToken, Kinds::SESSIONS),
                Rotation::Rotated(..) => (Act::Refresh, Kinds::ACCOUNT.with(Kinds::SESSIONS)),
            };
            tx.defer(audit.note(&looked, (act, kinds, Object::User(user)), true)?);
            Ok(Ok::<_, NotGood>(rotation))
        })
    });
    let rotated = match rotated.await? {
        Ok(rotated) => rotated,
        Err(NotGood(whose)) => return refused(state, client, viewer, whose).await,
    };
    state.audit.ring();
    let (user, session) = match rotated {
        Rotation::Rotated(user, session) => (user, session),
        Rotation::Ended(session) => {
            state.standings.forget(session);
            tracing::warn!(session.id = %session, "A used refresh token came again; the session has ended");
            return Ok(Err(RefreshRefusal::InvalidRefreshToken));
        }
    };
    state.standings.forget(session.id);
    let name = RefreshToken::companion(&next.digest());
    let access = issue(state, &user, &session, name)?;
    Ok(Ok(SignedIn {
        account: Account(user),
        session,
        access,
        refresh: next,
        device_token: None,
    }))
}

/// Refuses a token, and leaves a row of that. Whose a token might have been that is none of ours is not known: only the
/// address can pay for this guess.
async fn refused<T>(
    state: &State,
    client: &Client,
    viewer: &Viewer,
    whose: Option<UserId>,
) -> Outcome<T, RefreshRefusal> {
    let object = whose.map_or(Object::Nothing, Object::User);
    viewer.does(Act::Refresh, Kinds::SESSIONS, object);
    let is_admitted = match whose {
        Some(_) => true,
        None => admit_stranger(state, client).await?,
    };
    Ok(Err(match is_admitted {
        true => RefreshRefusal::InvalidRefreshToken,
        false => RefreshRefusal::TryLater,
    }))
}

async fn rotate(
    tx: &mut Tx,
    hash: &Digest,
    next: Digest,
    rules: &Rules,
) -> Outcome<(UserId, Rotation), NotGood> {
    let Some(known) = store::token(tx, hash).await? else {
        return Ok(Err(NotGood(None)));
    };
    let Some(mut session) = store::hold_session(tx, known.session_id).await? else {
        return Ok(Err(NotGood(None)));
    };
    let Some(user) = store::within(tx, session.user_id).await? else {
        return Ok(Err(NotGood(None)));
    };
    let now = tx.clock().now();
    if !is_live(&session, &user, now) {
        return Ok(Err(NotGood(Some(user.id))));
    }
    let its_turn = store::use_up(tx, hash).await?;
    if !its_turn && !answer_was_lost(tx, session.id, hash, now).await? {
        if store::end_session(tx, user.id, session.id).await? {
            tell_ended(tx, user.id, [session.id]).await?;
        }
        return Ok(Ok((user.id, Rotation::Ended(session.id))));
    }
    let token = refresh_token::Model {
        hash: next,
        session_id: session.id,
        parent: Some(hash.clone()),
        issued_at: now,
        used_at: None,
        access_used_at: None,
        revoked: false,
    };
    store::insert_token(tx, token).await?;
    session.last_used_at = now;
    session.idle_expires_at = (now + idle(rules, user.roles)).min(session.expires_at);
    store::renew_session(tx, &session).await?;
    Ok(Ok((user.id, Rotation::Rotated(user, session))))
}

/// Whether the client may have its answer once more: it asks soon, and neither the token that it would have got nor the
/// access token beside it has been used. That token is taken back.
async fn answer_was_lost(
    tx: &Tx,
    session: SessionId,
    hash: &Digest,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    // Read again: another refresh may have gone through while this one waited for the session.
    let known = store::token(tx, hash).await?;
    let used_at = known
        .filter(|token| !token.revoked)
        .and_then(|token| token.used_at);
    if used_at.is_none_or(|at| now - at > LOST) {
        return Ok(false);
    }
    match store::live_child(tx, session, hash).await? {
        Some(child) => store::take_back(tx, &child.hash).await,
        None => Ok(false),
    }
}

fn is_live(session: &session::Model, user: &user::Model, now: DateTime<Utc>) -> bool {
    session.revoked_at.is_none()
        && now < session.idle_expires_at
        && now < session.expires_at
        && session.auth_epoch == user.auth_epoch
        && person::may_sign_in(user.status)
}
