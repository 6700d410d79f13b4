//! The audit's tables: adding to them and reading them. There is nothing here that changes or deletes.

#![expect(
    clippy::disallowed_methods,
    reason = "the store of the audit's own tables"
)]

mod finding;
mod followers;
mod looks;
mod patients;
mod sources;

pub use finding::Filter;
pub use followers::{all as followers, insert as insert_followers};
pub use looks::{count, filtered, list, looks};
pub use patients::{after as found_after, finding};

use crate::db::{Db, Kind, among};
use crate::error::Fault;
use entity::id::AuditEntryId;
use entity::{audit_entry, audit_link, audit_patient};
use sea_orm::sea_query::{ArrayType, Expr, ExprTrait as _, Query};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait, ConnectionTrait, DbBackend,
    EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement,
    Value,
};
use std::sync::LazyLock;
use uuid::Uuid;

/// On PostgreSQL the rows travel as one array a column, so that one prepared statement serves any number of them. An array
/// of the driver's holds no null: nil and empty stand for it.
const INSERT: &str = "\
    INSERT INTO audit_entry (id, occurred_at, node, request_id, operation, actor, session, roles, action, kinds, \
      object_kind, object_id, patient_id, fields, relationship, purpose, grant_id, reason, outcome, times, address, mac, \
      patients) \
    SELECT id, occurred_at, node, request_id, operation, NULLIF(actor, $24), NULLIF(session, $24), roles, action, kinds, \
      object_kind, NULLIF(object_id, $24), NULLIF(patient_id, $24), fields, NULLIF(relationship, ''), NULLIF(purpose, ''), \
      NULLIF(grant_id, $24), NULLIF(reason, ''), outcome, times, NULLIF(address, ''::bytea), mac, \
      NULLIF(patients, ''::bytea) \
    FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::int[], \
      $9::text[], $10::text[], $11::text[], $12::uuid[], $13::uuid[], $14::text[], $15::text[], $16::text[], $17::uuid[], \
      $18::text[], $19::text[], $20::int[], $21::bytea[], $22::bytea[], $23::bytea[]) \
    AS entry (id, occurred_at, node, request_id, operation, actor, session, roles, action, kinds, object_kind, object_id, \
      patient_id, fields, relationship, purpose, grant_id, reason, outcome, times, address, mac, patients)";

/// The statement that adds these entries; there is at least one.
#[must_use]
pub fn insert(kind: Kind, entries: &[audit_entry::Model]) -> Statement {
    match kind {
        Kind::Postgres => postgres(entries),
        Kind::Sqlite => insert_many(kind, entries),
    }
}

/// The statements that add these entries, in one transaction: with the patients by whom those of many are found. There is at least
/// one.
#[must_use]
pub fn insert_naming(kind: Kind, entries: &[audit_entry::Model]) -> Vec<Statement> {
    let named: Vec<_> = entries.iter().flat_map(patients::of).collect();
    if named.is_empty() {
        return vec![insert(kind, entries)];
    }
    match kind {
        Kind::Postgres => vec![postgres_naming(entries, &named)],
        Kind::Sqlite => std::iter::once(insert_many(kind, entries))
            .chain(patients::insert(&named))
            .collect(),
    }
}

/// The statement that adds entries of many each; there is at least one.
#[must_use]
pub fn insert_many(kind: Kind, entries: &[audit_entry::Model]) -> Statement {
    let rows = entries.iter().map(|entry| {
        let mut row = entry.clone().into_active_model().reset_all();
        row.place = NotSet;
        row
    });
    audit_entry::Entity::insert_many(rows).build(match kind {
        Kind::Postgres => DbBackend::Postgres,
        Kind::Sqlite => DbBackend::Sqlite,
    })
}

/// The same as a part of another statement for PostgreSQL, whose parameters up to `$first` are others, if a condition holds
/// that may refer to what stands before it. [`cells`] are its parameters.
#[must_use]
pub fn inserting(first: usize, condition: &str) -> String {
    let mut parts = INSERT.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        let number = number
            .parse()
            .map_or(first, |number: usize| number + first - 1);
        text.push_str(&format!("${number}{rest}"));
    }
    format!("{text} WHERE {condition}")
}

fn postgres(entries: &[audit_entry::Model]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, INSERT, cells(entries))
}

/// With the patients by whom those of many are found: one statement, so one journey and one commit.
fn postgres_naming(entries: &[audit_entry::Model], named: &[audit_patient::Model]) -> Statement {
    static NAMING: LazyLock<String> = LazyLock::new(|| {
        format!(
            "WITH named AS (INSERT INTO audit_patient (patient_id, entry_id) \
               SELECT * FROM unnest($25::uuid[], $26::uuid[])) {INSERT}"
        )
    });
    let ids = |id: fn(&audit_patient::Model) -> Uuid| {
        let ids: Vec<Value> = named.iter().map(|row| id(row).into()).collect();
        Value::Array(ArrayType::Uuid, Some(Box::new(ids)))
    };
    let mut values = cells(entries);
    values.extend([ids(|it| it.patient_id.0), ids(|it| it.entry_id.0)]);
    Statement::from_sql_and_values(DbBackend::Postgres, NAMING.as_str(), values)
}

/// The parameters of the statement that adds these entries.
#[must_use]
pub fn cells(entries: &[audit_entry::Model]) -> Vec<Value> {
    type Cell = fn(&audit_entry::Model) -> Value;
    fn id(id: Option<Uuid>) -> Value {
        id.unwrap_or_default().into()
    }
    fn word(word: Option<&String>) -> Value {
        word.cloned().unwrap_or_default().into()
    }
    let cells: [(ArrayType, Cell); 23] = [
        (ArrayType::Uuid, |it| it.id.0.into()),
        (ArrayType::ChronoDateTimeUtc, |it| it.occurred_at.into()),
        (ArrayType::Uuid, |it| it.node.into()),
        (ArrayType::String, |it| it.request_id.clone().into()),
        (ArrayType::String, |it| it.operation.clone().into()),
        (ArrayType::Uuid, |it| id(it.actor.map(|id| id.0))),
        (ArrayType::Uuid, |it| id(it.session.map(|id| id.0))),
        (ArrayType::Int, |it| it.roles.into()),
        (ArrayType::String, |it| it.action.clone().into()),
        (ArrayType::String, |it| it.kinds.clone().into()),
        (ArrayType::String, |it| it.object_kind.clone().into()),
        (ArrayType::Uuid, |it| id(it.object_id)),
        (ArrayType::Uuid, |it| id(it.patient_id.map(|id| id.0))),
        (ArrayType::String, |it| it.fields.clone().into()),
        (ArrayType::String, |it| word(it.relationship.as_ref())),
        (ArrayType::String, |it| word(it.purpose.as_ref())),
        (ArrayType::Uuid, |it| id(it.grant_id)),
        (ArrayType::String, |it| word(it.reason.as_ref())),
        (ArrayType::String, |it| it.outcome.clone().into()),
        (ArrayType::Int, |it| it.times.into()),
        (ArrayType::Bytes, |it| {
            it.address.clone().unwrap_or_default().into()
        }),
        (ArrayType::Bytes, |it| it.mac.clone().into()),
        (ArrayType::Bytes, |it| {
            it.patients.clone().unwrap_or_default().into()
        }),
    ];
    let columns = cells.map(|(kind, cell)| {
        let column: Vec<Value> = entries.iter().map(cell).collect();
        Value::Array(kind, Some(Box::new(column)))
    });
    let nil: Value = Uuid::nil().into();
    columns.into_iter().chain([nil]).collect()
}

/// The last link of the chain, if it has any.
///
/// # Errors
/// Those of the database.
pub async fn last_link<C: ConnectionTrait>(
    connection: &C,
) -> Result<Option<audit_link::Model>, Fault> {
    let links = audit_link::Entity::find().order_by_desc(audit_link::Column::Seq);
    Ok(links.one(connection).await?)
}

/// The link of this place.
///
/// # Errors
/// Those of the database.
pub async fn link_at(db: &Db, seq: i64) -> Result<Option<audit_link::Model>, Fault> {
    Ok(audit_link::Entity::find_by_id(seq).one(db.read()).await?)
}

/// Links after this place, in order.
///
/// # Errors
/// Those of the database.
pub async fn links_after(db: &Db, seq: i64, most: u64) -> Result<Vec<audit_link::Model>, Fault> {
    Ok(audit_link::Entity::find()
        .filter(audit_link::Column::Seq.gt(seq))
        .order_by_asc(audit_link::Column::Seq)
        .limit(most)
        .all(db.read())
        .await?)
}

/// Adds links.
///
/// # Errors
/// Those of the database.
pub async fn insert_links<C: ConnectionTrait>(
    connection: &C,
    links: Vec<audit_link::Model>,
) -> Result<(), Fault> {
    let rows = links
        .into_iter()
        .map(|link| link.into_active_model().reset_all());
    audit_link::Entity::insert_many(rows)
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// The entries of these ids as they are kept, in no order: one of many is one.
///
/// # Errors
/// Those of the database.
pub async fn entries(
    db: &Db,
    ids: impl IntoIterator<Item = AuditEntryId>,
) -> Result<Vec<audit_entry::Model>, Fault> {
    let these = among(db.kind(), audit_entry::Column::Id, ids);
    let select = audit_entry::Entity::find().filter(these);
    Ok(select.all(db.read()).await?)
}

/// Entries after this place that no link seals, in order.
///
/// # Errors
/// Those of the database.
pub async fn unsealed<C: ConnectionTrait>(
    connection: &C,
    after: i64,
    most: u64,
) -> Result<Vec<audit_entry::Model>, Fault> {
    // One look into the links' index an entry. As a join (`NOT EXISTS`) PostgreSQL, which knows neither the place nor how many
    // are sealed when it plans, reads all links there are, each time.
    let link = Query::select()
        .expr(Expr::val(1))
        .from(audit_link::Entity)
        .and_where(
            Expr::col((audit_link::Entity, audit_link::Column::EntryId))
                .equals((audit_entry::Entity, audit_entry::Column::Id)),
        )
        .limit(1)
        .to_owned();
    let link = Expr::SubQuery(None, Box::new(link.into()));
    Ok(audit_entry::Entity::find()
        .filter(audit_entry::Column::Place.gt(after))
        .filter(link.is_null())
        .order_by_asc(audit_entry::Column::Place)
        .limit(most)
        .all(connection)
        .await?)
}

/// The last place of an entry made before the one with this id.
///
/// # Errors
/// Those of the database.
pub async fn place_before(db: &Db, id: Uuid) -> Result<i64, Fault> {
    let place: Option<i64> = audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Place)
        .filter(audit_entry::Column::Id.lt(id))
        .order_by_desc(audit_entry::Column::Place)
        .into_tuple()
        .one(db.read())
        .await?;
    Ok(place.unwrap_or_default())
}

/// How far places have been given out, and which transactions may still be writing at some of those: everything up to the
/// first is settled once the oldest of the second is the second's of now.
#[derive(Clone, Copy, Debug)]
pub struct Horizon {
    /// The newest place that is given out.
    pub place: i64,
    /// Transactions before this one have ended.
    pub oldest: i64,
    /// No transaction from this one on had begun.
    pub next: i64,
}

/// Where it all stands on PostgreSQL.
///
/// # Errors
/// Those of the database.
pub async fn horizon<C: ConnectionTrait>(connection: &C) -> Result<Horizon, Fault> {
    const SELECT: &str = "\
        SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('audit_entry', 'place')::regclass), 0), \
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    let statement = Statement::from_string(DbBackend::Postgres, SELECT);
    let row = connection.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Fault::internal("a select without a row"))?;
    Ok(Horizon {
        place: row.try_get_by_index(0)?,
        oldest: row.try_get_by_index(1)?,
        next: row.try_get_by_index(2)?,
    })
}

/// Takes the sealer's place among all copies until the transaction ends, if it is free.
///
/// # Errors
/// Those of the database.
pub async fn takes_turn<C: ConnectionTrait>(connection: &C, kind: Kind) -> Result<bool, Fault> {
    if kind == Kind::Sqlite {
        return Ok(true);
    }
    let select = "SELECT pg_try_advisory_xact_lock(hashtextextended('audit sealer', 0))";
    let statement = Statement::from_string(DbBackend::Postgres, select);
    let row = connection.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Fault::internal("a select without a row"))?;
    Ok(row.try_get_by_index(0)?)
}
