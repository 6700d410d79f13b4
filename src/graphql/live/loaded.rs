//! What an event is about, loaded once for all of this copy's subscribers who are told of it at about the same time.

use super::{Channel, Event};
use crate::error::Fault;
use std::any::{Any, TypeId};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For how long what one subscriber has loaded for an event is good for the others: as long as a session is believed to
/// stand. Whoever comes later, resuming or slow, loads anew: the events stay at hand for hours, and what the decision
/// depends on may have changed since.
const GOOD_FOR: Duration = Duration::from_millis(400);

/// What was loaded for an event, and since when it is known.
struct Found<T> {
    since: Instant,
    thing: Option<T>,
}

/// What is loaded for an event: by the first subscriber, for all of this channel's.
///
/// # Errors
/// Those of loading; the next subscriber tries again.
pub(super) async fn shared<C: Channel>(
    event: &Event,
    load: impl Future<Output = Result<Option<C::Thing>, Fault>> + Send,
) -> Result<Option<C::Thing>, Fault> {
    let room = event.loaded.cell(TypeId::of::<C>(), GOOD_FOR);
    let before = room.get().and_then(|any| any.downcast_ref());
    if before.is_some_and(|found: &Found<C::Thing>| found.since.elapsed() > GOOD_FOR) {
        return load.await;
    }
    let loaded = room
        .get_or_try_init(|| async {
            let since = Instant::now();
            let thing = load.await?;
            Ok::<_, Fault>(Arc::new(Found { since, thing }) as Arc<dyn Any + Send + Sync>)
        })
        .await?;
    let found = loaded.downcast_ref::<Found<C::Thing>>();
    let found = found.ok_or_else(|| Fault::internal("a channel loads two kinds of things"))?;
    Ok(found.thing.clone())
}
