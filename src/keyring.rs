//! Which master key wraps what: the proof of each key in use, counting what is under each, moving data keys from one
//! master key to another while servers run, and letting go of one that nothing needs any more.
//!
//! A row with a data key refers to the proof of the master key that has wrapped it: the database itself refuses a data key
//! under a master key that is not in use, and the end of one that is. What is in the rows is not known here.

#![expect(
    clippy::disallowed_methods,
    reason = "the store of the proofs, and of the one column that every person's row has"
)]

use crate::db::Db;
use crate::error::{Fault, Outcome};
use crate::vault::{KeyId, Vault};
use entity::cell::{Digest, Sealed};
use entity::key_check;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Statement,
};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The tables whose rows have a data key.
pub const TABLES: [&str; 4] = ["patient", "doctor", "user", "audit_key"];

/// Rows a transaction: few, since what it holds the servers' writers wait for.
const BATCH: u64 = 50;
/// The pause between two of them, in which a server's writer has its turn: SQLite has no queue for those of two processes.
const PAUSE: Duration = Duration::from_millis(3);
/// The column that the database derives from `data_key`.
const WRAPPED_BY: &str = "wrapped_by";

/// Checks that every master key in use is on the ring, and notes the current one as in use.
///
/// # Errors
/// [`Fault::Unavailable`] naming the keys that are missing.
pub async fn check(db: &Db, vault: &Vault) -> Result<(), Fault> {
    let proofs = key_check::Entity::find().all(db.read()).await?;
    let missing: Vec<String> = proofs
        .iter()
        .filter(|check| vault.open_key(Uuid::nil(), &check.proof).is_err())
        .filter_map(|check| Some(name_of(&check.key_id)?.to_string()))
        .collect();
    if missing.is_empty() {
        return note(db, vault).await;
    }
    let given: Vec<String> = vault.ring().ids().map(|id| id.to_string()).collect();
    Err(Fault::unavailable(format!(
        "this database is sealed with master keys that are not given: {} (given: {}). Put each back, as keys.master or \
         among keys.master_others; one that `patient-tracker keys status` shows nothing under may be retired instead",
        missing.join(", "),
        given.join(", ")
    )))
}

/// Notes the current master key as in use, from when on rows may be wrapped under it.
///
/// # Errors
/// Those of the database.
pub async fn note(db: &Db, vault: &Vault) -> Result<(), Fault> {
    let current = vault.ring().current();
    let known = key_check::Entity::find_by_id(digest(current))
        .one(db.read())
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let (_, proof) = vault.new_key(Uuid::nil())?;
    let row = key_check::ActiveModel {
        key_id: Set(digest(current)),
        proof: Set(proof),
    };
    let once = OnConflict::column(key_check::Column::KeyId)
        .do_nothing()
        .to_owned();
    let insert = key_check::Entity::insert(row).on_conflict(once);
    insert.exec_without_returning(db.schema()).await?;
    Ok(())
}

/// The master keys that are noted as in use.
///
/// # Errors
/// Those of the database.
pub async fn in_use(db: &Db) -> Result<BTreeSet<KeyId>, Fault> {
    let proofs = key_check::Entity::find().all(db.read()).await?;
    let names = proofs.iter().filter_map(|check| name_of(&check.key_id));
    Ok(names.collect())
}

/// How many data keys of each table are wrapped under each master key; what has been erased is under none.
///
/// # Errors
/// Those of the database.
pub async fn counts(db: &Db) -> Result<BTreeMap<KeyId, BTreeMap<&'static str, u64>>, Fault> {
    let mut counts: BTreeMap<KeyId, BTreeMap<&'static str, u64>> = BTreeMap::new();
    for table in TABLES {
        let select = Query::select()
            .column(WRAPPED_BY)
            .expr(Expr::col("id").count())
            .from(table)
            .and_where(Expr::col(WRAPPED_BY).is_not_null())
            .group_by_col(WRAPPED_BY)
            .to_owned();
        for row in db.read().query_all(&select).await? {
            let name = Digest(row.try_get_by_index(0)?);
            let rows: i64 = row.try_get_by_index(1)?;
            let id = name_of(&name).ok_or_else(|| Fault::internal("a key without a name"))?;
            let by_table = counts.entry(id).or_default();
            by_table.insert(table, u64::try_from(rows).unwrap_or_default());
        }
    }
    Ok(counts)
}

/// What became of a rewrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Data keys that are under the current master key by this run.
    pub moved: u64,
    /// Data keys that no key of the ring opens, by their last sight; they are as they were.
    pub unreadable: u64,
}

/// Wraps every data key that is under another master key by the current one, in small transactions, each row as it was
/// read or not at all: whoever changes or erases a row meanwhile is not undone. It may end at any moment and be run again.
/// `told` hears how many were moved by each step.
///
/// # Errors
/// Those of the database; what was moved until then stays moved.
pub async fn rewrap(
    db: &Db,
    vault: &Arc<Vault>,
    mut told: impl FnMut(u64),
) -> Result<Rewrapped, Fault> {
    note(db, vault).await?;
    let mut done = Rewrapped::default();
    for table in TABLES {
        // Until a whole pass has found nothing: a server that was started before may still wrap under the former key.
        loop {
            let pass = pass(db, vault, table, &mut told).await?;
            done.moved += pass.moved;
            if pass.moved == 0 {
                done.unreadable += pass.unreadable;
                break;
            }
        }
    }
    Ok(done)
}

async fn pass(
    db: &Db,
    vault: &Arc<Vault>,
    table: &'static str,
    told: &mut impl FnMut(u64),
) -> Result<Rewrapped, Fault> {
    let mut done = Rewrapped::default();
    let mut last = Uuid::nil();
    loop {
        let rows = elsewhere(db, vault.ring().current(), table, last).await?;
        let Some(end) = rows.last() else {
            return Ok(done);
        };
        last = end.0;
        let mut changes = Vec::with_capacity(rows.len());
        for (id, before) in rows {
            match vault.rewrap(id, &before) {
                Ok(after) => changes.extend(after.map(|after| (id, before, after))),
                Err(_) => {
                    tracing::warn!(table, row = %id, "No key of the ring opens this data key");
                    done.unreadable += 1;
                }
            }
        }
        let moved = exchange(db, table, changes).await?;
        done.moved += moved;
        told(moved);
        tokio::time::sleep(PAUSE).await;
    }
}

/// The next rows whose data key another master key has wrapped.
async fn elsewhere(
    db: &Db,
    current: KeyId,
    table: &'static str,
    after: Uuid,
) -> Result<Vec<(Uuid, Sealed)>, DbErr> {
    let select = Query::select()
        .columns(["id", "data_key"])
        .from(table)
        .and_where(Expr::col(WRAPPED_BY).ne(current.0.to_vec()))
        .and_where(Expr::col("id").gt(after))
        .order_by("id", Order::Asc)
        .limit(BATCH)
        .to_owned();
    let rows = db.read().query_all(&select).await?;
    let read =
        |row: &sea_orm::QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    rows.iter().map(read).collect()
}

/// Puts each wrapped key in the place of the one before, where that still stands; says in how many places it did.
async fn exchange(
    db: &Db,
    table: &'static str,
    changes: Vec<(Uuid, Sealed, Sealed)>,
) -> Result<u64, Fault> {
    let changes = Arc::new(changes);
    let written = db.write::<_, Infallible, _>(move |tx| {
        let changes = Arc::clone(&changes);
        Box::pin(async move {
            let mut moved = 0;
            for (id, before, after) in changes.iter() {
                let update = Query::update()
                    .table(table)
                    .value("data_key", after.0.clone())
                    .and_where(Expr::col("id").eq(*id))
                    .and_where(Expr::col("data_key").eq(before.0.clone()))
                    .to_owned();
                moved += tx.connection().execute(&update).await?.rows_affected();
            }
            Ok(Ok(moved))
        })
    });
    let Ok(moved) = written.await?;
    Ok(moved)
}

/// Data keys are wrapped under the master key that should end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse;

/// Ends the use of a master key, unless a row is wrapped under it; whether it was in use. From then on the database takes
/// no data key under it, from no server. What ends is ended together with the note, if one is given.
///
/// # Errors
/// Those of the database.
pub async fn retire(db: &Db, id: KeyId, note: Option<Statement>) -> Outcome<bool, InUse> {
    db.write(move |tx| {
        let note = note.clone();
        Box::pin(async move {
            let ended = key_check::Entity::delete_many()
                .filter(key_check::Column::KeyId.eq(digest(id)))
                .exec(tx.connection())
                .await;
            match ended {
                Ok(ended) => {
                    let was_in_use = ended.rows_affected > 0;
                    tx.defer(note.filter(|_| was_in_use));
                    Ok(Ok(was_in_use))
                }
                Err(error) if is_referred_to(&error) => Ok(Err(InUse)),
                Err(error) => Err(error.into()),
            }
        })
    })
    .await
}

fn is_referred_to(error: &DbErr) -> bool {
    matches!(
        error.sql_err(),
        Some(sea_orm::SqlErr::ForeignKeyConstraintViolation(_))
    )
}

fn digest(id: KeyId) -> Digest {
    Digest(id.0.to_vec())
}

fn name_of(digest: &Digest) -> Option<KeyId> {
    digest.0.as_slice().try_into().ok().map(KeyId)
}
