//! Taking a patient out of everything that reads, for good.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use crate::db::{Kind, Tx, among};
use crate::error::Fault;
use crate::vault::IndexKey;
use entity::cell::Sealed;
use entity::code::AppointmentStatus;
use entity::id::{BlobId, PatientId, VitalAlertId};
use entity::waitlist_entry::WaitlistStatus;
use entity::{
    alert_call, appointment, appointment_kind, change_proposal, chart_record, chart_source,
    chart_version, coverage, document, document_upload, document_waste, patient, patient_index,
    vital_alert, vital_threshold, waitlist_entry,
};
use sea_orm::sea_query::{Expr, LockType, OnConflict};
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

/// That the patient is there, and is not erased before the transaction ends: what is sealed under their key would stay behind
/// without it, and nobody could ever read it. Writers do not wait for each other here.
///
/// # Errors
/// [`Fault::NotFound`] when they are erased; those of the database.
pub async fn stays(tx: &Tx, id: PatientId) -> Result<(), Fault> {
    let select = patient::Entity::find_by_id(id)
        .select_only()
        .column(patient::Column::Id)
        .filter(patient::Column::DataKey.ne(Sealed::GONE));
    let select = match tx.kind() {
        Kind::Postgres => select.lock(LockType::KeyShare),
        Kind::Sqlite => select,
    };
    let found: Option<PatientId> = select.into_tuple().one(tx.connection()).await?;
    found.map(drop).ok_or(Fault::NotFound)
}

/// Destroys the key and the cells of a held patient, and whatever they are found by. The row stays, for others refer to
/// it. Returns where the bytes of their files lie, which are noted as to go.
///
/// # Errors
/// Those of the database.
pub async fn erase(tx: &Tx, held: &patient::Model) -> Result<Vec<BlobId>, Fault> {
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
    let visits = appointment::Entity::find()
        .select_only()
        .column(appointment::Column::Id)
        .filter(appointment::Column::PatientId.eq(held.id))
        .into_query();
    appointment_kind::Entity::delete_many()
        .filter(appointment_kind::Column::AppointmentId.in_subquery(visits))
        .exec(tx.connection())
        .await?;
    // Where they came from is nobody's any more, so that whoever comes from there again is somebody new.
    appointment::Entity::update_many()
        .col_expr(
            appointment::Column::SourceIndex,
            Expr::value(None::<Vec<u8>>),
        )
        .filter(appointment::Column::PatientId.eq(held.id))
        .filter(appointment::Column::SourceIndex.is_not_null())
        .exec(tx.connection())
        .await?;
    coverage::Entity::delete_many()
        .filter(coverage::Column::PatientId.eq(held.id))
        .exec(tx.connection())
        .await?;
    // Who is no more waits no more; offers that were made refer to the entry, so it stays as a row about nobody.
    waitlist_entry::Entity::update_many()
        .col_expr(waitlist_entry::Column::Note, Expr::value(None::<Vec<u8>>))
        .filter(waitlist_entry::Column::PatientId.eq(held.id))
        .exec(tx.connection())
        .await?;
    waitlist_entry::Entity::update_many()
        .col_expr(
            waitlist_entry::Column::Status,
            Expr::value(WaitlistStatus::Withdrawn),
        )
        .filter(waitlist_entry::Column::PatientId.eq(held.id))
        .filter(waitlist_entry::Column::Status.is_in(WaitlistStatus::WAITING))
        .exec(tx.connection())
        .await?;
    // Held first: else somebody could be called to one of them meanwhile.
    let alerts = vital_alert::Entity::find()
        .select_only()
        .column(vital_alert::Column::Id)
        .filter(vital_alert::Column::PatientId.eq(held.id));
    let alerts = match tx.kind() {
        Kind::Postgres => alerts.lock(LockType::Update),
        Kind::Sqlite => alerts,
    };
    let alerts: Vec<VitalAlertId> = alerts.into_tuple().all(tx.connection()).await?;
    alert_call::Entity::delete_many()
        .filter(among(tx.kind(), alert_call::Column::AlertId, alerts))
        .exec(tx.connection())
        .await?;
    vital_alert::Entity::delete_many()
        .filter(vital_alert::Column::PatientId.eq(held.id))
        .exec(tx.connection())
        .await?;
    vital_threshold::Entity::delete_many()
        .filter(vital_threshold::Column::PatientId.eq(held.id))
        .exec(tx.connection())
        .await?;
    // Of the chart nothing else refers to another row, and without the key nothing of it can be read.
    let entries = chart_record::Entity::find()
        .select_only()
        .column(chart_record::Column::Id)
        .filter(chart_record::Column::PatientId.eq(held.id))
        .into_query();
    chart_source::Entity::delete_many()
        .filter(chart_source::Column::RecordId.in_subquery(entries.clone()))
        .exec(tx.connection())
        .await?;
    chart_version::Entity::delete_many()
        .filter(chart_version::Column::RecordId.in_subquery(entries))
        .exec(tx.connection())
        .await?;
    change_proposal::Entity::delete_many()
        .filter(change_proposal::Column::PatientId.eq(held.id))
        .exec(tx.connection())
        .await?;
    chart_record::Entity::delete_many()
        .filter(chart_record::Column::PatientId.eq(held.id))
        .exec(tx.connection())
        .await?;
    files(tx, held.id).await
}

/// Forgets the files of this patient, and those that they were about to have. Returns where their bytes lie.
async fn files(tx: &Tx, patient: PatientId) -> Result<Vec<BlobId>, Fault> {
    let kept = document::Entity::find()
        .select_only()
        .column(document::Column::BlobId)
        .filter(document::Column::PatientId.eq(patient));
    let coming = document_upload::Entity::find()
        .select_only()
        .column(document_upload::Column::BlobId)
        .filter(document_upload::Column::PatientId.eq(patient))
        .filter(document_upload::Column::UsedAt.is_not_null());
    let mut blobs: Vec<BlobId> = kept.into_tuple().all(tx.connection()).await?;
    let coming: Vec<BlobId> = coming.into_tuple().all(tx.connection()).await?;
    blobs.extend(coming);
    blobs.sort_unstable();
    blobs.dedup();
    for blob in &blobs {
        let row = document_waste::ActiveModel {
            blob_id: Set(*blob),
            created_at: Set(tx.clock().now()),
        };
        let mut there = OnConflict::column(document_waste::Column::BlobId);
        document_waste::Entity::insert(row)
            .on_conflict(there.do_nothing().to_owned())
            .exec_without_returning(tx.connection())
            .await?;
    }
    document_upload::Entity::delete_many()
        .filter(document_upload::Column::PatientId.eq(patient))
        .exec(tx.connection())
        .await?;
    document::Entity::delete_many()
        .filter(document::Column::PatientId.eq(patient))
        .exec(tx.connection())
        .await?;
    Ok(blobs)
}
