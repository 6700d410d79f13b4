//! Doctors' hours, and what was done to appointments.

use crate::batch::Batcher;
use crate::db::{Db, among};
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{AppointmentId, DoctorId, UserId};
use entity::{
    absence, appointment, appointment_change, availability_exception, availability_rule, patient,
};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _,
};
use std::collections::HashMap;
use std::sync::Arc;

/// The hours in which a doctor can be booked, the oldest first.
#[derive(Debug, Default)]
pub struct Availability {
    /// Those that come again each week, also if they are over.
    pub rules: Vec<availability_rule::Model>,
    /// The days on which they are others, but for those that are over.
    pub exceptions: Vec<availability_exception::Model>,
    /// From when until when they are away, but for what is over.
    pub away: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Availability {
    /// Whether the doctor is away at a moment from the one instant up to the other.
    #[must_use]
    pub fn is_away(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> bool {
        let meets =
            |(begins, ends): &(DateTime<Utc>, DateTime<Utc>)| *begins < until && from < *ends;
        self.away.iter().any(meets)
    }
}

pub(super) fn availability(db: &Db) -> Batcher<DoctorId, Arc<Availability>> {
    let db = db.clone();
    Batcher::new(move |doctors: Vec<DoctorId>| {
        let db = db.clone();
        async move {
            // Wherever the doctor is, two days ago is over.
            let now = db.clock().now();
            let over = (now - TimeDelta::days(2)).date_naive();
            let rules = availability_rule::Entity::find()
                .filter(among(
                    db.kind(),
                    availability_rule::Column::DoctorId,
                    doctors.iter().copied(),
                ))
                .order_by_asc(availability_rule::Column::Id)
                .all(db.read());
            let exceptions = availability_exception::Entity::find()
                .filter(among(
                    db.kind(),
                    availability_exception::Column::DoctorId,
                    doctors.iter().copied(),
                ))
                .filter(availability_exception::Column::LastDay.gte(over))
                .order_by_asc(availability_exception::Column::Id)
                .all(db.read());
            let away = absence::Entity::find()
                .select_only()
                .columns([
                    absence::Column::DoctorId,
                    absence::Column::StartsAt,
                    absence::Column::EndsAt,
                    absence::Column::EndedAt,
                ])
                .filter(among(
                    db.kind(),
                    absence::Column::DoctorId,
                    doctors.iter().copied(),
                ))
                .filter(absence::Column::EndsAt.gt(now))
                .order_by_asc(absence::Column::StartsAt)
                .into_tuple::<(
                    DoctorId,
                    DateTime<Utc>,
                    DateTime<Utc>,
                    Option<DateTime<Utc>>,
                )>()
                .all(db.read());
            let (rules, exceptions, away) = futures_util::try_join!(rules, exceptions, away)?;
            let mut found: HashMap<DoctorId, Availability> = HashMap::new();
            for doctor in &doctors {
                found.entry(*doctor).or_default();
            }
            for rule in rules {
                found.entry(rule.doctor_id).or_default().rules.push(rule);
            }
            for one in exceptions {
                found.entry(one.doctor_id).or_default().exceptions.push(one);
            }
            for (doctor, from, until, ended) in away {
                let until = ended.unwrap_or(until);
                if from < until {
                    found.entry(doctor).or_default().away.push((from, until));
                }
            }
            let found = found.into_iter();
            Ok(found.map(|(doctor, all)| (doctor, Arc::new(all))).collect())
        }
    })
}

/// What is known of how an appointment came to be as it is.
#[derive(Debug, Default)]
pub struct History {
    /// The account of its patient, if they have one.
    pub patient: Option<UserId>,
    /// What was done to it after it was made, in order.
    pub changes: Vec<appointment_change::Model>,
}

pub(super) fn histories(db: &Db) -> Batcher<AppointmentId, Arc<History>> {
    let db = db.clone();
    Batcher::new(move |appointments: Vec<AppointmentId>| {
        let db = db.clone();
        async move {
            use appointment_change::Column;
            let ids = || appointments.iter().copied();
            let changes = appointment_change::Entity::find()
                .filter(among(db.kind(), Column::AppointmentId, ids()))
                .order_by_asc(Column::AppointmentId)
                .order_by_asc(Column::Version)
                .all(db.read());
            let patients = appointment::Entity::find()
                .select_only()
                .column(appointment::Column::Id)
                .column(patient::Column::UserId)
                .join(JoinType::InnerJoin, appointment::Relation::Patient.def())
                .filter(among(db.kind(), appointment::Column::Id, ids()))
                .into_tuple::<(AppointmentId, Option<UserId>)>()
                .all(db.read());
            let (changes, patients) = futures_util::try_join!(changes, patients)?;
            let mut found: HashMap<AppointmentId, History> = HashMap::new();
            for (appointment, patient) in patients {
                found.entry(appointment).or_default().patient = patient;
            }
            for row in changes {
                let history = found.entry(row.appointment_id).or_default();
                history.changes.push(row);
            }
            let found = found.into_iter();
            Ok(found.map(|(id, known)| (id, Arc::new(known))).collect())
        }
    })
}
