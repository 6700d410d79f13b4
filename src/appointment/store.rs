//! Selects and writes of appointments and visit types. Lists start at what the viewer may see; writes want proof that
//! the policy was asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

mod calendar;
mod history;
mod queue;
mod series;
mod taking;

pub use calendar::{busy, expired_holds, held_by, taken_of, whereabouts};
pub use queue::{note_arrival, note_call};
pub use series::{
    absences, call_off, hold_members, hold_series, insert_all, insert_series, insert_series_rows,
    members, standing, touch_series,
};
pub use taking::{Clash, NotAtOnce, Taken, clash, locks, release, take, take_at_once};

use taking::overlap;

use crate::access::{Granted, Viewer};
use crate::clock::Clock;
use crate::db::{Db, Stretch, Tx, Window, breaks};
use crate::error::Fault;
use crate::loaders::{select, there};
use crate::state::Card;
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{AppointmentStatus, Confidentiality, Roles};
use entity::id::{AppointmentId, DoctorId, PatientId, SeriesId, SessionId, UserId, VisitTypeId};
use entity::{appointment, break_glass_grant, care_team_member, doctor, patient, visit_type};
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect, QueryTrait,
};

/// No appointment is longer; look-ups for overlaps need not look further back.
pub const LONGEST: TimeDelta = TimeDelta::hours(8);

/// No visit needs more of the doctor before or after it.
pub const LONGEST_BUFFER: TimeDelta = TimeDelta::hours(2);

/// The appointments that this viewer may see, in words of SQL: their own as patient, their own as doctor, those of
/// patients whose care team they are in, or all. A record above their clearance is not among them. The patient's table
/// must be joined.
#[must_use]
pub fn visible_to(viewer: &Viewer, clock: &Clock) -> Condition {
    let Some(actor) = viewer.actor() else {
        return nothing();
    };
    if actor.roles.any_of(Roles::ADMIN) {
        return Condition::all();
    }
    let mut any = nothing();
    if let Some(patient) = actor.patient.filter(|_| actor.roles.any_of(Roles::PATIENT)) {
        any = any.add(appointment::Column::PatientId.eq(patient));
    }
    if let Some(doctor) = actor.doctor.filter(|_| actor.roles.any_of(Roles::DOCTOR)) {
        let up_to = |most: Confidentiality| patient::Column::Confidentiality.is_in(most.up_to());
        any = any.add(
            Condition::all().add(up_to(actor.clearance)).add(
                Condition::any()
                    .add(appointment::Column::DoctorId.eq(doctor))
                    .add(treats(doctor, clock)),
            ),
        );
        any = any.add(
            Condition::all()
                .add(up_to(actor.reach_through_glass()))
                .add(opened(doctor, actor.session, clock)),
        );
    }
    any
}

/// Whether this doctor is now on the care team of an appointment's patient. Asked row by row through its index: as a list
/// of all patients of the doctor it was measured twenty times dearer.
fn treats(doctor: DoctorId, clock: &Clock) -> Expr {
    let now = clock.now();
    let team = care_team_member::Entity::find()
        .select_only()
        .column(care_team_member::Column::PatientId)
        .filter(care_team_member::Column::DoctorId.eq(doctor))
        .filter(
            Expr::col((
                care_team_member::Entity,
                care_team_member::Column::PatientId,
            ))
            .equals((appointment::Entity, appointment::Column::PatientId)),
        )
        .filter(care_team_member::Column::StartsAt.lte(now))
        .filter(
            Condition::any()
                .add(care_team_member::Column::EndsAt.is_null())
                .add(care_team_member::Column::EndsAt.gt(now)),
        )
        .into_query();
    Expr::exists(team)
}

/// Whether an appointment's patient is among those over whose records the doctor has broken the glass in this session:
/// nearly always nobody, which is found out once a statement.
fn opened(doctor: DoctorId, session: SessionId, clock: &Clock) -> Expr {
    let now = clock.now();
    let patients = break_glass_grant::Entity::find()
        .select_only()
        .column(break_glass_grant::Column::PatientId)
        .filter(break_glass_grant::Column::DoctorId.eq(doctor))
        .filter(break_glass_grant::Column::SessionId.eq(session))
        .filter(break_glass_grant::Column::EndedAt.is_null())
        .filter(break_glass_grant::Column::StartsAt.lte(now))
        .filter(break_glass_grant::Column::ExpiresAt.gt(now))
        .into_query();
    appointment::Column::PatientId.in_subquery(patients)
}

/// A condition that nothing meets until something is added.
fn nothing() -> Condition {
    Condition::any().add(Expr::val(1).eq(0))
}

/// Which appointments of a list are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this patient.
    pub patient: Option<PatientId>,
    /// Of this doctor.
    pub doctor: Option<DoctorId>,
    /// Beginning at or after.
    pub from: Option<DateTime<Utc>>,
    /// Beginning before.
    pub to: Option<DateTime<Utc>>,
    /// Ending after.
    pub ends_after: Option<DateTime<Utc>>,
    /// In one of these states; any when empty.
    pub statuses: Vec<AppointmentStatus>,
    /// Of this series.
    pub series: Option<SeriesId>,
}

/// The sort key of a list: by beginning, then id.
pub type Key = (DateTime<Utc>, AppointmentId);

fn filtered(viewer: &Viewer, clock: &Clock, filter: &Filter) -> Condition {
    let mut all = Condition::all().add(visible_to(viewer, clock));
    if let Some(patient) = filter.patient {
        all = all.add(appointment::Column::PatientId.eq(patient));
    }
    if let Some(doctor) = filter.doctor {
        all = all.add(appointment::Column::DoctorId.eq(doctor));
    }
    if let Some(series) = filter.series {
        all = all.add(appointment::Column::SeriesId.eq(series));
    }
    if let Some(from) = filter.from {
        all = all.add(appointment::Column::StartsAt.gte(from));
    }
    if let Some(to) = filter.to {
        all = all.add(appointment::Column::StartsAt.lt(to));
    }
    if let Some(instant) = filter.ends_after {
        all = all.add(appointment::Column::EndsAt.gt(instant));
    }
    if !filter.statuses.is_empty() {
        all = all.add(appointment::Column::Status.is_in(filter.statuses.iter().copied()));
    }
    all
}

/// Appointments that the viewer may see, by their beginning.
///
/// # Errors
/// Those of the database.
pub async fn list(
    db: &Db,
    viewer: &Viewer,
    filter: &Filter,
    window: &Window<Key>,
) -> Result<Stretch<Card>, Fault> {
    let doctor = viewer
        .actor()
        .filter(|actor| actor.roles.any_of(Roles::DOCTOR))
        .and_then(|actor| actor.doctor);
    let (select, cards) = select(doctor.map(|doctor| (treats(doctor, db.clock()), doctor)));
    let select = select.filter(filtered(viewer, db.clock(), filter));
    let columns = [
        appointment::Column::StartsAt.into_expr(),
        appointment::Column::Id.into_expr(),
    ];
    let select = window.over(select, columns, |(starts_at, id)| {
        [(*starts_at).into(), (*id).into()]
    });
    let Stretch { rows, more } = window.cut(select.into_model().all(db.read()).await?);
    let rows = rows.into_iter().map(|row| cards.card(row)).collect();
    Ok(Stretch { rows, more })
}

/// How many the whole list has.
///
/// # Errors
/// Those of the database.
pub async fn count(db: &Db, viewer: &Viewer, filter: &Filter) -> Result<i64, Fault> {
    let count = appointment::Entity::find()
        .find_also_related(patient::Entity)
        .filter(filtered(viewer, db.clock(), filter))
        .filter(there())
        .count(db.read())
        .await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The appointment as it is now, held against other writers until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn hold(
    tx: &Tx,
    _: Granted,
    id: AppointmentId,
) -> Result<Option<appointment::Model>, Fault> {
    let select = appointment::Entity::find_by_id(id);
    let select = match tx.kind() {
        crate::db::Kind::Postgres => select.lock(LockType::Update),
        crate::db::Kind::Sqlite => select,
    };
    Ok(select.one(tx.connection()).await?)
}

/// Writes a changed appointment that [`hold`] holds and that stood there, and notes who did it.
///
/// # Errors
/// Those of the database.
pub async fn update(
    tx: &Tx,
    _: Granted,
    (from, by): (AppointmentStatus, UserId),
    row: appointment::ActiveModel,
) -> Result<Result<appointment::Model, Taken>, Fault> {
    match row.update(tx.connection()).await {
        Ok(row) => {
            history::note(tx, from, Some(by), std::slice::from_ref(&row)).await?;
            if let Some(series) = row
                .series_id
                .filter(|_| row.status == AppointmentStatus::Cancelled)
            {
                touch_series(tx, series, None).await?;
            }
            Ok(Ok(row))
        }
        Err(error) => overlap(error).map(Err),
    }
}

/// Writes many appointments at once, for import and samples; those whose source is already there are left as they are.
/// Returns how many were written.
///
/// # Errors
/// Those of the database.
pub async fn insert_rows(tx: &Tx, rows: Vec<appointment::ActiveModel>) -> Result<u64, Fault> {
    let mut written = 0;
    let mut rest = rows;
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(1000));
        written += appointment::Entity::insert_many(rest)
            .on_conflict(
                sea_orm::sea_query::OnConflict::column(appointment::Column::SourceIndex)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(tx.connection())
            .await?;
        rest = later;
    }
    Ok(written)
}

/// A doctor, if there is one.
///
/// # Errors
/// Those of the database.
pub async fn doctor(db: &Db, id: DoctorId) -> Result<Option<doctor::Model>, Fault> {
    Ok(doctor::Entity::find_by_id(id).one(db.read()).await?)
}

/// Visit types, by name; those that cannot be booked only when asked for.
///
/// # Errors
/// Those of the database.
pub async fn visit_types(
    db: &Db,
    inactive_too: bool,
    window: &Window<(String, VisitTypeId)>,
) -> Result<Stretch<visit_type::Model>, Fault> {
    let mut select = visit_type::Entity::find();
    if !inactive_too {
        select = select.filter(visit_type::Column::Active.eq(true));
    }
    let columns = [
        visit_type::Column::Name.into_expr(),
        visit_type::Column::Id.into_expr(),
    ];
    let select = window.over(select, columns, |(name, id)| {
        [name.clone().into(), (*id).into()]
    });
    Ok(window.cut(select.all(db.read()).await?))
}

/// How many visit types there are.
///
/// # Errors
/// Those of the database.
pub async fn count_visit_types(db: &Db, inactive_too: bool) -> Result<i64, Fault> {
    let mut select = visit_type::Entity::find();
    if !inactive_too {
        select = select.filter(visit_type::Column::Active.eq(true));
    }
    let count = select.count(db.read()).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Writes a visit type; the refusal is that its code is in use.
///
/// # Errors
/// Those of the database.
pub async fn insert_visit_type(
    tx: &Tx,
    row: visit_type::ActiveModel,
) -> Result<Result<(), CodeInUse>, Fault> {
    match visit_type::Entity::insert(row)
        .exec_without_returning(tx.connection())
        .await
    {
        Ok(_) => Ok(Ok(())),
        Err(error) if breaks(&error, "visit_type_code_unique", "visit_type.code") => {
            Ok(Err(CodeInUse))
        }
        Err(error) => Err(error.into()),
    }
}

/// The code of a visit type is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeInUse;
