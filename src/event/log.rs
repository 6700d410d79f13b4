//! The event log: appending in the change's own transaction, reading a stretch of a stream.

use super::Stream;
use crate::clock::Clock;
use crate::db::{Head, Kind, Tx};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::id::EventId;
use entity::{event, stream_head};
use sea_orm::sea_query::{ArrayType, Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, ConnectionTrait,
    DbBackend, DbErr, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, Select, Statement, Value,
};
use std::collections::BTreeMap;
use std::sync::LazyLock;
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
    let entries = entries(tx.clock(), each(facts));
    write(tx, entries).await
}

/// Appends facts that stand for as many as is said, in a row, about things whose ids count up from the subject's. Whoever reads the
/// log finds each of them.
///
/// # Errors
/// Those of the database.
pub async fn append_many(tx: &mut Tx, facts: &[(Fact, i32)]) -> Result<(), Fault> {
    let facts = facts.iter().map(|(fact, span)| (fact, *span));
    let entries = entries(tx.clock(), facts);
    write(tx, entries).await
}

/// Facts of which each stands for itself.
fn each(facts: &[Fact]) -> impl Iterator<Item = (&Fact, i32)> {
    facts.iter().map(|fact| (fact, 1))
}

async fn write(tx: &mut Tx, entries: Vec<event::Model>) -> Result<(), Fault> {
    if entries.is_empty() {
        return Ok(());
    }
    tx.catch_up().await?;
    let heads = match tx.kind() {
        Kind::Postgres => postgres(tx, entries).await?,
        Kind::Sqlite => sqlite(tx, entries).await?,
    };
    tx.moved(heads);
    Ok(())
}

/// The rows of these facts, which stand for so many each, one for each stream; their sequence is not known yet.
fn entries<'a>(clock: &Clock, facts: impl Iterator<Item = (&'a Fact, i32)>) -> Vec<event::Model> {
    let occurred_at = clock.now();
    let mut entries = Vec::with_capacity(facts.size_hint().0);
    for (fact, span) in facts {
        let id: EventId = clock.new_id();
        entries.extend(fact.streams.iter().map(|stream| event::Model {
            stream: stream.key(),
            seq: 0,
            id,
            kind: fact.kind,
            subject: fact.subject,
            version: fact.version,
            occurred_at,
            span,
        }));
    }
    entries
}

/// Moves the heads and writes the entries in one statement, for each statement is a journey while locks are held.
async fn postgres(tx: &Tx, entries: Vec<event::Model>) -> Result<Vec<Head>, Fault> {
    static APPEND: LazyLock<String> = LazyLock::new(|| format!("WITH {}", appending(1, "true")));
    let append =
        Statement::from_sql_and_values(DbBackend::Postgres, APPEND.as_str(), cells(&entries));
    heads_of(tx.connection().query_all_raw(append).await?)
}

/// The end of a statement for PostgreSQL that appends what [`appended`] gives as its parameters, the first of them `$first`,
/// if a condition holds, and returns the heads. Common table expressions may stand before it, and the condition may refer
/// to them: so a change and its event are one statement.
#[must_use]
pub fn appending(first: usize, condition: &str) -> String {
    let [streams, ids, kinds, subjects, versions, spans, at] =
        [0, 1, 2, 3, 4, 5, 6].map(|it| first + it);
    format!(
        "entry AS (SELECT * FROM unnest(${streams}::text[], ${ids}::uuid[], ${kinds}::text[], ${subjects}::uuid[], \
           ${versions}::int[], ${spans}::int[]) WITH ORDINALITY AS entry (stream, id, kind, subject, version, span, place) \
           WHERE {condition}), \
         grown AS (SELECT stream, sum(span) AS by FROM entry GROUP BY stream), \
         head AS (INSERT INTO stream_head (stream, seq, floor) SELECT stream, by, 0 FROM grown ORDER BY stream \
           ON CONFLICT (stream) DO UPDATE SET seq = stream_head.seq + excluded.seq RETURNING stream, seq), \
         written AS (INSERT INTO event (stream, seq, id, kind, subject, version, occurred_at, span) \
           SELECT stream, head.seq - grown.by + sum(span) OVER (PARTITION BY stream ORDER BY place), \
           id, kind, subject, version, ${at}, span FROM entry JOIN head USING (stream) JOIN grown USING (stream)) \
         SELECT stream, seq FROM head"
    )
}

/// The parameters of a statement that ends with [`appending`] these facts.
#[must_use]
pub fn appended(clock: &Clock, facts: &[Fact]) -> [Value; APPENDED] {
    cells(&entries(clock, each(facts)))
}

/// How many parameters [`appending`] has.
pub const APPENDED: usize = 7;

fn cells(entries: &[event::Model]) -> [Value; APPENDED] {
    let occurred_at = entries.first().map(|entry| entry.occurred_at);
    let all = |cell: fn(&event::Model) -> Value| {
        let cells: Vec<Value> = entries.iter().map(cell).collect();
        let of = cells.first().map_or(ArrayType::String, Value::array_type);
        Value::Array(of, Some(Box::new(cells)))
    };
    [
        all(|entry| entry.stream.clone().into()),
        all(|entry| entry.id.into()),
        all(|entry| entry.kind.into()),
        all(|entry| entry.subject.into()),
        all(|entry| entry.version.into()),
        all(|entry| entry.span.into()),
        occurred_at.into(),
    ]
}

/// The heads that a statement which ends with [`appending`] has moved.
///
/// # Errors
/// When they do not read as such, which is a mistake of ours.
pub fn heads_of(rows: Vec<QueryResult>) -> Result<Vec<Head>, Fault> {
    let head = |row: &QueryResult| {
        Ok(Head {
            stream: row.try_get_by_index(0)?,
            seq: row.try_get_by_index(1)?,
        })
    };
    rows.iter().map(head).collect()
}

/// The same in two statements: SQLite writes nothing in a `WITH`.
async fn sqlite(tx: &Tx, mut entries: Vec<event::Model>) -> Result<Vec<Head>, Fault> {
    let mut grown: BTreeMap<String, i64> = BTreeMap::new();
    for entry in &entries {
        *grown.entry(entry.stream.clone()).or_default() += i64::from(entry.span);
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
    for entry in &mut entries {
        let seq = next
            .get_mut(entry.stream.as_str())
            .ok_or_else(|| Fault::internal("a stream's head was not returned"))?;
        *seq += i64::from(entry.span);
        entry.seq = *seq;
    }
    let entries = entries
        .into_iter()
        .map(|it| it.into_active_model().reset_all());
    event::Entity::insert_many(entries)
        .exec_without_returning(tx.connection())
        .await?;
    let head = |head: stream_head::Model| Head {
        stream: head.stream,
        seq: head.seq,
    };
    Ok(heads.into_iter().map(head).collect())
}

/// The events of a stream after `after`, oldest first, at most `most` of them: each place has one, also where one row stands for
/// several.
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
    let select = event::Entity::find()
        .filter(event::Column::Stream.eq(stream))
        .filter(event::Column::Seq.gt(after))
        .order_by_asc(event::Column::Seq)
        .limit(most);
    let rows = match select.clone().all(connection).await {
        Err(DbErr::Type(_)) => with_unknown(select, connection).await?,
        read => read?,
    };
    let each = rows.into_iter().flat_map(places);
    let each = each.filter(|event| event.seq > after);
    Ok(each
        .take(usize::try_from(most).unwrap_or(usize::MAX))
        .collect())
}

/// The events that a row stands for, in order.
fn places(row: event::Model) -> impl Iterator<Item = event::Model> {
    let first = row.seq - i64::from(row.span) + 1;
    (0..row.span).map(move |place| event::Model {
        seq: first + i64::from(place),
        subject: Uuid::from_u128(row.subject.as_u128() + u128::from(place.unsigned_abs())),
        span: 1,
        ..row.clone()
    })
}

/// The same where a newer copy of the server has told of what this one does not know: each keeps its place in the stream.
async fn with_unknown<C: ConnectionTrait>(
    select: Select<event::Entity>,
    connection: &C,
) -> Result<Vec<event::Model>, Fault> {
    use event::Column::{Id, Kind, OccurredAt, Seq, Span, Stream, Subject, Version};
    type Row = (String, i64, EventId, String, Uuid, i32, DateTime<Utc>, i32);
    let columns = [Stream, Seq, Id, Kind, Subject, Version, OccurredAt, Span];
    let select = select.select_only().columns(columns).into_tuple::<Row>();
    let read = |(stream, seq, id, kind, subject, version, occurred_at, span): Row| event::Model {
        stream,
        seq,
        id,
        kind: EventKind::try_from_value(&kind).unwrap_or(EventKind::Unknown),
        subject,
        version,
        occurred_at,
        span,
    };
    let rows = select.all(connection).await?;
    Ok(rows.into_iter().map(read).collect())
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

/// Which of these streams have come further than is known of them here, and how far. One statement for any number: they travel
/// as arrays, and only what has moved comes back.
///
/// # Errors
/// Those of the database.
pub async fn beyond<C: ConnectionTrait>(
    connection: &C,
    kind: Kind,
    known: &[Head],
) -> Result<Vec<Head>, Fault> {
    let statement = match kind {
        Kind::Postgres => {
            const BEYOND: &str = "SELECT head.stream, head.seq \
                FROM unnest($1::text[], $2::bigint[]) AS known (stream, seq) \
                JOIN stream_head AS head ON head.stream = known.stream AND head.seq > known.seq";
            let streams: Vec<Value> = known.iter().map(|it| it.stream.as_str().into()).collect();
            let places: Vec<Value> = known.iter().map(|it| it.seq.into()).collect();
            let values = [(ArrayType::String, streams), (ArrayType::BigInt, places)];
            let values = values.map(|(kind, cells)| Value::Array(kind, Some(Box::new(cells))));
            Statement::from_sql_and_values(DbBackend::Postgres, BEYOND, values)
        }
        Kind::Sqlite => {
            // The streams first, then a look into the heads' index for each.
            const BEYOND: &str = "SELECT head.stream, head.seq FROM json_each(?) AS known \
                CROSS JOIN stream_head AS head ON head.stream = known.value ->> 0 AND head.seq > known.value ->> 1";
            let known: Vec<_> = known.iter().map(|it| (&it.stream, it.seq)).collect();
            let known = serde_json::to_string(&known);
            let known = known.map_err(|_| Fault::internal("streams are not written as JSON"))?;
            Statement::from_sql_and_values(DbBackend::Sqlite, BEYOND, [known.into()])
        }
    };
    heads_of(connection.query_all_raw(statement).await?)
}
