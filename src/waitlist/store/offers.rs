//! Offers: what was made to whom, and what came of it.

use crate::db::{Db, Tx, among};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::appointment;
use entity::code::AppointmentStatus;
use entity::id::{AppointmentId, DoctorId, PatientId, WaitlistEntryId, WaitlistOfferId};
use entity::waitlist_entry as entry;
use entity::waitlist_offer::{self as offer, Column, OfferOutcome};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _,
    JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationTrait as _,
};
use std::collections::{HashMap, HashSet};

/// An offer, as far as is needed for ending it.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    /// Which.
    pub id: WaitlistOfferId,
    /// To whom.
    pub entry: WaitlistEntryId,
    /// The hold.
    pub hold: AppointmentId,
    /// With whom.
    pub doctor: DoctorId,
    /// Of which patient.
    pub patient: PatientId,
}

type Row = (
    WaitlistOfferId,
    WaitlistEntryId,
    AppointmentId,
    DoctorId,
    PatientId,
);

fn offered((id, entry, hold, doctor, patient): Row) -> Offered {
    Offered {
        id,
        entry,
        hold,
        doctor,
        patient,
    }
}

/// Some of the open offers whose hold holds no more: booked, called off, or over. The oldest first.
///
/// # Errors
/// Those of the database.
pub async fn over(db: &Db, most: u64) -> Result<Vec<Offered>, Fault> {
    let holds = Condition::all()
        .add(appointment::Column::Status.eq(AppointmentStatus::Pending))
        .add(appointment::Column::HoldExpiresAt.gt(db.clock().now()));
    let rows: Vec<Row> = offer::Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::EntryId,
            Column::AppointmentId,
            Column::DoctorId,
        ])
        .column(appointment::Column::PatientId)
        .join(JoinType::InnerJoin, offer::Relation::Appointment.def())
        .filter(Column::Outcome.eq(OfferOutcome::Open))
        .filter(holds.not())
        .order_by_asc(Column::ExpiresAt)
        .limit(most)
        .into_tuple()
        .all(db.read())
        .await?;
    Ok(rows.into_iter().map(offered).collect())
}

/// The offer that stands open for this entry.
///
/// # Errors
/// Those of the database.
pub async fn open_offer(db: &Db, row: &entry::Model) -> Result<Option<Offered>, Fault> {
    of_entry(db, row, OfferOutcome::Open).await
}

/// The offer that this entry has taken.
///
/// # Errors
/// Those of the database.
pub async fn taken_offer(db: &Db, row: &entry::Model) -> Result<Option<Offered>, Fault> {
    of_entry(db, row, OfferOutcome::Accepted).await
}

async fn of_entry(
    db: &Db,
    row: &entry::Model,
    outcome: OfferOutcome,
) -> Result<Option<Offered>, Fault> {
    let found = offer::Entity::find()
        .filter(Column::EntryId.eq(row.id))
        .filter(Column::Outcome.eq(outcome))
        .one(db.read())
        .await?;
    Ok(found.map(|found| Offered {
        id: found.id,
        entry: row.id,
        hold: found.appointment_id,
        doctor: found.doctor_id,
        patient: row.patient_id,
    }))
}

/// The times of this doctor that are to come and were offered to these entries.
///
/// # Errors
/// Those of the database.
pub async fn offered_before(
    db: &Db,
    doctor: DoctorId,
    entries: Vec<WaitlistEntryId>,
) -> Result<HashMap<WaitlistEntryId, HashSet<DateTime<Utc>>>, Fault> {
    let rows: Vec<(WaitlistEntryId, DateTime<Utc>)> = offer::Entity::find()
        .select_only()
        .columns([Column::EntryId, Column::StartsAt])
        .filter(among(db.kind(), Column::EntryId, entries))
        .filter(Column::DoctorId.eq(doctor))
        .filter(Column::StartsAt.gt(db.clock().now()))
        .into_tuple()
        .all(db.read())
        .await?;
    let mut before: HashMap<WaitlistEntryId, HashSet<DateTime<Utc>>> = HashMap::new();
    for (entry, starts_at) in rows {
        before.entry(entry).or_default().insert(starts_at);
    }
    Ok(before)
}

/// Writes an offer.
///
/// # Errors
/// Those of the database.
pub async fn insert_offer(tx: &Tx, row: offer::Model) -> Result<(), Fault> {
    offer::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Ends an open offer; false when somebody has ended it.
///
/// # Errors
/// Those of the database.
pub async fn end_offer(tx: &Tx, id: WaitlistOfferId, outcome: OfferOutcome) -> Result<bool, Fault> {
    let ended = offer::Entity::update_many()
        .col_expr(Column::Outcome, Expr::value(outcome))
        .col_expr(Column::EndedAt, Expr::value(tx.clock().now()))
        .filter(Column::Id.eq(id))
        .filter(Column::Outcome.eq(OfferOutcome::Open))
        .exec(tx.connection())
        .await?;
    Ok(ended.rows_affected > 0)
}
