//! Waiting for the end of a session, for connections that outlive a request.
//!
//! Each connection holds such a wait, so what is asked of the database in between is boxed: it takes no room while it waits.

use super::authenticate::still_live;
use crate::access::Actor;
use crate::event::Stream;
use crate::state::State;
use entity::code::EventKind;
use std::time::Duration;

/// How long to wait before following again after the log could not be read.
const PAUSE: Duration = Duration::from_millis(500);

/// Resolves once the actor's session has ended or their rights are no longer what they were; at once if so already.
/// It costs nothing while it waits: the account's stream rings when a session ends, on whichever copy that was.
pub async fn until_ended(state: &State, actor: &Actor) {
    let stream = Stream::User(actor.user);
    loop {
        let following = Box::pin(state.hub.follow(stream, None)).await;
        // Asked after following: what ended before is seen here, what ends later is heard.
        state.standings.forget(actor.session);
        if !Box::pin(still_live(state, actor)).await {
            return;
        }
        let Ok(Ok(mut following)) = following else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        while let Ok(delivery) = following.next().await {
            let kind = delivery.event.kind;
            if !matches!(kind, EventKind::SessionRevoked | EventKind::UserUpdated) {
                continue;
            }
            state.standings.forget(actor.session);
            if !Box::pin(still_live(state, actor)).await {
                return;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
