//! Rows by key, process-wide and for all viewers. A loader finds; whoever asked decides what of it may be seen.

#![expect(
    clippy::disallowed_methods,
    reason = "loads by key what the asker then decides on"
)]

mod alert;
mod attending;
mod calendar;
mod card;
mod chart;
mod clearance;
mod document;
mod proposal;
mod told;
mod waitlist;

pub use attending::Attends;
pub use calendar::{Availability, History};
pub use card::{Card, Face, faces, select, there};
pub use chart::{Charts, MOST_READINGS, Records};
pub use document::Documents;
pub use proposal::Proposals;
pub use waitlist::Waits;

use crate::access::facts::{self, Relations};
use crate::batch::{AsOf, Batcher, Remembered};
use crate::db::{Db, among};
use entity::cell::Sealed;
use entity::code::{AppointmentStatus, Confidentiality};
use entity::id::{
    AppointmentId, BreakGlassGrantId, CareTeamMemberId, DepartmentId, DoctorId, NotificationId,
    PatientId, SeriesId, VisitTypeId,
};
use entity::{
    appointment, appointment_series, break_glass_grant, care_team_member, coverage, department,
    doctor, notification, patient, reminder, visit_type,
};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long the clinic's directory is believed: whom it employs and what it offers changes seldom and is asked for by
/// nearly every request. On the copy where it changes it is read anew at once.
const BELIEVED: Duration = Duration::from_millis(400);

/// Rows by key, process-wide and for all viewers: whoever asks decides what may be seen.
pub struct Loaders {
    /// Patients, but for the erased.
    pub patients: Batcher<PatientId, Arc<patient::Model>>,
    /// Who patients are, for whoever needs no more of them; none of an erased one.
    pub faces: Batcher<PatientId, Arc<Face>>,
    /// Doctors.
    pub doctors: Remembered<DoctorId, Arc<doctor::Model>>,
    /// Departments.
    pub departments: Remembered<DepartmentId, Arc<department::Model>>,
    /// Visit types.
    pub visit_types: Remembered<VisitTypeId, Arc<visit_type::Model>>,
    /// The hours in which doctors can be booked; every doctor has an answer.
    pub availability: Remembered<DoctorId, Arc<Availability>>,
    /// Up to how sensitive a record a doctor may read; none of who has no account.
    pub clearances: Batcher<DoctorId, Confidentiality>,
    /// Appointments, with who their patient is; none of an erased one.
    pub appointments: Batcher<AppointmentId, Card>,
    /// Series of appointments.
    pub series: Batcher<SeriesId, Arc<appointment_series::Model>>,
    /// Who has come to a doctor, and whose visit is not over.
    pub attending: Batcher<DoctorId, Arc<[Attends]>>,
    /// What was done to an appointment.
    pub histories: Batcher<AppointmentId, Arc<History>>,
    /// A patient's next live appointment.
    pub next_appointments: Batcher<PatientId, Arc<appointment::Model>>,
    /// Who is in a patient's care team now.
    pub care_teams: Batcher<PatientId, Arc<[Arc<care_team_member::Model>]>>,
    /// Memberships in care teams, whenever they hold.
    pub care_team_members: Batcher<CareTeamMemberId, Arc<care_team_member::Model>>,
    /// A patient's insurances.
    pub coverages: Batcher<PatientId, Arc<[Arc<coverage::Model>]>>,
    /// What stands in charts.
    pub charts: Charts,
    /// What patients ask to have changed.
    pub proposals: Proposals,
    /// Files in records.
    pub documents: Documents,
    /// What the owners of accounts are told.
    pub notifications: Batcher<NotificationId, Arc<notification::Model>>,
    /// An appointment's reminders, by when they are due.
    pub reminders: Batcher<AppointmentId, Arc<[Arc<reminder::Model>]>>,
    /// Who waits, and what is offered to them.
    pub waits: Waits,
    /// Leave to read records without a relation.
    pub break_glass_grants: Batcher<BreakGlassGrantId, Arc<break_glass_grant::Model>>,
    /// The relation of a doctor to a patient.
    pub relations: Batcher<(DoctorId, PatientId), Relations>,
    /// The same as of a moment, for the many who are told of one event.
    pub relations_as_of: AsOf<(DoctorId, PatientId), Relations>,
    /// Who patients are as of a moment.
    pub faces_as_of: AsOf<PatientId, Arc<Face>>,
}

impl Loaders {
    /// Loaders over this database.
    #[must_use]
    pub fn over(db: &Db) -> Self {
        let (relations, faces) = (relations(db), by_face(db));
        Self {
            relations_as_of: AsOf::new(relations.clone(), BELIEVED),
            faces_as_of: AsOf::new(faces.clone(), BELIEVED),
            patients: patients(db),
            faces,
            doctors: Remembered::new(
                by_id(db, doctor::Column::Id, |row: &doctor::Model| row.id),
                BELIEVED,
            ),
            departments: Remembered::new(
                by_id(db, department::Column::Id, |row: &department::Model| row.id),
                BELIEVED,
            ),
            visit_types: Remembered::new(
                by_id(db, visit_type::Column::Id, |row: &visit_type::Model| row.id),
                BELIEVED,
            ),
            availability: Remembered::new(calendar::availability(db), BELIEVED),
            clearances: clearance::clearances(db),
            appointments: cards(db),
            series: by_id(
                db,
                appointment_series::Column::Id,
                |row: &appointment_series::Model| row.id,
            ),
            attending: attending::attending(db),
            histories: calendar::histories(db),
            next_appointments: next_appointments(db),
            care_teams: care_teams(db),
            care_team_members: by_id(
                db,
                care_team_member::Column::Id,
                |row: &care_team_member::Model| row.id,
            ),
            coverages: coverages(db),
            charts: Charts::over(db),
            proposals: Proposals::over(db),
            documents: Documents::over(db),
            notifications: by_id(db, notification::Column::Id, |row: &notification::Model| {
                row.id
            }),
            reminders: told::reminders(db),
            waits: Waits::over(db),
            break_glass_grants: by_id(
                db,
                break_glass_grant::Column::Id,
                |row: &break_glass_grant::Model| row.id,
            ),
            relations,
        }
    }
}

/// A loader of rows by their id.
fn by_id<K, E, M>(db: &Db, column: E::Column, key_of: fn(&M) -> K) -> Batcher<K, Arc<M>>
where
    K: Copy + Eq + std::hash::Hash + Send + Sync + Into<Uuid> + 'static,
    E: EntityTrait<Model = M>,
    E::Column: ColumnTrait<EntityName = E>,
    M: sea_orm::ModelTrait<Entity = E> + sea_orm::FromQueryResult + Send + Sync + 'static,
{
    let db = db.clone();
    Batcher::new(move |keys: Vec<K>| {
        let db = db.clone();
        async move {
            let rows = E::find()
                .filter(among(db.kind(), column, keys))
                .all(db.read())
                .await?;
            Ok(rows
                .into_iter()
                .map(|row| (key_of(&row), Arc::new(row)))
                .collect())
        }
    })
}

/// The faces of patients.
fn by_face(db: &Db) -> Batcher<PatientId, Arc<Face>> {
    let db = db.clone();
    Batcher::new(move |ids: Vec<PatientId>| {
        let db = db.clone();
        async move {
            let select = faces().filter(among(db.kind(), patient::Column::Id, ids));
            let rows: Vec<Face> = select.into_model().all(db.read()).await?;
            Ok(rows
                .into_iter()
                .map(|face| (face.id, Arc::new(face)))
                .collect())
        }
    })
}

/// Of an erased patient only the row is left, for others refer to it.
fn patients(db: &Db) -> Batcher<PatientId, Arc<patient::Model>> {
    let db = db.clone();
    Batcher::new(move |ids: Vec<PatientId>| {
        let db = db.clone();
        async move {
            let rows = patient::Entity::find()
                .filter(among(db.kind(), patient::Column::Id, ids))
                .filter(patient::Column::DataKey.ne(Sealed::GONE))
                .all(db.read())
                .await?;
            let by_id = rows.into_iter().map(|row| (row.id, Arc::new(row)));
            Ok(by_id.collect())
        }
    })
}

fn cards(db: &Db) -> Batcher<AppointmentId, Card> {
    let db = db.clone();
    Batcher::new(move |ids: Vec<AppointmentId>| {
        let db = db.clone();
        async move {
            let (select, cards) = select(None);
            let rows = select
                .filter(among(db.kind(), appointment::Column::Id, ids))
                .into_model::<card::Row>()
                .all(db.read())
                .await?;
            let cards = rows.into_iter().map(|row| cards.card(row));
            Ok(cards.map(|card| (card.row.id, card)).collect())
        }
    })
}

/// The next live appointment of each patient, from now on.
fn next_appointments(db: &Db) -> Batcher<PatientId, Arc<appointment::Model>> {
    let db = db.clone();
    Batcher::new(move |patients: Vec<PatientId>| {
        let db = db.clone();
        async move {
            let now = db.clock().now();
            let upcoming = || {
                appointment::Entity::find()
                    .filter(appointment::Column::Status.is_in(AppointmentStatus::LIVE))
                    .filter(appointment::Column::StartsAt.gte(now))
                    .filter(among(
                        db.kind(),
                        appointment::Column::PatientId,
                        patients.iter().copied(),
                    ))
            };
            let earliest = upcoming()
                .select_only()
                .column(appointment::Column::PatientId)
                .expr(Expr::col((appointment::Entity, appointment::Column::StartsAt)).min())
                .group_by(appointment::Column::PatientId)
                .into_query();
            let both = Expr::tuple([
                Expr::col((appointment::Entity, appointment::Column::PatientId)),
                Expr::col((appointment::Entity, appointment::Column::StartsAt)),
            ]);
            let rows = upcoming()
                .filter(both.in_subquery(earliest))
                .all(db.read())
                .await?;
            Ok(rows
                .into_iter()
                .map(|row| (row.patient_id, Arc::new(row)))
                .collect())
        }
    })
}

/// Pairs that are asked for at once are mostly of one doctor, who looks at a list, or of one patient, of whom many are told;
/// whichever of the two there are fewer of cost one statement each.
fn relations(db: &Db) -> Batcher<(DoctorId, PatientId), Relations> {
    let db = db.clone();
    Batcher::new(move |pairs: Vec<(DoctorId, PatientId)>| {
        let db = db.clone();
        async move {
            let mut by_doctor: HashMap<DoctorId, Vec<PatientId>> = HashMap::new();
            let mut by_patient: HashMap<PatientId, Vec<DoctorId>> = HashMap::new();
            for (doctor, patient) in pairs {
                by_doctor.entry(doctor).or_default().push(patient);
                by_patient.entry(patient).or_default().push(doctor);
            }
            let groups: Vec<(Vec<DoctorId>, Vec<PatientId>)> = if by_patient.len() < by_doctor.len()
            {
                let groups = by_patient.into_iter();
                groups.map(|(patient, of)| (of, vec![patient])).collect()
            } else {
                let groups = by_doctor.into_iter();
                groups.map(|(doctor, of)| (vec![doctor], of)).collect()
            };
            let mut all = HashMap::new();
            for (doctors, patients) in groups {
                all.extend(facts::relations(&db, db.clock(), doctors, patients).await?);
            }
            Ok(all)
        }
    })
}

/// The care team of each patient: who is in it now.
fn care_teams(db: &Db) -> Batcher<PatientId, Arc<[Arc<care_team_member::Model>]>> {
    let db = db.clone();
    Batcher::new(move |patients: Vec<PatientId>| {
        let db = db.clone();
        async move {
            let now = db.clock().now();
            let open_or_later = Condition::any()
                .add(care_team_member::Column::EndsAt.is_null())
                .add(care_team_member::Column::EndsAt.gt(now));
            let rows = care_team_member::Entity::find()
                .filter(among(
                    db.kind(),
                    care_team_member::Column::PatientId,
                    patients,
                ))
                .filter(care_team_member::Column::StartsAt.lte(now))
                .filter(open_or_later)
                .order_by_asc(care_team_member::Column::Id)
                .all(db.read())
                .await?;
            Ok(lists(rows, |row| row.patient_id))
        }
    })
}

/// The insurances of each patient.
fn coverages(db: &Db) -> Batcher<PatientId, Arc<[Arc<coverage::Model>]>> {
    let db = db.clone();
    Batcher::new(move |patients: Vec<PatientId>| {
        let db = db.clone();
        async move {
            let rows = coverage::Entity::find()
                .filter(among(db.kind(), coverage::Column::PatientId, patients))
                .order_by_asc(coverage::Column::Id)
                .all(db.read())
                .await?;
            Ok(lists(rows, |row| row.patient_id))
        }
    })
}

/// Rows by what they belong to, each list in the order of the rows.
fn lists<K, M>(rows: Vec<M>, owner: impl Fn(&M) -> K) -> HashMap<K, Arc<[Arc<M>]>>
where
    K: Eq + std::hash::Hash,
{
    let mut lists: HashMap<K, Vec<Arc<M>>> = HashMap::new();
    for row in rows {
        lists.entry(owner(&row)).or_default().push(Arc::new(row));
    }
    lists
        .into_iter()
        .map(|(owner, list)| (owner, list.into()))
        .collect()
}
