//! One subscriber: with their feed while they are told something, and on a seat of a choir, if they are many, while they wait.

use super::choir::{Choir, Membership};
use super::feed::{Feed, Now, told};
use super::seat::{Called, STALE, Sitter as _};
use super::{Channel, Handed};
use crate::batch::onward;
use crate::error::Fault;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use std::time::Instant;

/// How many follow a stream before they are told together. Most streams have one follower, who waits for its events alone: a seat
/// would be memory, and a task for each event.
const MANY: usize = 2;

/// One subscriber.
pub(super) struct Follower<C: Channel> {
    /// None while it is on the seat.
    feed: Option<Box<Feed<C>>>,
    membership: Option<Membership<C>>,
}

impl<C: Channel> Follower<C> {
    /// A subscriber who is with their feed.
    pub fn new(feed: Feed<C>) -> Self {
        Self {
            feed: Some(Box::new(feed)),
            membership: None,
        }
    }

    /// What they are told.
    pub fn messages(self) -> BoxStream<'static, Handed> {
        let messages = stream::unfold(self, |mut follower| async move {
            let message = follower.next().await?;
            Some((message, follower))
        });
        messages.boxed()
    }

    /// The next message, or none after the last.
    async fn next(&mut self) -> Option<Handed> {
        loop {
            let Some(feed) = &mut self.feed else {
                match self.membership.as_ref()?.seat().called().await {
                    Called::Given(text) => return Some(Handed::Recorded(text)),
                    Called::Away(feed) => self.feed = Some(feed),
                    Called::Failed(mut feed, fault) => {
                        let last = feed.fails(fault);
                        self.feed = Some(feed);
                        return Some(last);
                    }
                }
                continue;
            };
            let before = feed.at();
            match self.now().await {
                Ok((now, at)) => match now {
                    // It was decided on too long ago to be told.
                    Now::Handed(_) if at.elapsed() > STALE && self.tells_again(before) => {}
                    Now::Handed(handed) => return Some(handed),
                    Now::Over => return None,
                    Now::Nothing => {
                        self.sits();
                        if let Some(feed) = &mut self.feed
                            && let Err(fault) = feed.more().await
                        {
                            return Some(feed.fails(fault));
                        }
                    }
                },
                Err(fault) => {
                    self.membership = None;
                    return Some(told::<C>(Err(fault.into())));
                }
            }
        }
    }

    /// What there is now, and when that was known. It is found out though the subscriber may not read meanwhile; when that fails, the
    /// feed is lost.
    async fn now(&mut self) -> Result<(Now, Instant), Fault> {
        let Some(mut feed) = self.feed.take() else {
            return Err(Fault::internal("a follower without a feed"));
        };
        let now = onward(async move {
            let now = feed.now().await;
            (feed, now, Instant::now())
        });
        let (feed, now, at) = now.await?;
        self.feed = Some(feed);
        Ok((now, at))
    }

    fn tells_again(&mut self, after: i64) -> bool {
        let feed = self.feed.as_mut();
        feed.is_some_and(|feed| feed.tells_again(after))
    }

    /// Leaves the feed on a seat, if many follow and are told alike, and nothing has come meanwhile.
    fn sits(&mut self) {
        let Some(feed) = self.feed.take_if(|feed| feed.may_sit(MANY)) else {
            return;
        };
        if self.membership.is_none() {
            self.membership = Choir::join(&feed);
        }
        self.feed = match &self.membership {
            Some(membership) => membership.seat().sits(feed),
            None => Some(feed),
        };
    }
}
