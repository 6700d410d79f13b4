//! Giving a time away: no doctor and no patient has two live appointments at once.
//!
//! The database's own constraint is the guarantee; the locks make concurrent takers wait in line instead of running into
//! each other, and let the loser be told whose time it was.

use super::super::telling::fact;
use crate::access::Granted;
use crate::audit::Rider;
use crate::db::{Db, Kind, Tx, breaks};
use crate::error::Fault;
use crate::event::log::{self, Fact};
use chrono::{DateTime, Utc};
use entity::appointment;
use entity::code::{AppointmentStatus, CancellationReason, EventKind};
use entity::id::{AppointmentId, DoctorId, PatientId};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait,
    FromQueryResult, Iden as _, IntoActiveModel as _, Iterable as _, ModelTrait as _, QueryFilter,
    QuerySelect, Select, Statement, Value,
};
use std::sync::LazyLock;
use uuid::Uuid;

/// Whose time is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The doctor's.
    Doctor,
    /// The patient's.
    Patient,
}

/// The keys of the locks behind which a time of this doctor and patient is given away: doctor before patient, always.
#[must_use]
pub fn locks(doctor: DoctorId, patient: PatientId) -> [String; 2] {
    [
        crate::schedule::time_of(doctor),
        format!("patient:{patient}"),
    ]
}

/// What stands in the way of a time.
#[derive(Debug)]
pub enum Clash {
    /// Somebody has it.
    Taken(Taken),
    /// Only holds whose time is over.
    Over(Vec<AppointmentId>),
}

/// What of a live appointment says whether it stands in another's way.
#[derive(FromQueryResult)]
struct Standing {
    id: AppointmentId,
    doctor_id: DoctorId,
    status: AppointmentStatus,
    group_key: Uuid,
    seat: i32,
    hold_expires_at: Option<DateTime<Utc>>,
}

impl Standing {
    /// Whether it is a hold whose time is over.
    fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.status == AppointmentStatus::Pending
            && self.hold_expires_at.is_some_and(|at| at <= now)
    }
}

fn standing() -> Select<appointment::Entity> {
    appointment::Entity::find()
        .select_only()
        .columns([
            appointment::Column::Id,
            appointment::Column::DoctorId,
            appointment::Column::Status,
            appointment::Column::GroupKey,
            appointment::Column::Seat,
            appointment::Column::HoldExpiresAt,
        ])
        .filter(appointment::Column::Status.is_in(AppointmentStatus::LIVE))
}

/// Whether a live appointment of the doctor or patient stands in this one's way: of the doctor, one that shares a moment of
/// what they block, unless both are seats of one group visit; of the patient, one at the same time. Its word counts behind
/// [`locks`] only.
///
/// # Errors
/// Those of the database.
pub async fn clash<C: ConnectionTrait>(
    connection: &C,
    _: Granted,
    row: &appointment::Model,
    now: DateTime<Utc>,
) -> Result<Option<Clash>, Fault> {
    let doctors = Condition::all()
        .add(appointment::Column::DoctorId.eq(row.doctor_id))
        .add(appointment::Column::BlockedFrom.lt(row.blocked_until))
        .add(appointment::Column::BlockedUntil.gt(row.blocked_from))
        .add(appointment::Column::GroupKey.ne(row.group_key));
    let patients = Condition::all()
        .add(appointment::Column::PatientId.eq(row.patient_id))
        .add(appointment::Column::StartsAt.lt(row.ends_at))
        .add(appointment::Column::EndsAt.gt(row.starts_at));
    let standing: Vec<Standing> = standing()
        .filter(Condition::any().add(doctors).add(patients))
        .filter(appointment::Column::StartsAt.lt(row.blocked_until + super::LONGEST_BUFFER))
        .filter(
            appointment::Column::StartsAt
                .gt(row.blocked_from - super::LONGEST - super::LONGEST_BUFFER),
        )
        .filter(appointment::Column::Id.ne(row.id))
        .into_model()
        .all(connection)
        .await?;
    let (over, taken): (Vec<_>, Vec<_>) = standing.into_iter().partition(|one| one.is_over(now));
    let is_doctors =
        |one: &Standing| one.doctor_id == row.doctor_id && one.group_key != row.group_key;
    Ok(if taken.iter().any(is_doctors) {
        Some(Clash::Taken(Taken::Doctor))
    } else if !taken.is_empty() {
        Some(Clash::Taken(Taken::Patient))
    } else if !over.is_empty() {
        Some(Clash::Over(over.into_iter().map(|one| one.id).collect()))
    } else {
        None
    })
}

/// Calls off those of these holds whose time is over; returns what is to be told of it.
///
/// # Errors
/// Those of the database.
pub async fn release(tx: &Tx, holds: Vec<AppointmentId>) -> Result<Vec<Fact>, Fault> {
    let now = tx.clock().now();
    let released = appointment::Entity::update_many()
        .col_expr(
            appointment::Column::Status,
            Expr::value(AppointmentStatus::Cancelled),
        )
        .col_expr(
            appointment::Column::CancellationReason,
            Expr::value(CancellationReason::HoldExpired),
        )
        .col_expr(
            appointment::Column::Version,
            Expr::col(appointment::Column::Version).add(1),
        )
        .col_expr(appointment::Column::UpdatedAt, Expr::value(now))
        .filter(appointment::Column::Id.is_in(holds))
        .filter(appointment::Column::Status.eq(AppointmentStatus::Pending))
        .filter(appointment::Column::HoldExpiresAt.lte(now))
        .exec_with_returning(tx.connection())
        .await?;
    super::history::note(tx, AppointmentStatus::Pending, None, &released).await?;
    let told = |row: &appointment::Model| fact(EventKind::AppointmentCancelled, row);
    Ok(released.iter().map(told).collect())
}

/// The first seat of a group visit that nobody has, behind [`locks`], and holds whose time is over that had one.
async fn seat(
    tx: &Tx,
    row: &appointment::Model,
    capacity: i32,
) -> Result<(Option<i32>, Vec<AppointmentId>), Fault> {
    let now = tx.clock().now();
    let group: Vec<Standing> = standing()
        .filter(appointment::Column::GroupKey.eq(row.group_key))
        .into_model()
        .all(tx.connection())
        .await?;
    let (over, taken): (Vec<_>, Vec<_>) = group.into_iter().partition(|one| one.is_over(now));
    let free = (0..capacity).find(|seat| taken.iter().all(|one| one.seat != *seat));
    Ok((free, over.into_iter().map(|one| one.id).collect()))
}

/// Takes the time of a new appointment by writing it, behind [`locks`]; of a group visit of so many, a seat. Returns what is
/// to be told besides: that holds are called off which stood in the way and were over.
///
/// On PostgreSQL that is one statement, unless something stands in the way: the locks come first within it, and the
/// constraint, which sees what was committed while it waited for them, is the check. SQLite has one writer at a time, so
/// looking first is as good.
///
/// # Errors
/// Those of the database.
pub async fn take(
    tx: &Tx,
    granted: Granted,
    mut row: appointment::Model,
    capacity: i32,
) -> Result<Result<Vec<Fact>, Taken>, Fault> {
    let mut told = Vec::new();
    if capacity > 1 {
        tx.lock(&locks(row.doctor_id, row.patient_id)).await?;
        let (free, over) = seat(tx, &row, capacity).await?;
        let Some(free) = free else {
            return Ok(Err(Taken::Doctor));
        };
        row.seat = free;
        if !over.is_empty() {
            told.extend(release(tx, over).await?);
        }
    }
    if tx.kind() == Kind::Postgres {
        match insert(tx, &row).await? {
            Ok(true) => return Ok(Ok(told)),
            Ok(false) => {}
            Err(taken) => return Ok(Err(taken)),
        }
    }
    match clash(tx.connection(), granted, &row, tx.clock().now()).await? {
        Some(Clash::Taken(taken)) => return Ok(Err(taken)),
        Some(Clash::Over(holds)) => told.extend(release(tx, holds).await?),
        None => {}
    }
    match insert(tx, &row).await? {
        Ok(true) => Ok(Ok(told)),
        Ok(false) => Err(Fault::internal("a time was refused that nobody has taken")),
        Err(taken) => Ok(Err(taken)),
    }
}

/// Whether the error is the database's word that the doctor is away then.
fn is_away(error: &DbErr) -> bool {
    breaks(error, DOCTOR_AWAY, DOCTOR_AWAY)
}

const DOCTOR_AWAY: &str = "appointment_doctor_away";

/// Writes the appointment if the time is free. That the doctor is away was looked at before, so it is said only to whoever
/// asked at the moment in which that was noted; on PostgreSQL nothing more can be done in the transaction then.
async fn insert(tx: &Tx, row: &appointment::Model) -> Result<Result<bool, Taken>, Fault> {
    match tx.kind() {
        Kind::Sqlite => {
            let insert = appointment::Entity::insert(row.clone().into_active_model().reset_all());
            match insert.exec_without_returning(tx.connection()).await {
                Ok(_) => Ok(Ok(true)),
                Err(error) if is_away(&error) => Ok(Err(Taken::Doctor)),
                Err(error) => overlap(error).map(|_| Ok(false)),
            }
        }
        Kind::Postgres => {
            let take =
                Statement::from_sql_and_values(DbBackend::Postgres, TAKE.as_str(), cells(row));
            match tx.connection().execute_raw(take).await {
                Ok(done) => Ok(Ok(done.rows_affected() == 1)),
                Err(error) if is_away(&error) => Ok(Err(Taken::Doctor)),
                Err(error) => Err(error.into()),
            }
        }
    }
}

/// Why a time was not taken at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAtOnce {
    /// Somebody has it.
    Taken(Taken),
    /// Holds whose time is over must be called off first: [`take`] does.
    HoldsOver,
}

/// Takes the time of a new appointment and tells of it, in one statement that is its own transaction. For PostgreSQL only,
/// and not for group visits, whose seats must be looked at first.
///
/// # Errors
/// Those of the database.
pub async fn take_at_once(
    db: &Db,
    granted: Granted,
    row: &appointment::Model,
    created: &Fact,
    rider: Option<Rider>,
) -> Result<Result<(), NotAtOnce>, Fault> {
    let told = log::appended(db.clock(), std::slice::from_ref(created));
    let (text, riding) = match rider {
        Some(rider) => (&TAKE_RECORD_AND_TELL, rider.parameters()),
        None => (&TAKE_AND_TELL, Vec::new()),
    };
    let parameters = cells(row).chain(riding).chain(told);
    let take = Statement::from_sql_and_values(DbBackend::Postgres, text.as_str(), parameters);
    for _ in 0..TRIES {
        let written = db.write_at_once(take.clone(), log::heads_of, is_away);
        match written.await? {
            Some(true) => return Ok(Ok(())),
            Some(false) => {}
            None => return Ok(Err(NotAtOnce::Taken(Taken::Doctor))),
        }
        // The locks are free again: what stood in the way may be gone when it is looked for.
        match clash(db.read(), granted, row, db.clock().now()).await? {
            Some(Clash::Taken(taken)) => return Ok(Err(NotAtOnce::Taken(taken))),
            Some(Clash::Over(_)) => return Ok(Err(NotAtOnce::HoldsOver)),
            None => {}
        }
    }
    Err(Fault::unavailable("a time was given away and back again"))
}

/// How often a time is tried that was refused, but is free when looked at.
const TRIES: u32 = 5;

/// The parameters of [`LOCKED`] and [`INSERT`].
fn cells(row: &appointment::Model) -> impl Iterator<Item = Value> {
    let keys = locks(row.doctor_id, row.patient_id).map(Value::from);
    let row = row.clone();
    let cells = appointment::Column::iter().map(move |column| row.get(column));
    keys.into_iter().chain(cells)
}

/// Behind which locks; `$1` and `$2` are their keys.
const LOCKED: &str = "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended($1, 0)), \
     pg_advisory_xact_lock(hashtextextended($2, 0)))";

/// Writes if nothing stands in the way; the columns are `$3` and those that follow.
static INSERT: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<String> = appointment::Column::iter()
        .map(|column| format!("\"{}\"", column.to_string()))
        .collect();
    let cells: Vec<String> = (3..columns.len() + 3).map(|at| format!("${at}")).collect();
    format!(
        "INSERT INTO appointment ({}) SELECT {} FROM locked ON CONFLICT DO NOTHING",
        columns.join(", "),
        cells.join(", ")
    )
});

static TAKE: LazyLock<String> = LazyLock::new(|| format!("{LOCKED} {}", *INSERT));

/// If the time was free.
const IF_TAKEN: &str = "EXISTS (SELECT FROM taken)";

static TAKE_AND_TELL: LazyLock<String> = LazyLock::new(|| {
    let next = 3 + appointment::Column::iter().count();
    let tell = log::appending(next, IF_TAKEN);
    format!("{LOCKED}, taken AS ({} RETURNING id), {tell}", *INSERT)
});

static TAKE_RECORD_AND_TELL: LazyLock<String> = LazyLock::new(|| {
    let next = 3 + appointment::Column::iter().count();
    let record = Rider::text(next, IF_TAKEN);
    let tell = log::appending(next + Rider::PARAMETERS, IF_TAKEN);
    format!(
        "{LOCKED}, taken AS ({} RETURNING id), recorded AS ({record}), {tell}",
        *INSERT
    )
});

/// Whose time it was, if this error is the constraint's.
///
/// # Errors
/// Any other error.
pub(super) fn overlap(error: DbErr) -> Result<Taken, Fault> {
    if breaks(&error, "appointment_doctor_free", "appointment_doctor_free")
        || breaks(&error, "appointment_seat", "appointment.group_key")
        || is_away(&error)
    {
        Ok(Taken::Doctor)
    } else if breaks(
        &error,
        "appointment_patient_free",
        "appointment_patient_free",
    ) {
        Ok(Taken::Patient)
    } else {
        Err(error.into())
    }
}
