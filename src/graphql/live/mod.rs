//! What every live field shares: a stream followed from a cursor, each event decided on anew, control messages beside.
//! A right that ends by itself ends the stream then, though nothing happens: each feed knows until when its own holds.
//!
//! A room adds a live field with a [`Channel`]: who may follow, which events it speaks of, what is loaded for one, and who
//! is told of it. Replay, order, cursors, the end of a right and the end of retention are dealt with here.

mod alike;
mod answers;
mod choir;
mod feed;
mod follower;
mod loaded;
mod run;
mod seat;
mod told;

pub use seat::STALE;

pub use answers::{Draft, Key};
pub use told::{Handed, Message, Outlet, Slot, Told, handed};

use super::{ApiError, ApiResult, Ask as _};
use crate::access::{Permit, Viewer};
use crate::error::Fault;
use crate::event::{Delivery, Missing, Stream as Series, cursor};
use crate::state::State;
use async_graphql::{Context, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::event;
use feed::Feed;
use follower::Follower;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;

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

/// What is shared no longer with the patient who follows: they drop what they have of it. Whoever follows the stream may read it.
#[derive(SimpleObject)]
pub struct NoLongerShared {
    /// The place in the stream; give it as `after` to go on from here. Whoever follows the stream may read it.
    pub cursor: String,
    /// When it was taken back. Whoever follows the stream may read it.
    pub occurred_at: DateTime<Utc>,
    /// The id of what was shared. Whoever follows the stream may read it.
    pub id: ID,
}

/// An event with what was loaded for it.
type Event = Delivery<Arc<dyn Any + Send + Sync>>;

/// What a room says of its live field.
pub trait Channel: Send + Sync + 'static {
    /// What can happen.
    type Kind: Copy + Send + Sync;

    /// What it happens to, as far as all who are told of it are told the same.
    type Thing: Clone + Send + Sync + 'static;

    /// The union that its subscribers receive; [`live_message!`](crate::live_message) makes one.
    type Message: From<CaughtUp> + From<ResyncRequired> + From<AccessEnded> + Send + 'static;

    /// Leave to follow the stream at all, and until when it holds if nothing happens.
    fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> impl Future<Output = Result<Option<Permit>, Fault>> + Send;

    /// What an event means here; nothing if the field does not speak of such.
    fn kind(&self, event: &event::Model) -> Option<Self::Kind>;

    /// What the event is about; nothing if it is no more. It is done once for all of this copy's who are told of it at about
    /// the same time, so it must not ask who they are.
    fn load(
        &self,
        state: &State,
        event: &event::Model,
    ) -> impl Future<Output = Result<Option<Self::Thing>, Fault>> + Send;

    /// Whether this viewer is told of it: the decision, made anew for each.
    fn may_see(
        &self,
        state: &State,
        viewer: &Viewer,
        kind: Self::Kind,
        thing: &Self::Thing,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;

    /// What whoever is not told of it is told in its place: that what they had been shown is taken back. Most fields speak of
    /// nothing that can be.
    fn taken_back(
        &self,
        _viewer: &Viewer,
        _change: Change<Self::Kind, Self::Thing>,
    ) -> Option<Self::Message> {
        None
    }

    /// What they are told, by the event and by what they asked to follow. Nothing of it depends on who they are: that is left to the
    /// resolvers of its fields.
    fn message(&self, change: Change<Self::Kind, Self::Thing>) -> Self::Message;
}

/// Something that has happened.
pub struct Change<K, T> {
    /// The place in the stream.
    pub cursor: String,
    /// What.
    pub kind: K,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// To what.
    pub thing: T,
}

/// The union that the subscribers of a live field receive: its change, and the control messages of all live fields; then those
/// that not all have, such as [`NoLongerShared`].
#[macro_export]
macro_rules! live_message {
    ($(#[$doc:meta])+ $message:ident, $change:ident $(, $more:ident)*) => {
        $(#[$doc])+
        #[derive(async_graphql::Union)]
        pub enum $message {
            /// Something happened.
            $change($change),
            /// The past has been delivered.
            CaughtUp($crate::graphql::live::CaughtUp),
            /// The cursor is too old.
            ResyncRequired($crate::graphql::live::ResyncRequired),
            /// The right has ended.
            AccessEnded($crate::graphql::live::AccessEnded),
            $(
                /// What else is told there.
                $more($crate::graphql::live::$more),
            )*
        }
    };
}

/// What a live field answers with.
pub type Messages<M> = BoxStream<'static, ApiResult<Told<M>>>;

/// What stands in a cursor's place for whoever has none yet and wants one before anything happens.
const NOW: &str = "now";

/// Follows a stream: from now on, or from after a cursor.
///
/// # Errors
/// NOT_FOUND (of the clinic's: FORBIDDEN) when the viewer may not follow it, BAD_REQUEST when the cursor is none of this stream's.
pub async fn follow<C: Channel>(
    ctx: &Context<'_>,
    series: Series,
    after: Option<String>,
    channel: C,
) -> Result<Messages<C::Message>, ApiError> {
    const NOT_A_CURSOR: Fault = Fault::BadRequest("`after` is not a cursor of this stream.");
    if let Some(told) = handed(ctx) {
        return Ok(one(told));
    }
    let slot = ctx.data_opt::<Arc<Slot>>();
    let slot = Arc::clone(slot.ok_or_else(|| Fault::internal("no slot to follow from"))?);
    let (state, viewer) = (Arc::clone(ctx.state()?), ctx.viewer());
    let permit = channel.may_follow(&state, &viewer, &series).await?;
    state.audit.flush(&viewer).await?;
    let Some(permit) = permit else {
        // Everybody knows that there is a clinic; whether there is such a patient or doctor is not told.
        return Err(match series {
            Series::Clinic => Fault::Forbidden.into(),
            _ => Fault::NotFound.into(),
        });
    };
    if let Some(trail) = viewer.trail() {
        trail.follows(&series.key());
    }
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
            let message = ResyncRequired {
                message: "Too much has happened since; read the state anew.".to_owned(),
            };
            waiting.push_back(C::Message::from(message).into());
            None
        }
    };
    let feed = Feed {
        state,
        viewer,
        key: slot.key().copied(),
        stands: None,
        shown: slot.shown(),
        outlet: slot.outlet(),
        series,
        channel: Arc::new(channel),
        permit,
        following,
        waiting,
        announce,
    };
    slot.follows(Follower::new(feed).messages());
    // The messages do not come this way: each is resolved by a run of its own, in which it is handed.
    Ok(stream::empty().boxed())
}

/// The one message of a run that resolves it.
pub fn one<M: Send + 'static>(told: ApiResult<Told<M>>) -> Messages<M> {
    stream::once(async { told }).boxed()
}
