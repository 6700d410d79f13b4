//! Giving a time away: no doctor and no patient has two live appointments at once.
//!
//! The database's own constraint is the guarantee; the locks make concurrent takers wait in line instead of running into
//! each other, and let the loser be told whose time it was.

use crate::access::Granted;
use crate::audit::Rider;
use crate::db::{Db, Kind, Tx, breaks};
use crate::error::Fault;
use crate::event::log::{self, Fact};
use chrono::{DateTime, Utc};
use entity::appointment;
use entity::code::AppointmentStatus;
use entity::id::{DoctorId, PatientId};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait,
    Iden as _, IntoActiveModel as _, Iterable as _, ModelTrait as _, QueryFilter, QuerySelect,
    Statement, Value,
};
use std::sync::LazyLock;

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
    [format!("doctor:{doctor}"), format!("patient:{patient}")]
}

/// Whether a live appointment of the doctor or patient overlaps the half-open time. Its word counts behind [`locks`] only.
///
/// # Errors
/// Those of the database.
pub async fn clash<C: ConnectionTrait>(
    connection: &C,
    _: Granted,
    doctor: DoctorId,
    patient: PatientId,
    time: (DateTime<Utc>, DateTime<Utc>),
) -> Result<Option<Taken>, Fault> {
    let overlapping: Vec<(DoctorId, PatientId)> = appointment::Entity::find()
        .select_only()
        .columns([
            appointment::Column::DoctorId,
            appointment::Column::PatientId,
        ])
        .filter(
            Condition::any()
                .add(appointment::Column::DoctorId.eq(doctor))
                .add(appointment::Column::PatientId.eq(patient)),
        )
        .filter(appointment::Column::StartsAt.lt(time.1))
        .filter(appointment::Column::StartsAt.gt(time.0 - super::LONGEST))
        .filter(appointment::Column::EndsAt.gt(time.0))
        .filter(appointment::Column::Status.is_in(AppointmentStatus::LIVE))
        .into_tuple()
        .all(connection)
        .await?;
    let taken = |(whose, _): &(DoctorId, PatientId)| *whose == doctor;
    Ok(if overlapping.iter().any(taken) {
        Some(Taken::Doctor)
    } else {
        overlapping.first().map(|_| Taken::Patient)
    })
}

/// Takes the time of a new appointment by writing it, behind [`locks`].
///
/// On PostgreSQL that is one statement: the locks come first within it, and the constraint, which sees what was committed
/// while it waited for them, is the check. SQLite has one writer at a time, so looking first is as good.
///
/// # Errors
/// Those of the database.
pub async fn take(
    tx: &Tx,
    granted: Granted,
    row: appointment::Model,
) -> Result<Result<(), Taken>, Fault> {
    let (doctor, patient) = (row.doctor_id, row.patient_id);
    let time = (row.starts_at, row.ends_at);
    match tx.kind() {
        Kind::Sqlite => {
            let taken = clash(tx.connection(), granted, doctor, patient, time).await?;
            if let Some(taken) = taken {
                return Ok(Err(taken));
            }
            let insert = appointment::Entity::insert(row.into_active_model().reset_all());
            match insert.exec_without_returning(tx.connection()).await {
                Ok(_) => Ok(Ok(())),
                Err(error) => overlap(error).map(Err),
            }
        }
        Kind::Postgres => {
            let take =
                Statement::from_sql_and_values(DbBackend::Postgres, TAKE.as_str(), cells(&row));
            if tx.connection().execute_raw(take).await?.rows_affected() == 1 {
                return Ok(Ok(()));
            }
            let taken = clash(tx.connection(), granted, doctor, patient, time).await?;
            taken
                .map(Err)
                .map(Ok)
                .unwrap_or_else(|| Err(Fault::internal("a time was refused that nobody has taken")))
        }
    }
}

/// Takes the time of a new appointment and tells of it, in one statement that is its own transaction. For PostgreSQL only.
///
/// # Errors
/// Those of the database.
pub async fn take_at_once(
    db: &Db,
    granted: Granted,
    row: &appointment::Model,
    created: &Fact,
    rider: Option<Rider>,
) -> Result<Result<(), Taken>, Fault> {
    let (doctor, patient) = (row.doctor_id, row.patient_id);
    let time = (row.starts_at, row.ends_at);
    let told = log::appended(db.clock(), std::slice::from_ref(created));
    let (text, riding) = match rider {
        Some(rider) => (&TAKE_RECORD_AND_TELL, rider.parameters()),
        None => (&TAKE_AND_TELL, Vec::new()),
    };
    let parameters = cells(row).chain(riding).chain(told);
    let take = Statement::from_sql_and_values(DbBackend::Postgres, text.as_str(), parameters);
    for _ in 0..TRIES {
        if db.write_at_once(take.clone(), log::heads_of).await? {
            return Ok(Ok(()));
        }
        // The locks are free again: what stood in the way may be gone when it is looked for.
        if let Some(taken) = clash(db.read(), granted, doctor, patient, time).await? {
            return Ok(Err(taken));
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
pub(super) fn overlap(error: sea_orm::DbErr) -> Result<Taken, Fault> {
    if breaks(&error, "appointment_doctor_free", "appointment_doctor_free") {
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
