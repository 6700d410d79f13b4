//! From a token to a viewer, and whether a viewer still is one.

use super::store::{self, Issue};
use crate::access::{Actor, Viewer};
use crate::auth::{Access, Standing};
use crate::error::Fault;
use crate::state::State;
use chrono::TimeDelta;
use std::convert::Infallible;
use std::sync::Arc;

/// For how long after it was issued the first use of an access token is noted: longer than the rule that asks for it
/// looks back, by what two copies' clocks may differ.
const NOTED: TimeDelta = TimeDelta::seconds(40);

/// Who comes with this access token (the bare token, without `Bearer`).
///
/// # Errors
/// [`Fault::Unauthenticated`] when the token is none of ours, or its session has ended; [`Fault::Unavailable`] when the
/// session cannot be looked up.
pub async fn authenticate(state: &State, bearer: &str) -> Result<Viewer, Fault> {
    let access = state.tokens.verify(&state.clock, bearer)?;
    let standing = state.standings.of(access.session).await?;
    let Some(standing) = standing.filter(|standing| admits(state, standing, &access)) else {
        return Err(Fault::Unauthenticated);
    };
    if !stands(state, &access).await? {
        return Err(Fault::Unauthenticated);
    }
    let actor = standing.actor(access.expires_at, state.rules.mfa_required);
    Ok(Viewer::of(actor))
}

/// How the actor's session stands, if it does and their rights are what they were. While the database cannot be asked it does
/// not: a connection must not outlive its right because nobody could look.
pub async fn still_live(state: &State, actor: &Actor) -> Option<Arc<Standing>> {
    let standing = match state.standings.anew(actor.session).await {
        Ok(standing) => standing?,
        Err(fault) => {
            tracing::warn!(?fault, session.id = %actor.session, "Could not look up a session");
            return None;
        }
    };
    let now = standing.actor(actor.expires_at, state.rules.mfa_required);
    let stands = standing.is_live(state.clock.now()) && now.has_the_rights_of(actor);
    stands.then_some(standing)
}

fn admits(state: &State, standing: &Standing, access: &Access) -> bool {
    standing.is_live(state.clock.now())
        && standing.user == access.user
        && standing.user_epoch == access.epoch
}

/// Whether the access token still is the one its refresh gave out. The first use is noted: from then on the refresh token
/// before it is no longer taken from a client that says it lost its answer. If it was taken from one before, somebody
/// else may hold the answer that got lost, and this token with it.
///
/// The first token of a session has none before it. Late uses need no note, for by then nothing is taken back any more.
async fn stands(state: &State, access: &Access) -> Result<bool, Fault> {
    if access.name == access.session.0 {
        return Ok(true);
    }
    if let Some(stands) = state.standings.known_token(access.name) {
        return Ok(stands);
    }
    let (session, name) = (access.session, access.name);
    let issue = if state.clock.now() - access.issued_at > NOTED {
        store::issue(state.db.read(), session, name).await?
    } else {
        let noted = state.db.write::<_, Infallible, _>(move |tx| {
            Box::pin(async move { Ok(Ok(store::note_access(tx, session, name).await?)) })
        });
        let Ok(issue) = noted.await?;
        issue
    };
    let stands = issue == Issue::Stands;
    state.standings.know_token(name, stands);
    Ok(stands)
}
