//! Forgetting what no longer decides anything, so that the tables do not grow with every guess.

use super::super::store;
use crate::error::Fault;
use crate::state::State;
use chrono::TimeDelta;
use std::convert::Infallible;

/// A bucket of an address has drained long before.
const DRAINED: TimeDelta = TimeDelta::days(1);
/// Failures within what is free anyway are forgiven after this long; more than those stay until somebody signs in.
const FORGIVEN: TimeDelta = TimeDelta::days(30);
/// For how long a session that is over can still be looked up.
const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// Deletes failures that no longer matter, challenges nobody answered, links nobody used, and sessions that are long over. Returns how many rows. Meant for every hour.
///
/// # Errors
/// Those of the database.
pub async fn sweep(state: &State) -> Result<u64, Fault> {
    let (most, free) = {
        let rules = &state.rules.throttle;
        (i64::from(rules.lock_after), i64::from(rules.free_failures))
    };
    let swept = state.db.write::<u64, Infallible, _>(move |tx| {
        Box::pin(async move {
            let now = tx.clock().now();
            let stale = store::delete_stale(tx, most, now - DRAINED, free, now - FORGIVEN).await?;
            let over = store::delete_old_sessions(tx, now - REMEMBERED).await?;
            let unanswered = store::delete_old_challenges(tx, now).await?;
            let unused = store::delete_old_links(tx, now).await?;
            Ok(Ok(stale + over + unanswered + unused))
        })
    });
    let Ok(rows) = swept.await?;
    Ok(rows)
}
