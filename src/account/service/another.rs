//! What the changes of another's account have in common: each is made once, in its turn, on the account as it was seen, and
//! whoever it shuts out is shut out with it.

use super::super::store;
use super::founding::ADMINISTRATORS;
use super::tell_changed;
use crate::access::Granted;
use crate::db::Tx;
use crate::error::{Fault, Outcome};
use crate::idempotency::{Key, claimed};
use crate::state::State;
use entity::id::{SessionId, UserId};
use entity::user;
use std::sync::Arc;

/// The idempotency key was used with another input.
pub(super) struct KeyReused;

/// The refusals of a verb that stand for what is refused deeper down.
macro_rules! refused_for {
    ($refusal:ident { $($cause:ident => $variant:ident),+ $(,)? }) => {$(
        impl From<$cause> for $refusal {
            fn from(_: $cause) -> Self {
                Self::$variant
            }
        }
    )+};
}
pub(super) use refused_for;

/// The key under which an answer is remembered, if the caller gave one. Cheap to clone: a transaction may be tried again.
pub(super) fn keyed(
    state: &State,
    actor: UserId,
    mutation: &'static str,
    key: Option<&str>,
    input: &str,
) -> Arc<Option<Key>> {
    Arc::new(key.map(|key| Key::new(&state.vault, actor, mutation, key, input.as_bytes())))
}

/// The account behind the lock that all changes of who may what wait for.
pub(super) enum Turn {
    /// The same change has been made before; this is what the account is now.
    Again(user::Model),
    /// It is to be made, if the account still is what it was seen as.
    First(user::Model),
}

/// Waits for the turn of a change of this account.
pub(super) async fn turn(
    tx: &Tx,
    key: Option<&Key>,
    granted: Granted,
    id: UserId,
) -> Outcome<Turn, KeyReused> {
    let before = crate::accept!(claimed(tx, key, id.0, KeyReused).await?);
    tx.lock(&[ADMINISTRATORS.to_owned()]).await?;
    let held = store::hold(tx, granted, id).await?.ok_or(Fault::NotFound)?;
    Ok(Ok(match before {
        Some(_) => Turn::Again(held),
        None => Turn::First(held),
    }))
}

/// Ends all sessions of an account that has changed, and says so: the last thing a transaction does.
pub(super) async fn shut_out(
    tx: &mut Tx,
    granted: Granted,
    user: &user::Model,
) -> Result<Vec<SessionId>, Fault> {
    let ended = store::end_sessions(tx, granted, user.id, None).await?;
    let ended: Vec<_> = ended.iter().map(|session| session.id).collect();
    tell_changed(tx, user, &ended).await?;
    Ok(ended)
}

/// Believes nothing any more of sessions that have ended.
pub(super) fn forget(state: &State, ended: Vec<SessionId>) {
    for session in ended {
        state.standings.forget(session);
    }
}
