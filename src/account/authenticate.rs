//! From a token to a viewer, and whether a viewer still is one.

use super::store::{self, Issue};
use crate::access::{Actor, Viewer};
use crate::auth::{Access, Standing};
use crate::error::Fault;
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
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
    Ok(Viewer::of(actor(state, &standing, access.expires_at)))
}

/// The viewer as they are now: with the roles, clearance and records of this moment, and nobody in particular once their
/// session has ended. Whether their token is over is not asked here: whoever keeps a connection open knows when, and may
/// have been handed another since.
///
/// # Errors
/// [`Fault::Unavailable`] when the session cannot be looked up.
pub async fn refreshed(state: &State, viewer: &Viewer) -> Result<Viewer, Fault> {
    let Some(actor) = viewer.actor() else {
        return Ok(viewer.clone());
    };
    let Some(standing) = live(state, actor).await? else {
        return Ok(viewer.now(None));
    };
    let now = self::actor(state, &standing, actor.expires_at);
    Ok(if same_rights(actor, &now) {
        viewer.clone()
    } else {
        viewer.now(Some(now))
    })
}

/// Whether the actor's session still stands and their rights are what they were. While the database cannot be asked the
/// answer is no: a connection must not outlive its right because nobody could look.
pub async fn still_live(state: &State, actor: &Actor) -> bool {
    match live(state, actor).await {
        Ok(Some(standing)) => same_rights(actor, &self::actor(state, &standing, actor.expires_at)),
        Ok(None) => false,
        Err(fault) => {
            tracing::warn!(?fault, session.id = %actor.session, "Could not look up a session");
            false
        }
    }
}

async fn live(state: &State, actor: &Actor) -> Result<Option<Arc<Standing>>, Fault> {
    let standing = state.standings.of(actor.session).await?;
    Ok(standing.filter(|standing| standing.is_live(state.clock.now())))
}

fn actor(state: &State, standing: &Standing, expires_at: DateTime<Utc>) -> Actor {
    standing.actor(expires_at, state.rules.mfa_required)
}

fn admits(state: &State, standing: &Standing, access: &Access) -> bool {
    standing.is_live(state.clock.now())
        && standing.user == access.user
        && standing.user_epoch == access.epoch
}

fn same_rights(one: &Actor, other: &Actor) -> bool {
    (one.user, one.roles, one.clearance, one.patient, one.doctor)
        == (
            other.user,
            other.roles,
            other.clearance,
            other.patient,
            other.doctor,
        )
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
