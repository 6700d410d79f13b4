//! Selects and writes of the waiting list. Lists start at what the viewer may see; writes want proof that the policy was
//! asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

mod offers;
mod turns;

pub use offers::{Offered, end_offer, insert_offer, offered_before, open_offer, over, taken_offer};
pub use turns::{looked_since, take_round, take_turn};

use crate::access::{Granted, Viewer};
use crate::clock::Clock;
use crate::db::{Db, Kind, Stretch, Tx, Window, breaks};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::cell::Sealed;
use entity::code::{Confidentiality, Roles};
use entity::id::{DoctorId, PatientId, VisitTypeId, WaitlistEntryId};
use entity::waitlist_entry::{self as entry, Column, WaitlistPriority, WaitlistStatus};
use entity::{care_team_member, patient};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockType};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _,
    IntoActiveModel as _, JoinType, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, RelationTrait as _, Select,
};

/// The order of those who wait: the more urgent first, then who waits longer.
pub type Key = (i32, DateTime<Utc>, WaitlistEntryId);

/// The place of an entry in that order.
#[must_use]
pub fn key(row: &entry::Model) -> Key {
    (row.priority as i32, row.created_at, row.id)
}

/// Which entries of the list are asked for; everything given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this patient.
    pub patient: Option<PatientId>,
    /// For this doctor.
    pub doctor: Option<DoctorId>,
    /// For any of this specialty.
    pub specialty: Option<String>,
    /// For this kind of visit.
    pub visit_type: Option<VisitTypeId>,
    /// In one of these states; any when empty.
    pub statuses: Vec<WaitlistStatus>,
}

/// The entries that this viewer may see, in words of SQL: their own as patient, those on their own list as doctor and of
/// patients whose care team they are in, or all. A record above their clearance is not among them.
fn visible_to(viewer: &Viewer, clock: &Clock) -> Condition {
    let mut any = Condition::any().add(Expr::val(1).eq(0));
    let Some(actor) = viewer.actor() else {
        return any;
    };
    if actor.roles.any_of(Roles::ADMIN) {
        return Condition::all();
    }
    if let Some(own) = actor.patient.filter(|_| actor.roles.any_of(Roles::PATIENT)) {
        any = any.add(Column::PatientId.eq(own));
    }
    if let Some(doctor) = actor.doctor.filter(|_| actor.roles.any_of(Roles::DOCTOR)) {
        let theirs = Condition::any()
            .add(Column::DoctorId.eq(doctor))
            .add(treats(doctor, clock));
        let cleared = patient::Column::Confidentiality.is_in(actor.clearance.up_to());
        any = any.add(Condition::all().add(cleared).add(theirs));
    }
    any
}

/// Whether this doctor is now on the care team of an entry's patient.
fn treats(doctor: DoctorId, clock: &Clock) -> Expr {
    use care_team_member::Column as Member;
    let now = clock.now();
    let team = care_team_member::Entity::find()
        .select_only()
        .column(Member::PatientId)
        .filter(Member::DoctorId.eq(doctor))
        .filter(
            Expr::col((care_team_member::Entity, Member::PatientId))
                .equals((entry::Entity, Column::PatientId)),
        )
        .filter(Member::StartsAt.lte(now))
        .filter(
            Condition::any()
                .add(Member::EndsAt.is_null())
                .add(Member::EndsAt.gt(now)),
        )
        .into_query();
    Expr::exists(team)
}

fn filtered(viewer: &Viewer, clock: &Clock, filter: &Filter) -> Select<entry::Entity> {
    let mut select = entry::Entity::find()
        .join(JoinType::InnerJoin, entry::Relation::Patient.def())
        .filter(patient::Column::DataKey.ne(Sealed::GONE))
        .filter(visible_to(viewer, clock));
    if let Some(patient) = filter.patient {
        select = select.filter(Column::PatientId.eq(patient));
    }
    if let Some(doctor) = filter.doctor {
        select = select.filter(Column::DoctorId.eq(doctor));
    }
    if let Some(specialty) = &filter.specialty {
        select = select.filter(Column::Specialty.eq(specialty.as_str()));
    }
    if let Some(visit_type) = filter.visit_type {
        select = select.filter(Column::VisitTypeId.eq(visit_type));
    }
    if !filter.statuses.is_empty() {
        select = select.filter(Column::Status.is_in(filter.statuses.iter().copied()));
    }
    select
}

fn in_order(select: Select<entry::Entity>, window: &Window<Key>) -> Select<entry::Entity> {
    let columns = [Column::Priority, Column::CreatedAt, Column::Id];
    let columns = columns.map(|column| Expr::col((entry::Entity, column)));
    window.over(select, columns, |(priority, since, id)| {
        [(*priority).into(), (*since).into(), (*id).into()]
    })
}

/// Entries that the viewer may see, the most urgent first, then who waits longest.
///
/// # Errors
/// Those of the database.
pub async fn list(
    db: &Db,
    viewer: &Viewer,
    filter: &Filter,
    window: &Window<Key>,
) -> Result<Stretch<entry::Model>, Fault> {
    let select = in_order(filtered(viewer, db.clock(), filter), window);
    Ok(window.cut(select.all(db.read()).await?))
}

/// How many the whole list has.
///
/// # Errors
/// Those of the database.
pub async fn count(db: &Db, viewer: &Viewer, filter: &Filter) -> Result<i64, Fault> {
    let count = filtered(viewer, db.clock(), filter)
        .count(db.read())
        .await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Those who wait for this doctor, or for any of these specialties.
fn for_doctor(doctor: DoctorId, specialties: &[String]) -> Condition {
    let mut any = Condition::any().add(Column::DoctorId.eq(doctor));
    if !specialties.is_empty() {
        any = any.add(Column::Specialty.is_in(specialties));
    }
    any
}

/// The kinds of visits for which somebody waits without an offer whom this doctor, trained in these specialties, could
/// receive.
///
/// # Errors
/// Those of the database.
pub async fn kinds_wanted(
    db: &Db,
    doctor: DoctorId,
    specialties: &[String],
) -> Result<Vec<VisitTypeId>, Fault> {
    Ok(entry::Entity::find()
        .select_only()
        .column(Column::VisitTypeId)
        .distinct()
        .filter(for_doctor(doctor, specialties))
        .filter(Column::Status.eq(WaitlistStatus::Active))
        .filter(Column::ExpiresAt.gt(db.clock().now()))
        .into_tuple()
        .all(db.read())
        .await?)
}

/// Those who wait without an offer whom this doctor, who may read such records, could receive for one of these kinds of visits,
/// in order.
///
/// # Errors
/// Those of the database.
pub async fn waiting(
    db: &Db,
    (doctor, specialties, clearance): (DoctorId, &[String], Confidentiality),
    kinds: &[VisitTypeId],
    window: &Window<Key>,
) -> Result<Stretch<entry::Model>, Fault> {
    let select = entry::Entity::find()
        .join(JoinType::InnerJoin, entry::Relation::Patient.def())
        .filter(patient::Column::Confidentiality.is_in(clearance.up_to()))
        .filter(for_doctor(doctor, specialties))
        .filter(Column::VisitTypeId.is_in(kinds.iter().copied()))
        .filter(Column::Status.eq(WaitlistStatus::Active))
        .filter(Column::ExpiresAt.gt(db.clock().now()));
    Ok(window.cut(in_order(select, window).all(db.read()).await?))
}

/// The doctors, and the specialties, for whom somebody waits.
///
/// # Errors
/// Those of the database.
pub async fn waited_for(db: &Db) -> Result<(Vec<DoctorId>, Vec<String>), Fault> {
    let waiting = || {
        entry::Entity::find()
            .select_only()
            .filter(Column::Status.is_in(WaitlistStatus::WAITING))
            .distinct()
    };
    let doctors = waiting()
        .column(Column::DoctorId)
        .filter(Column::DoctorId.is_not_null())
        .into_tuple()
        .all(db.read());
    let specialties = waiting()
        .column(Column::Specialty)
        .filter(Column::Specialty.is_not_null())
        .into_tuple()
        .all(db.read());
    Ok(futures_util::try_join!(doctors, specialties)?)
}

/// Some of those who wait, and whose time is over.
///
/// # Errors
/// Those of the database.
pub async fn past(db: &Db, most: u64) -> Result<Vec<WaitlistEntryId>, Fault> {
    Ok(entry::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Status.eq(WaitlistStatus::Active))
        .filter(Column::ExpiresAt.lte(db.clock().now()))
        .order_by_asc(Column::ExpiresAt)
        .limit(most)
        .into_tuple()
        .all(db.read())
        .await?)
}

/// How many times this patient waits.
///
/// # Errors
/// Those of the database.
pub async fn waits_of(tx: &Tx, patient: PatientId) -> Result<u64, Fault> {
    Ok(entry::Entity::find()
        .filter(Column::PatientId.eq(patient))
        .filter(Column::Status.is_in(WaitlistStatus::WAITING))
        .count(tx.connection())
        .await?)
}

/// Somebody waits for this already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitsAlready;

/// Writes a new entry.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    tx: &Tx,
    _: Granted,
    row: entry::Model,
) -> Result<Result<(), WaitsAlready>, Fault> {
    let insert = entry::Entity::insert(row.into_active_model().reset_all());
    match insert.exec_without_returning(tx.connection()).await {
        Ok(_) => Ok(Ok(())),
        Err(error)
            if breaks(
                &error,
                "waitlist_once_for_doctor",
                "waitlist_entry.visit_type_id",
            ) || breaks(
                &error,
                "waitlist_once_for_specialty",
                "waitlist_entry.visit_type_id",
            ) =>
        {
            Ok(Err(WaitsAlready))
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes many entries at once, for samples.
///
/// # Errors
/// Those of the database.
pub async fn insert_rows(tx: &Tx, rows: Vec<entry::Model>) -> Result<(), Fault> {
    for some in rows.chunks(500) {
        let rows = some.iter().cloned();
        entry::Entity::insert_many(rows.map(|row| row.into_active_model().reset_all()))
            .exec_without_returning(tx.connection())
            .await?;
    }
    Ok(())
}

/// The entry as it is now, held against other writers until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn hold(tx: &Tx, id: WaitlistEntryId) -> Result<Option<entry::Model>, Fault> {
    let select = entry::Entity::find_by_id(id);
    let select = match tx.kind() {
        Kind::Postgres => select.lock(LockType::Update),
        Kind::Sqlite => select,
    };
    Ok(select.one(tx.connection()).await?)
}

/// What of an entry changes.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Where it stands.
    pub status: Option<WaitlistStatus>,
    /// How many offers in a row were not answered.
    pub unanswered: Option<i32>,
    /// How urgent it is.
    pub priority: Option<WaitlistPriority>,
    /// When they could come, and until when they wait.
    pub windows: Option<(entry::Windows, DateTime<Utc>)>,
    /// What should be known of it.
    pub note: Option<Option<Sealed>>,
}

/// Changes an entry that [`hold`] holds.
///
/// # Errors
/// Those of the database.
pub async fn change(
    tx: &Tx,
    _: Granted,
    held: entry::Model,
    change: Change,
) -> Result<entry::Model, Fault> {
    let version = held.version + 1;
    let mut row = held.into_active_model();
    row.version = Set(version);
    row.updated_at = Set(tx.clock().now());
    if let Some(status) = change.status {
        row.status = Set(status);
    }
    if let Some(unanswered) = change.unanswered {
        row.unanswered = Set(unanswered);
    }
    if let Some(priority) = change.priority {
        row.priority = Set(priority);
    }
    if let Some((windows, expires_at)) = change.windows {
        row.windows = Set(windows);
        row.expires_at = Set(expires_at);
    }
    if let Some(note) = change.note {
        row.note = Set(note);
    }
    Ok(row.update(tx.connection()).await?)
}
