//! Telling one after the other what somebody alike is told of an event. Each is decided on by themselves; it is all at hand, or it
//! is left to their own feed, which may wait for it.

use super::answers::{AtHand, Key};
use super::feed::Feed;
use super::{Channel, Event, loaded};
use crate::audit::Together;
use crate::state::State;
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use std::sync::Arc;

/// What one is told.
pub(super) enum Alike {
    /// This, which was written for somebody alike.
    Given(Arc<[u8]>),
    /// Nothing.
    Silent,
    /// Something that nobody alike has been told.
    Unlike,
    /// What their own feed tells them.
    Own,
}

/// What is loaded for an event and was answered of it.
pub(super) struct Known<C: Channel> {
    /// None when it is no more.
    thing: Option<C::Thing>,
    pub answers: AtHand,
}

impl<C: Channel> Known<C> {
    /// What is known of it now; nothing before somebody has loaded it.
    pub fn of(event: &Event, key: &Key) -> Option<Self> {
        let (thing, answers) = loaded::at_hand::<C>(event)?;
        let answers = answers.at_hand(key);
        Some(Self { thing, answers })
    }

    /// Whether somebody was answered, or nobody will be with what others may be given.
    pub fn is_answered(&self) -> bool {
        self.thing.is_none() || self.answers.is_all || !self.answers.answers.is_empty()
    }
}

/// One event, as some are told of it.
pub(super) struct Telling<'a, C: Channel> {
    event: &'a Event,
    known: Option<&'a Known<C>>,
    now: DateTime<Utc>,
    /// What they are shown.
    pub together: Together,
}

impl<'a, C: Channel> Telling<'a, C> {
    /// Nobody has been told yet.
    pub fn new(state: &State, event: &'a Event, known: Option<&'a Known<C>>) -> Self {
        Self {
            event,
            known,
            now: state.clock.now(),
            together: Together::default(),
        }
    }

    /// What whoever has this feed is told, and what they are shown by that; as their feed would decide it.
    pub fn alike(&mut self, feed: &mut Feed<C>) -> Alike {
        // Whoever's right ends at a time is told so by their own feed.
        if feed.permit.until.is_some() || !feed.stands_as_was(self.now) {
            return Alike::Own;
        }
        let state = &feed.state;
        feed.viewer.at(self.event.arrived);
        let unseen = feed.viewer.untracked();
        let may_follow = feed.channel.may_follow(state, &unseen, &feed.series);
        match may_follow.now_or_never() {
            Some(Ok(Some(permit))) if permit.until.is_none() => {}
            _ => return Alike::Own,
        }
        let Some(kind) = feed.channel.kind(&self.event.event) else {
            return Alike::Silent;
        };
        let Some(known) = self.known else {
            return Alike::Unlike;
        };
        let Some(thing) = &known.thing else {
            return Alike::Silent;
        };
        let may_see = feed.channel.may_see(state, &feed.viewer, kind, thing);
        if !matches!(may_see.now_or_never(), Some(Ok(true))) {
            return Alike::Own;
        }
        let is_given = |likeness| {
            let given = state.given(&feed.viewer, likeness).now_or_never();
            matches!(given, Some(Ok(true)))
        };
        let mut answers = known.answers.answers.iter();
        let Some(answer) = answers.find(|it| is_given(&it.likeness)) else {
            return Alike::Unlike;
        };
        let gathered = state
            .audit
            .gather(&mut self.together, &feed.viewer, &feed.shown);
        match gathered {
            Ok(()) => Alike::Given(Arc::clone(&answer.text)),
            Err(_) => Alike::Own,
        }
    }
}
