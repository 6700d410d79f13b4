//! What import asks of charts before it writes into them with [`super::insert_rows`], and where entries came from.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use crate::db::{Tx, breaks};
use crate::error::Fault;
use entity::cell::BlindIndex;
use entity::code::{RecordKind, RecordStatus};
use entity::id::{AppointmentId, PatientId, RecordId};
use entity::{chart_record, chart_source};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QuerySelect,
};
use std::collections::HashMap;

/// SQLite takes 32,766 parameters a statement.
const CHUNK: usize = 10_000;

/// An entry that came from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The entry.
    pub id: RecordId,
    /// Whose chart.
    pub patient: PatientId,
    /// What it is.
    pub kind: RecordKind,
    /// Whether it stands, and was not entered in error.
    pub stands: bool,
}

impl Kept {
    /// One that stands.
    #[must_use]
    pub fn new(id: RecordId, patient: PatientId, kind: RecordKind) -> Self {
        Self {
            id,
            patient,
            kind,
            stands: true,
        }
    }
}

/// The hash that an entry is recognised by when it is imported again.
#[must_use]
pub fn source_index(vault: &crate::vault::Vault, source: &str) -> BlindIndex {
    vault.index().of("chart.source", source.as_bytes())
}

/// What was made of those of these sources that were here before.
///
/// # Errors
/// Those of the database.
pub async fn by_sources(
    tx: &Tx,
    sources: Vec<BlindIndex>,
) -> Result<HashMap<BlindIndex, Kept>, Fault> {
    let mut known = HashMap::new();
    for some in sources.chunks(CHUNK) {
        let found = chart_source::Entity::find()
            .filter(chart_source::Column::SourceIndex.is_in(some.iter().cloned()))
            .all(tx.connection())
            .await?;
        let entries: Vec<(RecordId, PatientId, RecordKind, RecordStatus)> =
            chart_record::Entity::find()
                .select_only()
                .columns([
                    chart_record::Column::Id,
                    chart_record::Column::PatientId,
                    chart_record::Column::Kind,
                    chart_record::Column::Status,
                ])
                .filter(chart_record::Column::Id.is_in(found.iter().map(|one| one.record_id)))
                .into_tuple()
                .all(tx.connection())
                .await?;
        let entries = entries.into_iter();
        let entries: HashMap<RecordId, Kept> = entries
            .map(|(id, patient, kind, status)| {
                let stands = status != RecordStatus::EnteredInError;
                let kept = Kept {
                    stands,
                    ..Kept::new(id, patient, kind)
                };
                (id, kept)
            })
            .collect();
        let found = found.into_iter();
        known.extend(found.filter_map(|one| {
            let kept = entries.get(&one.record_id).copied()?;
            Some((one.source_index, kept))
        }));
    }
    Ok(known)
}

/// The visits that stand of these appointments.
///
/// # Errors
/// Those of the database.
pub async fn visits_of(
    tx: &Tx,
    appointments: Vec<AppointmentId>,
) -> Result<HashMap<AppointmentId, RecordId>, Fault> {
    let gone = [RecordStatus::Cancelled, RecordStatus::EnteredInError];
    let mut visits = HashMap::new();
    for some in appointments.chunks(CHUNK) {
        let found: Vec<(AppointmentId, RecordId)> = chart_record::Entity::find()
            .select_only()
            .columns([
                chart_record::Column::AppointmentId,
                chart_record::Column::Id,
            ])
            .filter(chart_record::Column::AppointmentId.is_in(some.iter().copied()))
            .filter(chart_record::Column::Status.is_not_in(gone))
            .into_tuple()
            .all(tx.connection())
            .await?;
        visits.extend(found);
    }
    Ok(visits)
}

/// How many entries of each kind these charts have, those entered in error too.
///
/// # Errors
/// Those of the database.
pub async fn counts(
    tx: &Tx,
    patients: Vec<PatientId>,
) -> Result<HashMap<(PatientId, RecordKind), u64>, Fault> {
    let mut counts = HashMap::new();
    for some in patients.chunks(CHUNK) {
        let found: Vec<(PatientId, RecordKind, i64)> = chart_record::Entity::find()
            .select_only()
            .columns([chart_record::Column::PatientId, chart_record::Column::Kind])
            .column_as(chart_record::Column::Id.count(), "entries")
            .filter(chart_record::Column::PatientId.is_in(some.iter().copied()))
            .group_by(chart_record::Column::PatientId)
            .group_by(chart_record::Column::Kind)
            .into_tuple()
            .all(tx.connection())
            .await?;
        let found = found.into_iter();
        counts.extend(found.map(|(patient, kind, count)| ((patient, kind), count.unsigned_abs())));
    }
    Ok(counts)
}

/// Notes where entries came from; false when one of the sources is known by now. Nothing more is to be written in the
/// transaction then.
///
/// # Errors
/// Those of the database.
pub async fn insert_sources(tx: &Tx, rows: Vec<chart_source::Model>) -> Result<bool, Fault> {
    for some in rows.chunks(CHUNK) {
        let some = some
            .iter()
            .map(|row| row.clone().into_active_model().reset_all());
        let written = chart_source::Entity::insert_many(some)
            .exec_without_returning(tx.connection())
            .await;
        match written {
            Err(error) if breaks(&error, "chart_source_pkey", "chart_source.source_index") => {
                return Ok(false);
            }
            written => written?,
        };
    }
    Ok(true)
}
