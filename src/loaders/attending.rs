//! Who has come to whom, and whose visit is not over.

use crate::batch::Batcher;
use crate::db::{Db, among};
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::AppointmentStatus;
use entity::id::{AppointmentId, DoctorId};
use entity::{appointment, attendance};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _,
};
use std::collections::HashMap;
use std::sync::Arc;

/// Who came longer ago has gone, whatever was noted.
const A_DAY: TimeDelta = TimeDelta::hours(18);
/// Nobody sees so many in a day.
const MOST: u64 = 10_000;

/// Somebody who has come to an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attends {
    /// To which.
    pub appointment: AppointmentId,
    /// When it was to begin.
    pub starts_at: DateTime<Utc>,
    /// When they came.
    pub arrived_at: DateTime<Utc>,
    /// When they were called in.
    pub called_at: Option<DateTime<Utc>>,
}

type Row = (
    DoctorId,
    AppointmentId,
    DateTime<Utc>,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
);

/// Those who have come to a doctor and whose visit is not over.
pub(super) fn attending(db: &Db) -> Batcher<DoctorId, Arc<[Attends]>> {
    let db = db.clone();
    Batcher::new(move |doctors: Vec<DoctorId>| {
        let db = db.clone();
        async move {
            let rows: Vec<Row> = attendance::Entity::find()
                .select_only()
                .column(attendance::Column::DoctorId)
                .column(attendance::Column::AppointmentId)
                .column(appointment::Column::StartsAt)
                .column(attendance::Column::ArrivedAt)
                .column(attendance::Column::CalledAt)
                .join(JoinType::InnerJoin, attendance::Relation::Appointment.def())
                .filter(among(db.kind(), attendance::Column::DoctorId, doctors))
                .filter(attendance::Column::ArrivedAt.gt(db.clock().now() - A_DAY))
                .filter(appointment::Column::Status.eq(AppointmentStatus::Arrived))
                .order_by_asc(attendance::Column::ArrivedAt)
                .limit(MOST)
                .into_tuple()
                .all(db.read())
                .await?;
            let mut found: HashMap<DoctorId, Vec<Attends>> = HashMap::new();
            for (doctor, appointment, starts_at, arrived_at, called_at) in rows {
                found.entry(doctor).or_default().push(Attends {
                    appointment,
                    starts_at,
                    arrived_at,
                    called_at,
                });
            }
            let found = found.into_iter();
            Ok(found.map(|(doctor, all)| (doctor, all.into())).collect())
        }
    })
}
