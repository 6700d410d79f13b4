//! What import asks before it writes many appointments with [`super::store::insert_rows`], and what else it keeps of them.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use super::store::{LONGEST, LONGEST_BUFFER};
use crate::access::Granted;
use crate::db::{Db, Tx, among};
use crate::error::Fault;
use crate::vault::Place;
use chrono::{DateTime, Utc};
use entity::cell::BlindIndex;
use entity::code::AppointmentStatus;
use entity::id::{AppointmentId, DoctorId, PatientId};
use entity::{appointment, appointment_kind};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, EntityTrait, IntoActiveModel as _,
    PaginatorTrait, QueryFilter, QuerySelect,
};
use std::collections::HashMap;

/// SQLite takes 32,766 parameters a statement.
const CHUNK: usize = 20_000;

/// The hash that an appointment is recognised by when it is imported again.
#[must_use]
pub fn source_index(vault: &crate::vault::Vault, source: &str) -> BlindIndex {
    vault.index().of("appointment.source", source.as_bytes())
}

/// The appointments that were made of those of these sources that were here before, whose they are, and where they stand.
///
/// # Errors
/// Those of the database.
pub async fn known_sources(
    tx: &Tx,
    sources: Vec<BlindIndex>,
) -> Result<HashMap<BlindIndex, (AppointmentId, PatientId, AppointmentStatus)>, Fault> {
    let mut known = HashMap::new();
    for some in sources.chunks(CHUNK) {
        type Found = (BlindIndex, AppointmentId, PatientId, AppointmentStatus);
        let found: Vec<Found> = appointment::Entity::find()
            .select_only()
            .columns([
                appointment::Column::SourceIndex,
                appointment::Column::Id,
                appointment::Column::PatientId,
                appointment::Column::Status,
            ])
            .filter(appointment::Column::SourceIndex.is_in(some.iter().cloned()))
            .into_tuple()
            .all(tx.connection())
            .await?;
        let found = found.into_iter();
        known.extend(found.map(|(index, id, whose, status)| (index, (id, whose, status))));
    }
    Ok(known)
}

/// Notes what kinds of visits appointments are where they came from.
///
/// # Errors
/// Those of the database.
pub async fn insert_kinds(tx: &Tx, rows: Vec<appointment_kind::Model>) -> Result<(), Fault> {
    for some in rows.chunks(CHUNK / 2) {
        let some = some.iter().cloned();
        let some = some.map(|row| row.into_active_model().reset_all());
        appointment_kind::Entity::insert_many(some)
            .exec_without_returning(tx.connection())
            .await?;
    }
    Ok(())
}

/// What kinds of visits these appointments are where they came from, as far as they came from elsewhere.
///
/// # Errors
/// Those of the database.
pub async fn kinds(
    db: &Db,
    _: Granted,
    appointments: Vec<AppointmentId>,
) -> Result<HashMap<AppointmentId, appointment_kind::Model>, Fault> {
    let these = among(
        db.kind(),
        appointment_kind::Column::AppointmentId,
        appointments,
    );
    let found = appointment_kind::Entity::find().filter(these);
    let found = found.all(db.read()).await?.into_iter();
    Ok(found.map(|row| (row.appointment_id, row)).collect())
}

/// Where the kind of an appointment lies.
#[must_use]
pub fn kind_place(appointment: AppointmentId) -> Place {
    Place::new("appointment_kind", "kind", appointment.0)
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
