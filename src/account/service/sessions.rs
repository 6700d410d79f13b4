//! Seeing and ending sessions: one's own, and for administrators anyone's.

use super::super::store;
use super::another::KeyReused;
use super::tell_ended;
use crate::access::{Action, Granted, Resource, Viewer, require};
use crate::error::{Fault, Outcome};
use crate::idempotency::{Key, claimed};
use crate::state::State;
use entity::id::{SessionId, UserId};
use entity::session;
use std::sync::Arc;

/// Ends the session that the viewer came with.
#[derive(Clone, Debug, Default)]
pub struct SignOut {
    /// The same key and input answer the same.
    pub idempotency_key: Option<String>,
}

/// Ends one session.
#[derive(Clone, Debug)]
pub struct RevokeSession {
    /// Which.
    pub session: SessionId,
    /// The same key and input answer the same.
    pub idempotency_key: Option<String>,
}

/// Ends all sessions of an account but the one that the viewer came with.
#[derive(Clone, Debug)]
pub struct RevokeOtherSessions {
    /// Whose; the viewer's if absent.
    pub user: Option<UserId>,
    /// The same key and input answer the same.
    pub idempotency_key: Option<String>,
}

/// Why a session was not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeRefusal {
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<KeyReused> for RevokeRefusal {
    fn from(_: KeyReused) -> Self {
        Self::IdempotencyKeyReused
    }
}

/// A session, live or not, of the viewer or (for administrators) of anyone.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that the viewer may see.
pub async fn session(
    state: &State,
    viewer: &Viewer,
    id: SessionId,
) -> Result<session::Model, Fault> {
    viewer.signed_in()?;
    let found = store::session(&state.db, id)
        .await?
        .ok_or(Fault::NotFound)?;
    require(viewer, Action::Read, &Resource::Sessions(found.user_id))?;
    Ok(found)
}

/// The live sessions of an account, the newest first, at most 100.
///
/// # Errors
/// [`Fault::NotFound`] when the viewer may not see them.
pub async fn sessions(
    state: &State,
    viewer: &Viewer,
    user: UserId,
) -> Result<Vec<session::Model>, Fault> {
    let granted = require(viewer, Action::Read, &Resource::Sessions(user))?;
    store::live_sessions(&state.db, granted, user).await
}

/// Ends the session that the viewer came with.
///
/// # Errors
/// [`Fault::Unauthenticated`] when nobody is signed in.
pub async fn sign_out(
    state: &State,
    viewer: &Viewer,
    command: SignOut,
) -> Outcome<session::Model, RevokeRefusal> {
    let id = viewer.signed_in()?.session;
    end(state, viewer, "signOut", id, command.idempotency_key).await
}

/// Ends one session of the viewer or (for administrators) of anyone. One that is over already stays as it is.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that the viewer may see.
pub async fn revoke_session(
    state: &State,
    viewer: &Viewer,
    command: RevokeSession,
) -> Outcome<session::Model, RevokeRefusal> {
    let id = command.session;
    end(state, viewer, "revokeSession", id, command.idempotency_key).await
}

async fn end(
    state: &State,
    viewer: &Viewer,
    mutation: &'static str,
    id: SessionId,
    idempotency_key: Option<String>,
) -> Outcome<session::Model, RevokeRefusal> {
    let actor = viewer.signed_in()?.user;
    let found = session(state, viewer, id).await?;
    let owner = found.user_id;
    require(viewer, Action::Update, &Resource::Sessions(owner))?;
    let key = Arc::new(
        idempotency_key.map(|key| Key::new(&state.vault, actor, mutation, &key, id.0.as_bytes())),
    );
    let ended = state.write::<_, RevokeRefusal, _>(viewer, move |tx| {
        let key = Arc::clone(&key);
        Box::pin(async move {
            crate::accept!(claimed(tx, key.as_ref().as_ref(), id.0, KeyReused).await?);
            if store::end_session(tx, owner, id).await? {
                tell_ended(tx, owner, [id]).await?;
            }
            Ok(Ok(()))
        })
    });
    crate::accept!(ended.await?);
    state.standings.forget(id);
    tracing::info!(user.id = %owner, session.id = %id, "Ended session {id}");
    Ok(Ok(session(state, viewer, id).await?))
}

/// Ends all sessions of an account but the viewer's own, and says which.
///
/// # Errors
/// [`Fault::NotFound`] when the viewer may not see the account's sessions.
pub async fn revoke_other_sessions(
    state: &State,
    viewer: &Viewer,
    command: RevokeOtherSessions,
) -> Outcome<Vec<session::Model>, RevokeRefusal> {
    let actor = viewer.signed_in()?;
    let (owner, but) = (command.user.unwrap_or(actor.user), actor.session);
    let granted: Granted = require(viewer, Action::Update, &Resource::Sessions(owner))?;
    let key = Arc::new(command.idempotency_key.map(|key| {
        let input = owner.0.as_bytes();
        Key::new(&state.vault, actor.user, "revokeOtherSessions", &key, input)
    }));
    let ended = state.write::<_, RevokeRefusal, _>(viewer, move |tx| {
        let key = Arc::clone(&key);
        Box::pin(async move {
            let before =
                crate::accept!(claimed(tx, key.as_ref().as_ref(), owner.0, KeyReused).await?);
            if before.is_some() {
                // What began since the first time is not meant by the second.
                return Ok(Ok(Vec::new()));
            }
            let ended = store::end_sessions(tx, granted, owner, Some(but)).await?;
            tell_ended(tx, owner, ended.iter().map(|session| session.id)).await?;
            Ok(Ok(ended))
        })
    });
    let ended: Vec<session::Model> = crate::accept!(ended.await?);
    for session in &ended {
        state.standings.forget(session.id);
    }
    tracing::info!(user.id = %owner, sessions = ended.len(), "Ended the other sessions");
    Ok(Ok(ended))
}
