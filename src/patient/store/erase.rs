//! Taking a patient out of everything that reads, for good.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use crate::db::{Kind, Tx};
use crate::error::Fault;
use crate::vault::IndexKey;
use entity::cell::Sealed;
use entity::code::AppointmentStatus;
use entity::id::PatientId;
use entity::{appointment, chart_record, chart_version, coverage, patient, patient_index};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect, QueryTrait,
};

/// Waits for whoever gives a time of this patient away, and lets none do so until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn lock(tx: &Tx, patient: PatientId) -> Result<(), Fault> {
    // The same text as in the locks of appointments, a later room.
    tx.lock(&[format!("patient:{patient}")]).await
}

/// Whether appointments of this patient stand that are not over.
///
/// # Errors
/// Those of the database.
pub async fn has_appointments(tx: &Tx, patient: PatientId) -> Result<bool, Fault> {
    let standing = appointment::Entity::find()
        .filter(appointment::Column::PatientId.eq(patient))
        .filter(appointment::Column::Status.is_in(AppointmentStatus::LIVE))
        .filter(appointment::Column::EndsAt.gt(tx.clock().now()))
        .count(tx.connection())
        .await?;
    Ok(standing > 0)
}

/// The patient as they are now, held against other writers; none once erased.
///
/// # Errors
/// Those of the database.
pub async fn hold(tx: &Tx, id: PatientId) -> Result<Option<patient::Model>, Fault> {
    let select = patient::Entity::find_by_id(id).filter(patient::Column::DataKey.ne(Sealed::GONE));
    let select = match tx.kind() {
        Kind::Postgres => select.lock(LockType::Update),
        Kind::Sqlite => select,
    };
    Ok(select.one(tx.connection()).await?)
}

/// Destroys the key and the cells of a held patient, and whatever they are found by. The row stays, for others refer to
/// it.
///
/// # Errors
/// Those of the database.
pub async fn erase(tx: &Tx, held: &patient::Model) -> Result<(), Fault> {
    let row = patient::ActiveModel {
        id: Set(held.id),
        user_id: Set(None),
        data_key: Set(Sealed::GONE),
        mrn: Set(Sealed::GONE),
        mrn_index: Set(IndexKey::of_nothing()),
        name: Set(Sealed::GONE),
        birth_date: Set(Sealed::GONE),
        profile: Set(Sealed::GONE),
        contact: Set(Sealed::GONE),
        address: Set(None),
        emergency_contacts: Set(Sealed::GONE),
        source_index: Set(None),
        version: Set(held.version + 1),
        updated_at: Set(tx.clock().now()),
        recorded_by: Set(None),
        ..Default::default()
    };
    row.update(tx.connection()).await?;
    patient_index::Entity::delete_many()
        .filter(patient_index::Column::PatientId.eq(held.id))
        .exec(tx.connection())
        .await?;
    coverage::Entity::delete_many()
        .filter(coverage::Column::PatientId.eq(held.id))
        .exec(tx.connection())
        .await?;
    // Of the chart nothing refers to another row, and without the key nothing of it can be read.
    let entries = chart_record::Entity::find()
        .select_only()
        .column(chart_record::Column::Id)
        .filter(chart_record::Column::PatientId.eq(held.id))
        .into_query();
    chart_version::Entity::delete_many()
        .filter(chart_version::Column::RecordId.in_subquery(entries))
        .exec(tx.connection())
        .await?;
    chart_record::Entity::delete_many()
        .filter(chart_record::Column::PatientId.eq(held.id))
        .exec(tx.connection())
        .await?;
    Ok(())
}
