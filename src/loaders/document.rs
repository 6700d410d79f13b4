//! Files in records by key: what is known of them, and no byte of theirs.

use super::{by_id, lists};
use crate::batch::Batcher;
use crate::db::{Db, among};
use entity::document;
use entity::id::{DocumentId, PatientId};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use std::sync::Arc;

/// Files, in their order.
type List = Arc<[Arc<document::Model>]>;

/// The loaders of files.
pub struct Documents {
    /// One.
    pub by_id: Batcher<DocumentId, Arc<document::Model>>,
    /// All of a record, the oldest first.
    pub of_patient: Batcher<PatientId, List>,
    /// All that took each other's place, the first first.
    pub of_series: Batcher<DocumentId, List>,
}

impl Documents {
    pub(super) fn over(db: &Db) -> Self {
        Self {
            by_id: by_id(db, document::Column::Id, |row: &document::Model| row.id),
            of_patient: of_patient(db),
            of_series: of_series(db),
        }
    }
}

fn of_patient(db: &Db) -> Batcher<PatientId, List> {
    let db = db.clone();
    Batcher::new(move |patients: Vec<PatientId>| {
        let db = db.clone();
        async move {
            let rows = document::Entity::find()
                .filter(among(db.kind(), document::Column::PatientId, patients))
                .order_by_asc(document::Column::CreatedAt)
                .order_by_asc(document::Column::Id)
                .all(db.read())
                .await?;
            Ok(lists(rows, |row| row.patient_id))
        }
    })
}

fn of_series(db: &Db) -> Batcher<DocumentId, List> {
    let db = db.clone();
    Batcher::new(move |series: Vec<DocumentId>| {
        let db = db.clone();
        async move {
            let rows = document::Entity::find()
                .filter(among(db.kind(), document::Column::SeriesId, series))
                .order_by_asc(document::Column::Edition)
                .all(db.read())
                .await?;
            Ok(lists(rows, |row| row.series_id))
        }
    })
}
