//! Finding out how the viewer and patients are related: at most one statement for any number of patients, and none at
//! all for whoever is no doctor.

use crate::clock::Clock;
use crate::db::{Db, among};
use crate::error::Fault;
use chrono::TimeDelta;
use entity::code::AppointmentStatus;
use entity::id::{DoctorId, PatientId};
use entity::{appointment, care_team_member};
use sea_orm::sea_query::{Expr, UnionType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use std::collections::HashMap;

/// An appointment opens the record this long before it begins…
pub const WINDOW_BEFORE: TimeDelta = TimeDelta::days(7);
/// …and until this long after.
pub const WINDOW_AFTER: TimeDelta = TimeDelta::days(30);

/// The two relations of a doctor to a patient that open a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relations {
    /// In the care team now.
    pub care_team: bool,
    /// With an appointment in the window.
    pub appointment: bool,
}

/// How this doctor is related to these patients now; patients without a relation are absent.
///
/// # Errors
/// Those of the database.
#[expect(
    clippy::disallowed_methods,
    reason = "the facts of access are a store of their own, over two rooms' tables"
)]
pub async fn relations(
    db: &Db,
    clock: &Clock,
    doctor: DoctorId,
    patients: Vec<PatientId>,
) -> Result<HashMap<PatientId, Relations>, Fault> {
    let now = clock.now();
    let mut members = care_team_member::Entity::find()
        .select_only()
        .column(care_team_member::Column::PatientId)
        .expr_as(Expr::val(1), "relation")
        .filter(care_team_member::Column::DoctorId.eq(doctor))
        .filter(among(
            db.kind(),
            care_team_member::Column::PatientId,
            patients.iter().copied(),
        ))
        .filter(care_team_member::Column::StartsAt.lte(now))
        .filter(
            Condition::any()
                .add(care_team_member::Column::EndsAt.is_null())
                .add(care_team_member::Column::EndsAt.gt(now)),
        );
    let meetings = appointment::Entity::find()
        .select_only()
        .column(appointment::Column::PatientId)
        .expr_as(Expr::val(2), "relation")
        .filter(appointment::Column::DoctorId.eq(doctor))
        .filter(among(db.kind(), appointment::Column::PatientId, patients))
        .filter(appointment::Column::StartsAt.lte(now + WINDOW_BEFORE))
        .filter(appointment::Column::StartsAt.gte(now - WINDOW_AFTER))
        .filter(appointment::Column::Status.is_not_in([
            AppointmentStatus::Cancelled,
            AppointmentStatus::Proposed,
            AppointmentStatus::EnteredInError,
        ]));
    QuerySelect::query(&mut members).union(UnionType::Distinct, meetings.into_query());
    let rows: Vec<(PatientId, i32)> = members.into_tuple().all(db.read()).await?;
    let mut found: HashMap<PatientId, Relations> = HashMap::new();
    for (patient, relation) in rows {
        let relations = found.entry(patient).or_default();
        match relation {
            1 => relations.care_team = true,
            _ => relations.appointment = true,
        }
    }
    Ok(found)
}
