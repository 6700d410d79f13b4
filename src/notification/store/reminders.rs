//! Reminders: what is to be planned, what is, and what is due.
//!
//! The order of locks is that of every change of an appointment: its row first, then its reminders, then its task. So
//! whoever plans or sends waits for a change, or is waited for, and never in a circle.

use crate::db::{Db, Kind, Tx};
use crate::error::Fault;
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{AppointmentStatus, ReminderCause, ReminderChannel, ReminderState};
use entity::id::{AppointmentId, PatientId, UserId};
use entity::reminder_task as task;
use entity::{appointment, notification_preference as preference, patient, reminder, user};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, ConnectionTrait as _, EntityTrait,
    IntoActiveModel as _, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use std::collections::HashMap;

/// In these states a patient is expected, and reminded.
pub const EXPECTED: [AppointmentStatus; 2] =
    [AppointmentStatus::Booked, AppointmentStatus::CheckedIn];

/// Some of the appointments whose reminders are to be worked out.
pub async fn tasks(db: &Db, most: u64) -> Result<Vec<AppointmentId>, Fault> {
    Ok(task::Entity::find()
        .select_only()
        .column(task::Column::AppointmentId)
        .order_by_asc(task::Column::Since)
        .limit(most)
        .into_tuple()
        .all(db.read())
        .await?)
}

/// Takes these tasks on, but for those that another copy has or whose appointment is being changed: each appointment, held
/// against other writers, with the time since when its task is there.
pub async fn take_tasks(
    tx: &Tx,
    some: Vec<AppointmentId>,
) -> Result<Vec<(appointment::Model, DateTime<Utc>)>, Fault> {
    let select = appointment::Entity::find()
        .filter(appointment::Column::Id.is_in(some))
        .order_by_asc(appointment::Column::Id);
    let select = match tx.kind() {
        Kind::Postgres => {
            select.lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        }
        Kind::Sqlite => select,
    };
    let held = select.all(tx.connection()).await?;
    let ids = held.iter().map(|row| row.id);
    let taken = task::Entity::delete_many()
        .filter(task::Column::AppointmentId.is_in(ids))
        .exec_with_returning(tx.connection())
        .await?;
    let since: HashMap<_, _> = taken
        .into_iter()
        .map(|task| (task.appointment_id, task.since))
        .collect();
    let known = |row: appointment::Model| since.get(&row.id).map(|since| (row, *since));
    Ok(held.into_iter().filter_map(known).collect())
}

/// The accounts of these patients, and what their owners want.
pub async fn owners(
    tx: &Tx,
    patients: Vec<PatientId>,
) -> Result<HashMap<PatientId, (user::Model, Option<preference::Model>)>, Fault> {
    let users: Vec<(PatientId, UserId)> = patient::Entity::find()
        .select_only()
        .columns([patient::Column::Id, patient::Column::UserId])
        .filter(patient::Column::Id.is_in(patients))
        .filter(patient::Column::UserId.is_not_null())
        .into_tuple()
        .all(tx.connection())
        .await?;
    let ids = || users.iter().map(|(_, user)| *user);
    let accounts = user::Entity::find()
        .filter(user::Column::Id.is_in(ids()))
        .all(tx.connection())
        .await?;
    let preferences = preference::Entity::find()
        .filter(preference::Column::UserId.is_in(ids()))
        .all(tx.connection())
        .await?;
    let mut accounts: HashMap<_, _> = accounts.into_iter().map(|row| (row.id, row)).collect();
    let mut preferences: HashMap<_, _> = preferences
        .into_iter()
        .map(|row| (row.user_id, row))
        .collect();
    let owner = |(patient, user): (PatientId, UserId)| {
        let account = accounts.remove(&user)?;
        Some((patient, (account, preferences.remove(&user))))
    };
    Ok(users.into_iter().filter_map(owner).collect())
}

/// All reminders of these appointments.
pub async fn of_appointments(
    tx: &Tx,
    appointments: Vec<AppointmentId>,
) -> Result<Vec<reminder::Model>, Fault> {
    Ok(reminder::Entity::find()
        .filter(reminder::Column::AppointmentId.is_in(appointments))
        .all(tx.connection())
        .await?)
}

/// Writes reminders as planned: new ones, and such as were called off or planned for another time. What was sent stays.
pub async fn plan(tx: &Tx, rows: Vec<reminder::Model>) -> Result<(), Fault> {
    use reminder::Column;
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows
        .into_iter()
        .map(|row| row.into_active_model().reset_all());
    let open = Expr::col((reminder::Entity, Column::State))
        .is_in([ReminderState::Planned, ReminderState::Cancelled]);
    reminder::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([
                Column::AppointmentId,
                Column::Kind,
                Column::Channel,
                Column::DueAt,
            ])
            .update_columns([
                Column::UserId,
                Column::SendAt,
                Column::TryAt,
                Column::State,
                Column::Cause,
                Column::Attempts,
                Column::UpdatedAt,
            ])
            .action_and_where(open)
            .to_owned(),
        )
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Whether a row is this reminder.
fn is(row: &reminder::Model) -> Condition {
    Condition::all()
        .add(reminder::Column::AppointmentId.eq(row.appointment_id))
        .add(reminder::Column::Kind.eq(row.kind))
        .add(reminder::Column::Channel.eq(row.channel))
        .add(reminder::Column::DueAt.eq(row.due_at))
}

/// Reminders of this way that are due, the longest due first, at most so many.
pub async fn due(
    db: &Db,
    channel: ReminderChannel,
    most: u64,
) -> Result<Vec<reminder::Model>, Fault> {
    Ok(reminder::Entity::find()
        .filter(reminder::Column::State.eq(ReminderState::Planned))
        .filter(reminder::Column::Channel.eq(channel))
        .filter(reminder::Column::TryAt.lte(db.clock().now()))
        .order_by_asc(reminder::Column::TryAt)
        .limit(most)
        .all(db.read())
        .await?)
}

/// An appointment, held against other writers.
pub async fn hold(tx: &Tx, id: AppointmentId) -> Result<Option<appointment::Model>, Fault> {
    let select = appointment::Entity::find_by_id(id);
    let select = match tx.kind() {
        Kind::Postgres => select.lock(LockType::NoKeyUpdate),
        Kind::Sqlite => select,
    };
    Ok(select.one(tx.connection()).await?)
}

/// Takes a due reminder on, so that no other copy sends it before `pause` has passed. Says whether it was there to be taken.
pub async fn claim(tx: &Tx, seen: &reminder::Model, pause: TimeDelta) -> Result<bool, Fault> {
    let now = tx.clock().now();
    let claimed = reminder::Entity::update_many()
        .col_expr(
            reminder::Column::Attempts,
            Expr::col(reminder::Column::Attempts).add(1),
        )
        .col_expr(reminder::Column::TryAt, Expr::value(now + pause))
        .col_expr(reminder::Column::UpdatedAt, Expr::value(now))
        .filter(is(seen))
        .filter(reminder::Column::State.eq(ReminderState::Planned))
        .filter(reminder::Column::Attempts.eq(seen.attempts))
        .exec(tx.connection())
        .await?;
    Ok(claimed.rows_affected == 1)
}

/// Puts a reminder off that was taken on and not tried.
pub async fn put_off(tx: &Tx, seen: &reminder::Model, until: DateTime<Utc>) -> Result<(), Fault> {
    reminder::Entity::update_many()
        .col_expr(reminder::Column::Attempts, Expr::value(seen.attempts))
        .col_expr(reminder::Column::SendAt, Expr::value(until))
        .col_expr(reminder::Column::TryAt, Expr::value(until))
        .filter(is(seen))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes what became of a reminder; also of one that was called off while its letter was on its way.
pub async fn settle(
    tx: &Tx,
    seen: &reminder::Model,
    state: ReminderState,
    cause: Option<ReminderCause>,
) -> Result<(), Fault> {
    reminder::Entity::update_many()
        .col_expr(reminder::Column::State, Expr::value(state))
        .col_expr(reminder::Column::Cause, Expr::value(cause))
        .col_expr(reminder::Column::UpdatedAt, Expr::value(tx.clock().now()))
        .filter(is(seen))
        .filter(reminder::Column::State.is_in([ReminderState::Planned, ReminderState::Cancelled]))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Has the reminders of whatever this account's owner is expected to come to worked out anew.
pub async fn plan_anew(tx: &Tx, user: UserId) -> Result<(), Fault> {
    let backend = tx.connection().get_database_backend();
    let now = tx.clock().now();
    let statement = Statement::from_sql_and_values(
        backend,
        "INSERT INTO reminder_task (appointment_id, since) SELECT id, $1 FROM appointment \
         WHERE patient_id IN (SELECT id FROM patient WHERE user_id = $2) \
         AND starts_at > $1 AND status IN ('BOOKED', 'CHECKED_IN') \
         ON CONFLICT (appointment_id) DO NOTHING",
        [now.into(), user.into()],
    );
    tx.connection().execute_raw(statement).await?;
    Ok(())
}

/// Deletes reminders that were due before this, and of which nothing became since. Returns how many.
pub async fn delete_old(tx: &Tx, before: DateTime<Utc>) -> Result<u64, Fault> {
    let deleted = reminder::Entity::delete_many()
        .filter(reminder::Column::State.ne(ReminderState::Planned))
        .filter(reminder::Column::UpdatedAt.lt(before))
        .filter(reminder::Column::DueAt.lt(before))
        .exec(tx.connection())
        .await?;
    Ok(deleted.rows_affected)
}
