//! One subscriber: with their feed while they are told something, and on a seat of a choir, if they are many, while they wait.

use super::choir::{Choir, Membership};
use super::feed::{Feed, Now};
use super::seat::Called;
use super::{Channel, Handed};
use futures_util::stream::{self, BoxStream, StreamExt as _};

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
            match feed.now().await {
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
            }
        }
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
