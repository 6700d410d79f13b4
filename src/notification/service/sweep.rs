//! Forgetting reminders and notifications of appointments that are long over.

use super::super::store;
use crate::error::Fault;
use crate::state::State;
use chrono::TimeDelta;
use std::convert::Infallible;

/// For how long it can be seen what became of a reminder, and what its owner was told: after it was due, and after anything
/// last became of it. Until then its row also keeps it from being planned and sent once more, however far the clock goes back.
const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// Deletes reminders that were due, and notifications that were written, more than 90 days ago; what is still to be sent
/// stays. Returns how many rows. Meant for every hour.
///
/// # Errors
/// Those of the database.
pub async fn sweep(state: &State) -> Result<u64, Fault> {
    let swept = state.db.write::<u64, Infallible, _>(move |tx| {
        Box::pin(async move {
            let before = tx.clock().now() - REMEMBERED;
            let reminders = store::reminders::delete_old(tx, before).await?;
            Ok(Ok(reminders + store::delete_old(tx, before).await?))
        })
    });
    let Ok(rows) = swept.await?;
    Ok(rows)
}
