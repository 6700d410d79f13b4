//! What every live field shares: a stream followed from a cursor, each event decided on anew, control messages beside.
//! A right that ends by itself ends the stream then, though nothing happens: each feed knows until when its own holds.
//!
//! A room adds a live field with a [`Channel`]: which events it speaks of, who may follow, and what the viewer is told of
//! one. Replay, order, cursors, the end of a right and the end of retention are dealt with here.

use super::{ApiError, ApiResult};
use crate::access::{Object, Permit, Viewer};
use crate::clock::Clock;
use crate::error::Fault;
use crate::event::{Delivery, Missing, Stream as Series, Subscription as Following, cursor};
use crate::state::State;
use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// All that had happened since `after` has been delivered; what follows is live. Whoever follows the stream may read it.
#[derive(SimpleObject)]
pub struct CaughtUp {
    /// The place in the stream; give it as `after` to go on from here. Whoever follows the stream may read it.
    pub cursor: String,
}

/// The cursor is older than what is kept: read the state anew and subscribe without it. It is the last message. Whoever
/// follows the stream may read it.
#[derive(SimpleObject)]
pub struct ResyncRequired {
    /// For people. Whoever follows the stream may read it.
    pub message: String,
}

/// The right to follow this stream has ended. It is the last message. Whoever followed the stream may read it.
#[derive(SimpleObject)]
pub struct AccessEnded {
    /// For people. Whoever followed the stream may read it.
    pub message: String,
}

/// An event with what was loaded for it.
pub type Event = Delivery<Arc<dyn Any + Send + Sync>>;

/// What a room says of its live field.
pub trait Channel: Send + Sync + 'static {
    /// The union that its subscribers receive.
    type Message: From<CaughtUp> + From<ResyncRequired> + From<AccessEnded> + Send + 'static;

    /// The viewer as they are now; nobody once their session has ended.
    fn refreshed(
        &self,
        state: &State,
        viewer: &Viewer,
    ) -> impl Future<Output = Result<Viewer, Fault>> + Send;

    /// Leave to follow the stream at all, and until when it holds if nothing happens.
    fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> impl Future<Output = Result<Option<Permit>, Fault>> + Send;

    /// What the viewer is told of an event, whose place in the stream is `cursor`; nothing if it is none of theirs.
    fn message(
        &self,
        state: &State,
        viewer: &Viewer,
        event: &Event,
        cursor: String,
    ) -> impl Future<Output = Result<Option<Self::Message>, Fault>> + Send;
}

/// For how long what one subscriber has loaded for an event is good for the others: as long as a session is believed to
/// stand. Whoever comes later, resuming or slow, loads anew: the events stay at hand for hours, and what the decision
/// depends on may have changed since.
const GOOD_FOR: Duration = Duration::from_millis(400);

/// What was loaded for an event, and since when it is known.
struct Found<T> {
    since: Instant,
    thing: Option<T>,
}

/// What is loaded for an event: by the first subscriber, for all of this copy's who are told of it at about that time.
///
/// # Errors
/// Those of loading; the next subscriber tries again.
pub async fn shared<T: Clone + Send + Sync + 'static>(
    event: &Event,
    load: impl Future<Output = Result<Option<T>, Fault>> + Send,
) -> Result<Option<T>, Fault> {
    let room = event.loaded.cell(GOOD_FOR);
    let before = room.get().and_then(|any| any.downcast_ref());
    if before.is_some_and(|found: &Found<T>| found.since.elapsed() > GOOD_FOR) {
        return load.await;
    }
    let loaded = room
        .get_or_try_init(|| async {
            let since = Instant::now();
            let thing = load.await?;
            Ok::<_, Fault>(Arc::new(Found { since, thing }) as Arc<dyn Any + Send + Sync>)
        })
        .await?;
    match loaded.downcast_ref::<Found<T>>() {
        Some(found) => Ok(found.thing.clone()),
        None => Err(Fault::internal(
            "two rooms load different things for one event",
        )),
    }
}

/// What stands in a cursor's place for whoever has none yet and wants one before anything happens.
const NOW: &str = "now";

/// Follows a stream: from now on, or from after a cursor.
///
/// # Errors
/// NOT_FOUND (of the clinic's: FORBIDDEN) when the viewer may not follow it, BAD_REQUEST when the cursor is none of this stream's.
pub async fn follow<C: Channel>(
    state: Arc<State>,
    viewer: Viewer,
    series: Series,
    after: Option<String>,
    channel: C,
) -> Result<BoxStream<'static, ApiResult<C::Message>>, ApiError> {
    const NOT_A_CURSOR: Fault = Fault::BadRequest("`after` is not a cursor of this stream.");
    let permit = channel.may_follow(&state, &viewer, &series).await?;
    state.audit.flush(&viewer).await?;
    let Some(permit) = permit else {
        // Everybody knows that there is a clinic; whether there is such a patient or doctor is not told.
        return Err(match series {
            Series::Clinic => Fault::Forbidden.into(),
            _ => Fault::NotFound.into(),
        });
    };
    let announce = after.is_some();
    let after = match after.as_deref() {
        None | Some(NOW) => None,
        Some(text) => Some(cursor::decode(state.vault.index(), &series, text).ok_or(NOT_A_CURSOR)?),
    };
    let mut waiting = VecDeque::new();
    let following = match state.hub.follow(series, after).await? {
        Ok(following) => Some(following),
        Err(Missing::Unknown) => return Err(NOT_A_CURSOR.into()),
        Err(Missing::Expired) => {
            waiting.push_back(C::Message::from(ResyncRequired {
                message: "Too much has happened since; read the state anew.".to_owned(),
            }));
            None
        }
    };
    let feed = Feed {
        state,
        viewer,
        series,
        channel,
        permit,
        following,
        waiting,
        announce,
    };
    Ok(stream::unfold(feed, |mut feed| async move {
        let message = feed.next().await?;
        Some((message, feed))
    })
    .boxed())
}

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
struct Feed<C: Channel> {
    state: Arc<State>,
    viewer: Viewer,
    series: Series,
    channel: C,
    permit: Permit,
    /// None once the feed has ended.
    following: Option<Following>,
    waiting: VecDeque<C::Message>,
    /// Whether to say when the past has been delivered.
    announce: bool,
}

impl<C: Channel> Feed<C> {
    /// The next message, or none after the last.
    async fn next(&mut self) -> Option<ApiResult<C::Message>> {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return Some(Ok(message));
            }
            let following = self.following.as_mut()?;
            if self.announce && following.is_caught_up() {
                self.announce = false;
                let cursor = cursor::encode(self.state.vault.index(), &self.series, following.at());
                return Some(Ok(CaughtUp { cursor }.into()));
            }
            let told = tokio::select! {
                biased;
                () = reached(&self.state.clock, self.permit.until) => self.ended().await,
                event = following.next() => match event {
                    Ok(event) => self.tell(&event).await,
                    Err(fault) => Err(fault),
                },
            };
            match told {
                Ok(Some(message)) => return Some(Ok(message)),
                // What is not told, because it may not be, is recorded all the same.
                Ok(None) => match self.state.audit.flush(&self.viewer).await {
                    Ok(()) => {}
                    Err(fault) => {
                        self.following = None;
                        return Some(Err(fault.into()));
                    }
                },
                Err(fault) => {
                    // The client goes on from its last cursor; going on here would leave a hole.
                    self.following = None;
                    return Some(Err(fault.into()));
                }
            }
        }
    }

    /// The last message if the viewer may not follow any more: decided anew, on what is true now.
    async fn ended(&mut self) -> Result<Option<C::Message>, Fault> {
        self.viewer = self.channel.refreshed(&self.state, &self.viewer).await?;
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
        Ok(Some(C::Message::from(AccessEnded {
            message: "You may not follow this any more.".to_owned(),
        })))
    }

    /// What this viewer is told of an event: decided anew each time.
    async fn tell(&mut self, event: &Event) -> Result<Option<C::Message>, Fault> {
        if let Some(last) = self.ended().await? {
            return Ok(Some(last));
        }
        let cursor = cursor::encode(self.state.vault.index(), &self.series, event.event.seq);
        self.channel
            .message(&self.state, &self.viewer, event, cursor)
            .await
    }
}
