//! By whom entries of many patients are found.

#![expect(
    clippy::disallowed_methods,
    reason = "the store of the audit's own tables"
)]

use crate::audit::looked_at::LookedAt;
use crate::db::{Db, Window};
use crate::error::Fault;
use entity::audit_entry;
use entity::audit_patient::{Column, Entity, Model};
use entity::id::{AuditEntryId, PatientId};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DbBackend, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryTrait as _, Statement,
};
use std::collections::HashSet;

/// Rows a statement.
const STRETCH: usize = 1000;

/// By whom this entry is found; by nobody if it is not of many.
pub fn of(entry: &audit_entry::Model) -> Vec<Model> {
    let patients = LookedAt::of(entry).map_or_else(Vec::new, |at| at.0);
    let named = patients.into_iter().map(|patient_id| Model {
        patient_id,
        entry_id: entry.id,
    });
    named.collect()
}

/// The statements that add these on SQLite.
pub fn insert(rows: &[Model]) -> impl Iterator<Item = Statement> {
    rows.chunks(STRETCH).map(|some| {
        let rows = some.iter().map(|row| row.into_active_model().reset_all());
        Entity::insert_many(rows).build(DbBackend::Sqlite)
    })
}

/// By whom entries are found, after this one, in order.
///
/// # Errors
/// Those of the database.
pub async fn after(db: &Db, last: Option<Model>, most: u64) -> Result<Vec<Model>, Fault> {
    let window = Window {
        after: last,
        ..Window::first(most)
    };
    let columns = [Column::PatientId, Column::EntryId].map(|column| column.into_expr());
    let select = window.over(Entity::find(), columns, |last| {
        [last.patient_id.into(), last.entry_id.into()]
    });
    Ok(window.cut(select.all(db.read()).await?).rows)
}

/// By whom these entries are found, of those whom they name.
///
/// # Errors
/// Those of the database.
pub async fn finding(
    db: &Db,
    entries: &[audit_entry::Model],
) -> Result<HashSet<(PatientId, AuditEntryId)>, Fault> {
    let named: Vec<Model> = entries.iter().flat_map(of).collect();
    let mut found = HashSet::new();
    for some in named.chunks(STRETCH) {
        let both = [Column::PatientId, Column::EntryId].map(|column| column.into_expr());
        let these = some.iter().map(|row| (row.patient_id.0, row.entry_id.0));
        let select = Entity::find().filter(Expr::tuple(both).in_tuples(these));
        let rows = select.all(db.read()).await?;
        found.extend(rows.into_iter().map(|row| (row.patient_id, row.entry_id)));
    }
    Ok(found)
}
