//! The event log: appending in the change's own transaction, reading a stretch of a stream.

use super::Stream;
use crate::db::{Head, Tx};
use crate::error::Fault;
use entity::code::EventKind;
use entity::id::EventId;
use entity::{event, stream_head};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A fact, before it has its place in the log.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What happened.
    pub kind: EventKind,
    /// To which thing.
    pub subject: Uuid,
    /// The thing's version after it.
    pub version: i32,
    /// The streams it belongs to.
    pub streams: Vec<Stream>,
}

/// Appends facts to their streams. It is the last thing a transaction does: it takes the heads' locks, in the order of
/// their keys, and holds them until the commit.
///
/// # Errors
/// Those of the database.
pub async fn append(tx: &mut Tx, facts: &[Fact]) -> Result<(), Fault> {
    let mut grown: BTreeMap<String, i64> = BTreeMap::new();
    for stream in facts.iter().flat_map(|fact| &fact.streams) {
        *grown.entry(stream.key()).or_default() += 1;
    }
    if grown.is_empty() {
        return Ok(());
    }
    let by = Expr::col((stream_head::Entity, stream_head::Column::Seq))
        .add(Expr::col(("excluded", stream_head::Column::Seq)));
    let heads = stream_head::Entity::insert_many(grown.iter().map(|(stream, by)| {
        stream_head::ActiveModel {
            stream: Set(stream.clone()),
            seq: Set(*by),
            floor: Set(0),
        }
    }))
    .on_conflict(
        OnConflict::column(stream_head::Column::Stream)
            .value(stream_head::Column::Seq, by)
            .to_owned(),
    )
    .exec_with_returning(tx.connection())
    .await?;

    let mut next: BTreeMap<&str, i64> = heads
        .iter()
        .map(|head| (head.stream.as_str(), head.seq - grown[&head.stream]))
        .collect();
    let occurred_at = tx.clock().now();
    let mut rows = Vec::new();
    for fact in facts {
        let id: EventId = tx.clock().new_id();
        for stream in &fact.streams {
            let key = stream.key();
            let seq = next.get_mut(key.as_str()).ok_or_else(lost_head)?;
            *seq += 1;
            rows.push(event::ActiveModel {
                seq: Set(*seq),
                stream: Set(key),
                id: Set(id),
                kind: Set(fact.kind),
                subject: Set(fact.subject),
                version: Set(fact.version),
                occurred_at: Set(occurred_at),
            });
        }
    }
    event::Entity::insert_many(rows)
        .exec_without_returning(tx.connection())
        .await?;
    tx.moved(heads.into_iter().map(|head| Head {
        stream: head.stream,
        seq: head.seq,
    }));
    Ok(())
}

fn lost_head() -> Fault {
    Fault::internal("a stream's head was not returned")
}

/// The events of a stream after `after`, oldest first, at most `most` of them.
///
/// # Errors
/// Those of the database.
#[expect(
    clippy::disallowed_methods,
    reason = "the log is the store of its own two tables"
)]
pub async fn after<C: ConnectionTrait>(
    connection: &C,
    stream: &str,
    after: i64,
    most: u64,
) -> Result<Vec<event::Model>, Fault> {
    Ok(event::Entity::find()
        .filter(event::Column::Stream.eq(stream))
        .filter(event::Column::Seq.gt(after))
        .order_by_asc(event::Column::Seq)
        .limit(most)
        .all(connection)
        .await?)
}

/// How far the given streams have come; a stream without events is not among them.
///
/// # Errors
/// Those of the database.
#[expect(
    clippy::disallowed_methods,
    reason = "the log is the store of its own two tables"
)]
pub async fn heads<C: ConnectionTrait>(
    connection: &C,
    streams: Vec<String>,
) -> Result<Vec<stream_head::Model>, Fault> {
    Ok(stream_head::Entity::find()
        .filter(stream_head::Column::Stream.is_in(streams))
        .all(connection)
        .await?)
}
