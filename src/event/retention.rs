//! Forgetting events that nobody comes back for any more.
//!
//! What is older than the log keeps is deleted a stretch at a time, and each stream's floor says how far that has come: whoever
//! comes back from before it is told to read the state anew. One transaction touches one stream, so it waits for no more
//! than that stream's writers and cannot deadlock with them; several copies that do this at once delete the same rows, once.

use crate::db::Db;
use crate::error::Fault;
use chrono::{DateTime, TimeDelta, Utc};
use entity::{event, stream_head};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

/// How many old events are looked for at once.
const STRETCH: u64 = 1_000;
/// The least and the longest pause between two rounds.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(10));

/// Forgets what is older than `keep`, now and then, until it is dropped.
pub async fn run(db: Db, keep: Duration) {
    let keep_for = TimeDelta::from_std(keep).unwrap_or(TimeDelta::MAX);
    let mut rounds = tokio::time::interval((keep / 24).clamp(PAUSES.0, PAUSES.1));
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        let Some(before) = db.clock().now().checked_sub_signed(keep_for) else {
            continue;
        };
        match forget(&db, before).await {
            Ok(0) => {}
            Ok(events) => tracing::info!(events, "Forgot old events"),
            Err(fault) => tracing::warn!(?fault, "Could not forget old events; trying again"),
        }
    }
}

/// Forgets events from before this time, and in each stream whatever came before them. Returns how many were deleted here.
///
/// # Errors
/// Those of the database; what was forgotten until then stays forgotten.
pub async fn forget(db: &Db, before: DateTime<Utc>) -> Result<u64, Fault> {
    let mut forgotten = 0;
    loop {
        let found = old(db, before).await?;
        let is_last = (found.len() as u64) < STRETCH;
        // In a stream the clocks of two copies may have changed places; its sequence has not.
        let mut newest: BTreeMap<String, i64> = BTreeMap::new();
        for (stream, seq) in found {
            let known = newest.entry(stream).or_default();
            *known = seq.max(*known);
        }
        for (stream, seq) in newest {
            forgotten += cut(db, stream, seq).await?;
        }
        if is_last {
            return Ok(forgotten);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the log is the store of its own two tables"
)]
async fn old(db: &Db, before: DateTime<Utc>) -> Result<Vec<(String, i64)>, Fault> {
    let found = event::Entity::find()
        .select_only()
        .columns([event::Column::Stream, event::Column::Seq])
        .filter(event::Column::OccurredAt.lt(before))
        .order_by_asc(event::Column::OccurredAt)
        .limit(STRETCH);
    Ok(found.into_tuple().all(db.read()).await?)
}

/// Deletes a stream's events up to this one. The floor is raised first: that waits for whoever writes to the stream.
async fn cut(db: &Db, stream: String, seq: i64) -> Result<u64, Fault> {
    let done = db.write::<u64, Infallible, _>(move |tx| {
        let stream = stream.clone();
        Box::pin(async move {
            stream_head::Entity::update_many()
                .col_expr(stream_head::Column::Floor, Expr::value(seq))
                .filter(stream_head::Column::Stream.eq(&stream))
                .filter(stream_head::Column::Floor.lt(seq))
                .exec(tx.connection())
                .await?;
            let deleted = event::Entity::delete_many()
                .filter(event::Column::Stream.eq(&stream))
                .filter(event::Column::Seq.lte(seq))
                .exec(tx.connection())
                .await?;
            Ok(Ok(deleted.rows_affected))
        })
    });
    match done.await? {
        Ok(rows) => Ok(rows),
        Err(never) => match never {},
    }
}
