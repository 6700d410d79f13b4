//! What import asks before it writes many appointments with [`super::store::insert_rows`].

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use super::store::{LONGEST, LONGEST_BUFFER};
use crate::db::Tx;
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::appointment;
use entity::cell::BlindIndex;
use entity::code::AppointmentStatus;
use entity::id::{AppointmentId, DoctorId, PatientId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;

/// SQLite takes 32,766 parameters a statement.
const CHUNK: usize = 20_000;

/// The hash that an appointment is recognised by when it is imported again.
#[must_use]
pub fn source_index(vault: &crate::vault::Vault, source: &str) -> BlindIndex {
    vault.index().of("appointment.source", source.as_bytes())
}

/// The appointments that were made of those of these sources that were here before.
///
/// # Errors
/// Those of the database.
pub async fn known_sources(
    tx: &Tx,
    sources: Vec<BlindIndex>,
) -> Result<HashMap<BlindIndex, AppointmentId>, Fault> {
    let mut known = HashMap::new();
    for some in sources.chunks(CHUNK) {
        let found: Vec<(BlindIndex, AppointmentId)> = appointment::Entity::find()
            .select_only()
            .columns([appointment::Column::SourceIndex, appointment::Column::Id])
            .filter(appointment::Column::SourceIndex.is_in(some.iter().cloned()))
            .into_tuple()
            .all(tx.connection())
            .await?;
        known.extend(found);
    }
    Ok(known)
}

/// Whether this time of the doctor or of the patient is taken. Call it behind [`super::store::locks`]. (The service asks
/// [`super::store::clash`], which wants proof that the policy was asked: here there is no viewer.)
///
/// # Errors
/// Those of the database.
pub async fn is_taken(
    tx: &Tx,
    doctor: DoctorId,
    patient: PatientId,
    time: (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, Fault> {
    let overlapping = appointment::Entity::find()
        .filter(
            Condition::any()
                .add(
                    Condition::all()
                        .add(appointment::Column::DoctorId.eq(doctor))
                        .add(appointment::Column::BlockedFrom.lt(time.1))
                        .add(appointment::Column::BlockedUntil.gt(time.0)),
                )
                .add(
                    Condition::all()
                        .add(appointment::Column::PatientId.eq(patient))
                        .add(appointment::Column::StartsAt.lt(time.1))
                        .add(appointment::Column::EndsAt.gt(time.0)),
                ),
        )
        .filter(appointment::Column::StartsAt.lt(time.1 + LONGEST_BUFFER))
        .filter(appointment::Column::StartsAt.gt(time.0 - LONGEST - LONGEST_BUFFER))
        .filter(appointment::Column::Status.is_in(AppointmentStatus::LIVE))
        .count(tx.connection())
        .await?;
    Ok(overlapping > 0)
}
