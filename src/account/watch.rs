//! Waiting for the end of a session, for connections that outlive a request.
//!
//! Each connection holds such a wait, so what is asked of the database in between is boxed: it takes no room while it waits.

use super::authenticate::still_live;
use crate::access::Actor;
use crate::auth::{Standing, Vouching};
use crate::event::{Stream, Subscription};
use crate::state::State;
use chrono::DateTime;
use entity::code::EventKind;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait before following again after the log could not be read.
const PAUSE: Duration = Duration::from_millis(500);

/// Resolves once the actor's session has ended or their rights are no longer what they were; at once if so already.
/// It costs nothing while it waits: the account's stream rings when a session ends, on whichever copy that was. As long as it is
/// silent, whoever waits vouches for the session.
pub async fn until_ended(state: &State, actor: &Actor) {
    let stream = Stream::User(actor.user);
    loop {
        let following = Box::pin(state.hub.follow(stream, None)).await;
        // Asked after following: what ended before is seen here, what ends later is heard.
        state.standings.forget(actor.session);
        let Some(mut standing) = Box::pin(still_live(state, actor)).await else {
            return;
        };
        let Ok(Ok(mut following)) = following else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let mut vouching = vouch(state, &standing, &following);
        while let Ok(delivery) = following.next().await {
            drop(vouching);
            let kind = delivery.event.kind;
            if matches!(kind, EventKind::SessionRevoked | EventKind::UserUpdated) {
                state.standings.forget(actor.session);
                standing = match Box::pin(still_live(state, actor)).await {
                    Some(standing) => standing,
                    None => return,
                };
            }
            vouching = vouch(state, &standing, &following);
        }
        drop(vouching);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Vouches for a session whose rights only change with a word in the account's stream. Whoever has chosen no password yet, or lacks a
/// second factor, gains theirs without one.
fn vouch<'a>(
    state: &'a State,
    standing: &Arc<Standing>,
    following: &Subscription,
) -> Option<Vouching<'a>> {
    let now = standing.actor(DateTime::UNIX_EPOCH, state.rules.mfa_required);
    let has_all = now.roles == standing.roles;
    has_all.then(|| state.standings.vouch(standing, following.witness()))
}
