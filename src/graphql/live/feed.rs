//! One subscriber's way through a stream: what they are told of each event, and that their right has ended.
//!
//! Most of them wait most of the time. What is done for an event is boxed, so that it takes no room while nothing happens.

use super::answers::{Key, Turn};
use super::seat::Sitter;
use super::{AccessEnded, CaughtUp, Change, Channel, Event, Handed, Message, Outlet, Told, loaded};
use crate::access::{Object, Permit, Viewer};
use crate::audit::Following as Shown;
use crate::auth::Stands;
use crate::clock::Clock;
use crate::error::Fault;
use crate::event::{Stream as Series, Subscription as Following, cursor};
use crate::graphql::ApiError;
use crate::state::State;
use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The longest that a feed waits without a look at the clock, which may be set while it waits.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Resolves when this time has come, which it never does if there is none.
async fn reached(clock: &Clock, until: Option<DateTime<Utc>>) {
    let Some(until) = until else {
        return std::future::pending().await;
    };
    while let Ok(left) = (until - clock.now()).to_std()
        && !left.is_zero()
    {
        tokio::time::sleep(left.min(LONGEST_WAIT)).await;
    }
}

/// Whom or what a stream is about.
fn object(series: &Series) -> Object {
    match series {
        Series::Patient(id) | Series::Access(id) => Object::Patient(*id),
        Series::Doctor(id) => Object::Doctor(*id),
        Series::User(id) => Object::User(*id),
        Series::Clinic => Object::Clinic,
    }
}

/// One subscriber's feed.
pub(super) struct Feed<C: Channel> {
    pub state: Arc<State>,
    pub viewer: Viewer,
    /// That the viewer's session stands and that they have the rights still that they were found with, once somebody vouched for it.
    pub stands: Option<Stands>,
    /// The name of the answers that may be shared.
    pub key: Option<Key>,
    /// Who follows, for the audit.
    pub shown: Arc<Shown>,
    /// A straight way to the subscriber, for whoever tells many.
    pub outlet: Option<Arc<dyn Outlet>>,
    pub series: Series,
    pub channel: Arc<C>,
    pub permit: Permit,
    /// None once the feed has ended.
    pub following: Option<Following>,
    pub waiting: VecDeque<Told<C::Message>>,
    /// Whether to say when the past has been delivered.
    pub announce: bool,
}

/// What there is for a subscriber now.
pub(super) enum Now {
    /// This.
    Handed(Handed),
    /// Nothing yet.
    Nothing,
    /// Nothing any more.
    Over,
}

impl<C: Channel> Feed<C> {
    /// The next message, if there is one.
    pub async fn now(&mut self) -> Now {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return Now::Handed(told::<C>(Ok(message)));
            }
            let Some(following) = self.following.as_mut() else {
                return Now::Over;
            };
            if self.announce && following.is_caught_up() {
                self.announce = false;
                let cursor = cursor::encode(self.state.vault.index(), &self.series, following.at());
                let caught_up = C::Message::from(CaughtUp { cursor });
                return Now::Handed(told::<C>(Ok(caught_up.into())));
            }
            let handed = tokio::select! {
                biased;
                () = reached(&self.state.clock, self.permit.until) => {
                    Box::pin(self.ended(Instant::now())).await
                }
                event = following.read() => match event {
                    Ok(Some(event)) => Box::pin(self.tell(&event)).await,
                    Ok(None) => return Now::Nothing,
                    Err(fault) => Err(fault),
                },
            };
            match handed {
                Ok(Some(handed)) => return Now::Handed(handed),
                // What is not told, because it may not be, is recorded all the same.
                Ok(None) => match Box::pin(self.state.audit.flush(&self.viewer)).await {
                    Ok(()) => {}
                    Err(fault) => return Now::Handed(self.fails(fault)),
                },
                Err(fault) => return Now::Handed(self.fails(fault)),
            }
        }
    }

    /// Waits until there may be more, or the right may have ended.
    ///
    /// # Errors
    /// When nothing comes any more.
    pub async fn more(&mut self) -> Result<(), Fault> {
        let Some(following) = self.following.as_mut() else {
            return Ok(());
        };
        tokio::select! {
            biased;
            () = reached(&self.state.clock, self.permit.until) => Ok(()),
            more = following.more() => more,
        }
    }

    /// Whether the feed may wait on a seat, where this many follow the stream at least: all that has happened is told, what it tells may
    /// be others' too, and its right does not end by itself.
    pub fn may_sit(&self, many: usize) -> bool {
        let following = self.following.as_ref();
        let is_there = following.is_some_and(|it| it.followers() >= many && !it.is_behind());
        is_there && self.key.is_some() && self.permit.until.is_none() && !self.announce
    }

    /// Tells again of what came after this place; nothing after the last message.
    pub fn tells_again(&mut self, after: i64) -> bool {
        let is_told = |it: &Following| it.at() != after;
        let goes_back = self.following.as_ref().is_some_and(is_told);
        if goes_back {
            self.stands_at(after);
        }
        goes_back
    }

    /// The last message: the client goes on from its last cursor; going on here would leave a hole.
    pub fn fails(&mut self, fault: Fault) -> Handed {
        self.following = None;
        told::<C>(Err(fault.into()))
    }

    /// Whether somebody vouches for it that the viewer's session stands at this time, and that they have the rights still that they
    /// were found with.
    pub fn stands_as_was(&mut self, now: DateTime<Utc>) -> bool {
        let state = &self.state;
        let standings = &state.standings;
        let stands = self.stands.as_ref();
        if stands.is_some_and(|it| standings.holds(it, now)) {
            return true;
        }
        self.stands = None;
        let Some(actor) = self.viewer.actor() else {
            return false;
        };
        if let Some((standing, stands)) = standings.stands(actor.session, now) {
            let is_now = standing.actor(actor.expires_at, state.rules.mfa_required);
            self.stands = is_now.has_the_rights_of(actor).then_some(stands);
        }
        self.stands.is_some()
    }

    /// The last message if the viewer may not follow any more: decided anew, on what is true now.
    async fn ended(&mut self, moment: Instant) -> Result<Option<Handed>, Fault> {
        self.viewer = self.state.refreshed(&self.viewer).await?;
        self.stands = None;
        self.viewer.at(moment);
        // That they may still follow shows them nothing: what the message shows is noted when it is made.
        let unseen = self.viewer.untracked();
        let permit = self
            .channel
            .may_follow(&self.state, &unseen, &self.series)
            .await?;
        if let Some(permit) = permit {
            self.permit = permit;
            return Ok(None);
        }
        self.following = None;
        self.viewer.denied(object(&self.series));
        let message = AccessEnded {
            message: "You may not follow this any more.".to_owned(),
        };
        Ok(Some(told::<C>(Ok(C::Message::from(message).into()))))
    }

    /// What this viewer is told of an event: decided anew each time.
    async fn tell(&mut self, delivery: &Arc<Event>) -> Result<Option<Handed>, Fault> {
        if let Some(last) = self.ended(delivery.arrived).await? {
            return Ok(Some(last));
        }
        let event = &delivery.event;
        let Some(kind) = self.channel.kind(event) else {
            return Ok(None);
        };
        let found = loaded::shared(&self.state, &self.channel, delivery).await?;
        let Some((thing, answers)) = found else {
            return Ok(None);
        };
        let channel = &self.channel;
        let seen = channel.may_see(&self.state, &self.viewer, kind, &thing);
        let seen = seen.await?;
        let (state, viewer) = (&self.state, &self.viewer);
        let mut lead = None;
        if let (true, Some(answers), Some(key)) = (seen, answers, &self.key) {
            let tally = &state.tally;
            match answers.turn(key, state, viewer).await? {
                Turn::Given(text) => {
                    tally.given.fetch_add(1, Ordering::Relaxed);
                    return Ok(Some(Handed::Written(text)));
                }
                Turn::First(first) => lead = Some(first),
                Turn::Alone => {}
            }
            tally.made.fetch_add(1, Ordering::Relaxed);
        }
        let change = Change {
            cursor: cursor::encode(state.vault.index(), &self.series, event.seq),
            kind,
            occurred_at: event.occurred_at,
            thing,
        };
        let message = match seen {
            true => Some(Told::to_many(channel.message(change), lead)),
            false => channel.taken_back(viewer, change).map(Told::from),
        };
        Ok(message.map(|message| told::<C>(Ok(message))))
    }
}

impl<C: Channel> Sitter for Feed<C> {
    fn at(&self) -> i64 {
        self.following.as_ref().map_or(i64::MAX, Following::at)
    }

    fn stands_at(&mut self, seq: i64) {
        if let Some(following) = &mut self.following {
            following.stands_at(seq);
        }
    }

    fn is_behind(&self) -> bool {
        self.following.as_ref().is_none_or(Following::is_behind)
    }
}

/// A message of this channel, or why there is none.
pub(super) fn told<C: Channel>(message: Result<Told<C::Message>, ApiError>) -> Handed {
    Handed::Message(Message::of(message))
}
