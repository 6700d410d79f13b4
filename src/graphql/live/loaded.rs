//! What an event is about, loaded once for all of this copy's subscribers who are told of it at about the same time.

use super::answers::Answers;
use super::{Channel, Event};
use crate::batch::Told;
use crate::error::Fault;
use crate::state::State;
use std::any::{Any, TypeId};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For how long what one subscriber has loaded for an event is good for the others: as long as a session is believed to
/// stand. Whoever comes later, resuming or slow, loads anew: the events stay at hand for hours, and what the decision
/// depends on may have changed since.
const GOOD_FOR: Duration = Duration::from_millis(400);

/// What is loaded for an event, and since when it is known.
struct Found<T> {
    since: Instant,
    thing: Told<Option<T>>,
    answers: Arc<Answers>,
}

/// What is loaded for an event: at the first subscriber's asking, for all of this channel's, with what they are answered of
/// it. Without the second for whoever has to load for themselves alone.
///
/// # Errors
/// Those of loading.
pub(super) async fn shared<C: Channel>(
    state: &Arc<State>,
    channel: &Arc<C>,
    event: &Arc<Event>,
) -> Result<Option<(C::Thing, Option<Arc<Answers>>)>, Fault> {
    let room = event.loaded.cell(TypeId::of::<C>(), GOOD_FOR);
    let begin = || async {
        let (state, channel) = (Arc::clone(state), Arc::clone(channel));
        let event = Arc::clone(event);
        let told = Arc::clone(&event.told);
        let found = Found {
            since: Instant::now(),
            thing: Told::by(async move { channel.load(&state, &event.event).await }),
            answers: Arc::new(Answers::none(told)),
        };
        Arc::new(found) as Arc<dyn Any + Send + Sync>
    };
    let found = room.get_or_init(begin).await;
    let found = found.downcast_ref::<Found<C::Thing>>();
    let found = found.ok_or_else(|| Fault::internal("a channel loads two kinds of things"))?;
    if found.since.elapsed() <= GOOD_FOR
        && let Ok(thing) = found.thing.get().await
    {
        return Ok(thing.map(|thing| (thing, Some(Arc::clone(&found.answers)))));
    }
    // What had failed, or is old, is tried anew.
    let thing = channel.load(state, &event.event).await?;
    Ok(thing.map(|thing| (thing, None)))
}

/// What has been loaded for an event a moment ago, with what others are answered of it; nothing if nobody has loaded it yet.
pub(super) fn at_hand<C: Channel>(event: &Event) -> Option<(Option<C::Thing>, Arc<Answers>)> {
    let room = event.loaded.at_hand(TypeId::of::<C>())?;
    let found = room.get()?.downcast_ref::<Found<C::Thing>>()?;
    let is_good = found.since.elapsed() <= GOOD_FOR;
    is_good.then_some((found.thing.at_hand()?, Arc::clone(&found.answers)))
}
