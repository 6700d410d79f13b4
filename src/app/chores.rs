//! What the server does by itself, beside answering: sending letters and reminders, offering times, calling doctors,
//! looking through files, forgetting what is old.
//!
//! Each copy does all of it; whose turn it is stands in the database.

use crate::account;
use crate::appointment::service as appointment;
use crate::care::service as care;
use crate::chart::service as chart;
use crate::document::service as document;
use crate::http::Rates;
use crate::idempotency;
use crate::notification::service as notification;
use crate::state::State;
use crate::waitlist;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Begins with all of them; dropped, they end.
pub(super) fn begin(rates: Arc<Rates>, state: &Arc<State>) -> JoinSet<()> {
    let mut chores = JoinSet::new();
    chores.spawn(tidy(rates, Arc::clone(state)));
    chores.spawn(account::deliver(Arc::clone(state)));
    chores.spawn(notification::deliver(Arc::clone(state)));
    chores.spawn(waitlist::keep(Arc::clone(state)));
    chores.spawn(chart::escalate(Arc::clone(state)));
    chores.spawn(document::look_through(Arc::clone(state)));
    chores
}

/// How often it is noted which break-glass grants and which holds are over. The ones open nothing and the others stand in
/// nobody's way from their end on; this only says so.
const LAPSES: Duration = Duration::from_secs(10);

/// Forgets what is no longer of use: full buckets each minute; old failures, sessions, reminders, idempotency keys and what was left of files each hour. And
/// says what has come to pass by itself: that broken glass has closed, that nobody has reviewed it.
async fn tidy(rates: Arc<Rates>, state: Arc<State>) {
    let mut minutes = tokio::time::interval(Duration::from_secs(60));
    let soon = Instant::now() + Duration::from_secs(60);
    let mut hours = tokio::time::interval_at(soon, Duration::from_secs(3600));
    let mut lapses = tokio::time::interval_at(soon, LAPSES);
    loop {
        tokio::select! {
            _ = minutes.tick() => {
                rates.tidy();
                state.vault.tidy();
            }
            _ = lapses.tick() => {
                if let Err(fault) = appointment::release_expired(&state).await {
                    tracing::warn!(?fault, "Could not call off the holds whose time is over");
                }
                if let Err(fault) = care::note_lapsed(&state).await {
                    tracing::warn!(?fault, "Could not note which break-glass grants are over");
                }
            }
            _ = hours.tick() => {
                if let Err(fault) = care::warn_of_overdue(&state).await {
                    tracing::warn!(?fault, "Could not count the break-glass grants to be reviewed");
                }
                if let Err(fault) = document::sweep(&state).await {
                    tracing::warn!(?fault, "Could not take away what is left of files; trying again in an hour");
                }
                let swept = account::sweep(&state).await.map(drop);
                let swept = swept.and(notification::sweep(&state).await.map(drop));
                if let Err(fault) = swept.and(idempotency::sweep(&state.db).await.map(drop)) {
                    tracing::warn!(?fault, "Could not forget what is old; trying again in an hour");
                }
            }
        }
    }
}
