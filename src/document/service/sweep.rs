//! Taking away what nobody refers to: bytes of uploads that came to nothing, of patients who were erased, of files that were refused.
//!
//! Bytes are never looked for where they lie: each has a row that says so before it is there. A server that is started on another
//! database takes nothing away.

use crate::document::store;
use crate::error::Fault;
use crate::state::State;
use chrono::TimeDelta;
use entity::id::BlobId;
use std::convert::Infallible;

/// Bringing a file cannot take longer after its ticket was used, with an hour to spare.
const GRACE: TimeDelta = TimeDelta::hours(2);
/// Tickets are forgotten when they count no more, with an hour to spare.
const REMEMBERED: TimeDelta = TimeDelta::hours(25);
/// How many are taken up at once.
const SOME: u64 = 500;

/// Takes away what is left. Returns how many bytes' names were freed. Meant for every hour.
///
/// # Errors
/// Those of the database and of where bytes lie.
pub async fn sweep(state: &State) -> Result<usize, Fault> {
    let now = state.clock.now();
    let doomed = store::doomed(&state.db, SOME).await?;
    let abandoned = store::abandoned(&state.db, now - GRACE, SOME).await?;
    let count = doomed.len() + abandoned.len();
    for blob in doomed {
        throw_away(state, blob).await?;
    }
    for ticket in abandoned {
        state.depot.forget(ticket.blob_id).await?;
        let forgotten = state.db.write::<_, Infallible, _>(move |tx| {
            Box::pin(async move { Ok(Ok(store::forget_ticket(tx, ticket.id).await?)) })
        });
        let Ok(()) = forgotten.await?;
    }
    let old = state.db.write::<_, Infallible, _>(move |tx| {
        Box::pin(async move { Ok(Ok(store::forget_old(tx, now - REMEMBERED).await?)) })
    });
    let Ok(_) = old.await?;
    Ok(count)
}

/// Takes bytes away that are noted as to go, and the note with them.
pub(super) async fn throw_away(state: &State, blob: BlobId) -> Result<(), Fault> {
    state.depot.forget(blob).await?;
    let forgotten = state.db.write::<_, Infallible, _>(move |tx| {
        Box::pin(async move { Ok(Ok(store::forget_blob(tx, blob).await?)) })
    });
    let Ok(()) = forgotten.await?;
    Ok(())
}
