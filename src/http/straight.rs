//! What is written and recorded, straight to a socket: past the stream of its operation, if it would come out of it next.

use super::live::LiveSession;
use super::router::Door;
use super::socket::{Current, Outlet};
use crate::graphql::live;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The straight way to the subscriber of one operation.
pub struct Straight {
    door: Arc<Door>,
    session: Current<LiveSession>,
    outlet: Outlet,
    /// Something that was made before is being recorded still.
    is_behind: AtomicBool,
}

impl Straight {
    /// The way of this session's operation.
    #[must_use]
    pub fn new(door: Arc<Door>, session: Current<LiveSession>, outlet: Outlet) -> Self {
        Self {
            door,
            session,
            outlet,
            is_behind: AtomicBool::new(false),
        }
    }

    /// Says whether something that was made has not come out of the operation's stream yet. Only whoever polls that stream says so.
    pub fn is_behind(&self, is_so: bool) {
        self.is_behind.store(is_so, Ordering::Release);
    }

    /// As the socket's own loop looks before it sends. Whether it was ended is for whoever tells many to look: they decided on it.
    fn session_holds(&self) -> bool {
        let now = self.door.engine.state().clock.now();
        let expires_at = self.session.with(LiveSession::expires_at);
        expires_at.is_some_and(|it| now < it)
    }
}

impl live::Outlet for Straight {
    fn give(&self, texts: &[&[u8]]) -> bool {
        let is_next = !self.is_behind.load(Ordering::Acquire);
        let is_given = is_next && self.session_holds() && self.outlet.send(texts);
        if is_given {
            let deliveries = &self.door.engine.state().db.meter().deliveries;
            texts.iter().for_each(|_| deliveries.one());
        }
        is_given
    }

    fn is_free(&self) -> bool {
        self.outlet.is_clear()
    }
}
