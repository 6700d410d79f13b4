//! Working out when appointments are to be reminded of: on every copy, each task once.

use super::super::plan;
use super::super::store::reminders as store;
use super::preferences::Preferences;
use crate::db::Tx;
use crate::error::Fault;
use crate::state::State;
use chrono::{DateTime, Utc};
use entity::code::{ReminderCause, ReminderState, UserStatus};
use entity::id::{PatientId, UserId};
use entity::{appointment, notification_preference as preference, reminder, user};
use std::collections::HashMap;
use std::convert::Infallible;

/// How many appointments are looked at in one transaction.
const SOME: u64 = 20;

type Owners = HashMap<PatientId, (user::Model, Option<preference::Model>)>;

/// Works out what there is to be worked out; what another copy has at hand is left to it.
///
/// # Errors
/// Those of the database.
pub(super) async fn plan_all(state: &State) -> Result<(), Fault> {
    loop {
        let some = store::tasks(&state.db, SOME).await?;
        if some.is_empty() {
            return Ok(());
        }
        let planned = state.db.write::<usize, Infallible, _>(move |tx| {
            let some = some.clone();
            Box::pin(async move {
                let taken = store::take_tasks(tx, some).await?;
                if !taken.is_empty() {
                    plan_some(tx, &taken).await?;
                }
                Ok(Ok(taken.len()))
            })
        });
        let Ok(planned) = planned.await?;
        // Others have them, or they are being changed: the next look finds what is left.
        if planned == 0 {
            return Ok(());
        }
    }
}

async fn plan_some(tx: &Tx, taken: &[(appointment::Model, DateTime<Utc>)]) -> Result<(), Fault> {
    let patients = taken.iter().map(|(row, _)| row.patient_id).collect();
    let owners: Owners = store::owners(tx, patients).await?;
    let ids = taken.iter().map(|(row, _)| row.id).collect();
    let known = store::of_appointments(tx, ids).await?;
    let mut rows = Vec::new();
    for (appointment, since) in taken {
        let of_this = known
            .iter()
            .filter(|row| row.appointment_id == appointment.id);
        let wanted = wanted(tx, appointment, *since, &owners);
        for row in of_this.clone() {
            let is_wanted = wanted.iter().any(|one| is_same(one, row));
            if row.state == ReminderState::Planned && !is_wanted {
                let (state, cause) = (ReminderState::Cancelled, ReminderCause::NotWanted);
                store::settle(tx, row, state, Some(cause)).await?;
            }
        }
        // What stands as it is to stand is left alone: it may be on its way.
        let stands = |one: &reminder::Model| {
            of_this.clone().any(|row| {
                is_same(one, row)
                    && (row.state == ReminderState::Planned && row.send_at == one.send_at
                        || matches!(
                            row.state,
                            ReminderState::Sent | ReminderState::Failed | ReminderState::Skipped
                        ))
            })
        };
        rows.extend(wanted.into_iter().filter(|one| !stands(one)));
    }
    store::plan(tx, rows).await
}

fn is_same(one: &reminder::Model, other: &reminder::Model) -> bool {
    (one.kind, one.channel, one.due_at) == (other.kind, other.channel, other.due_at)
}

/// The reminders of an appointment as they are to be.
fn wanted(
    tx: &Tx,
    appointment: &appointment::Model,
    since: DateTime<Utc>,
    owners: &Owners,
) -> Vec<reminder::Model> {
    let owner = owners.get(&appointment.patient_id);
    let owner = owner.filter(|(account, _)| may_be_told(account.status));
    let Some((account, preference)) = owner else {
        return Vec::new();
    };
    if !store::EXPECTED.contains(&appointment.status) {
        return Vec::new();
    }
    let wants: Preferences = preference.clone().map(Into::into).unwrap_or_default();
    let now = tx.clock().now();
    let row = |user_id: UserId, one: plan::Planned| reminder::Model {
        appointment_id: appointment.id,
        kind: one.kind,
        channel: one.channel,
        due_at: one.due_at,
        user_id,
        send_at: one.send_at,
        try_at: one.send_at,
        state: ReminderState::Planned,
        cause: None,
        attempts: 0,
        message_id: tx.clock().new_id(),
        updated_at: now,
    };
    let wishes = wants.wishes_in(&appointment.zone);
    let planned = plan::planned(appointment.starts_at, since, &wishes);
    planned
        .into_iter()
        .map(|one| row(account.id, one))
        .collect()
}

/// Whether the owner of an account of this status is told anything.
pub(super) fn may_be_told(status: UserStatus) -> bool {
    matches!(status, UserStatus::Active | UserStatus::Invited)
}
