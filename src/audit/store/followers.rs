//! Those who follow streams, as they are written down: each once, before the first entry that names them.

#![expect(
    clippy::disallowed_methods,
    reason = "the store of the audit's own tables"
)]

use super::finding::Filter;
use crate::db::{Db, Kind};
use crate::error::Fault;
use entity::audit_follower::{Column, Entity, Model};
use sea_orm::sea_query::{ArrayType, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, DbBackend, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _, QueryTrait as _, Statement, Value,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Which process serves somebody, and their number there.
pub type Number = (Uuid, i32);

/// How many are asked for at once.
const STRETCH: usize = 1000;

/// As entries are added: an array a column, in which nil and empty stand for null.
const INSERT: &str = "\
    INSERT INTO audit_follower (node, number, stream, actor, session, roles, request_id, address, mac) \
    SELECT node, number, stream, NULLIF(actor, $10), NULLIF(session, $10), roles, request_id, NULLIF(address, ''::bytea), mac \
    FROM unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::uuid[], $6::int[], $7::text[], $8::bytea[], $9::bytea[]) \
    AS follower (node, number, stream, actor, session, roles, request_id, address, mac) \
    ON CONFLICT DO NOTHING";

/// The statement that writes these down; there is at least one. It changes nothing of who is written down already, which is so
/// when it is tried again.
#[must_use]
pub fn insert(kind: Kind, followers: &[&Model]) -> Statement {
    if kind == Kind::Sqlite {
        let rows = followers
            .iter()
            .map(|&row| row.clone().into_active_model().reset_all());
        let once = OnConflict::columns([Column::Node, Column::Number])
            .do_nothing()
            .to_owned();
        return Entity::insert_many(rows)
            .on_conflict(once)
            .build(DbBackend::Sqlite);
    }
    type Cell = fn(&Model) -> Value;
    let cells: [(ArrayType, Cell); 9] = [
        (ArrayType::Uuid, |it| it.node.into()),
        (ArrayType::Int, |it| it.number.into()),
        (ArrayType::String, |it| it.stream.clone().into()),
        (ArrayType::Uuid, |it| {
            it.actor.map(|id| id.0).unwrap_or_default().into()
        }),
        (ArrayType::Uuid, |it| {
            it.session.map(|id| id.0).unwrap_or_default().into()
        }),
        (ArrayType::Int, |it| it.roles.into()),
        (ArrayType::String, |it| it.request_id.clone().into()),
        (ArrayType::Bytes, |it| {
            it.address.clone().unwrap_or_default().into()
        }),
        (ArrayType::Bytes, |it| it.mac.clone().into()),
    ];
    let columns = cells.map(|(kind, cell)| {
        let column: Vec<Value> = followers.iter().map(|row| cell(row)).collect();
        Value::Array(kind, Some(Box::new(column)))
    });
    let nil: Value = Uuid::nil().into();
    let values = columns.into_iter().chain([nil]);
    Statement::from_sql_and_values(DbBackend::Postgres, INSERT, values)
}

/// Those of these numbers who are written down.
///
/// # Errors
/// Those of the database.
pub async fn all(
    db: &Db,
    numbers: impl IntoIterator<Item = Number>,
) -> Result<HashMap<Number, Model>, Fault> {
    let mut by_node: BTreeMap<Uuid, BTreeSet<i32>> = BTreeMap::new();
    for (node, number) in numbers {
        by_node.entry(node).or_default().insert(number);
    }
    let mut found = HashMap::new();
    for (node, numbers) in by_node {
        let numbers: Vec<i32> = numbers.into_iter().collect();
        for some in numbers.chunks(STRETCH) {
            let among = match db.kind() {
                Kind::Postgres => Column::Number.eq_any(some.iter().copied()),
                Kind::Sqlite => Column::Number.is_in(some.iter().copied()),
            };
            let select = Entity::find().filter(Column::Node.eq(node)).filter(among);
            let rows = select.all(db.read()).await?;
            found.extend(rows.into_iter().map(|row| ((row.node, row.number), row)));
        }
    }
    Ok(found)
}

/// Whom a filter is about among those who follow, and which streams they do.
#[derive(Default)]
pub struct Crowd {
    /// Their numbers.
    pub numbers: HashSet<Number>,
    /// Their streams, each once.
    pub streams: Vec<String>,
}

/// Those whom a filter is about; nothing when it is about everybody.
///
/// # Errors
/// Those of the database.
pub async fn crowd(db: &Db, filter: &Filter) -> Result<Option<Crowd>, Fault> {
    if !filter.is_about_somebody() {
        return Ok(None);
    }
    let condition = Condition::all()
        .add_option(filter.actor.map(|actor| Column::Actor.eq(actor)))
        .add_option(filter.session.map(|session| Column::Session.eq(session)))
        .add_option(filter.request.as_deref().map(|it| Column::RequestId.eq(it)));
    let rows: Vec<(Uuid, i32, String)> = Entity::find()
        .select_only()
        .columns([Column::Node, Column::Number, Column::Stream])
        .filter(condition)
        .into_tuple()
        .all(db.read())
        .await?;
    let mut crowd = Crowd::default();
    let mut streams = BTreeSet::new();
    for (node, number, stream) in rows {
        crowd.numbers.insert((node, number));
        streams.insert(stream);
    }
    crowd.streams = streams.into_iter().collect();
    Ok(Some(crowd))
}
