//! Sending what is due: on every copy, each reminder once.

use super::super::plan::{self, Due};
use super::super::store;
use super::super::store::reminders;
use super::planning::{may_be_told, plan_all};
use super::preferences::Preferences;
use crate::account::Account;
use crate::db::Tx;
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::{self, Fact};
use crate::mail::{self, Letter};
use crate::state::{Clinic, State};
use chrono::TimeDelta;
use entity::code::{
    EventKind, Modality, NotificationKind, ReminderCause, ReminderChannel, ReminderState,
};
use entity::id::NotificationId;
use entity::{appointment, notification, reminder, user};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked for what is to be worked out or sent.
const LOOK: Duration = Duration::from_secs(1);
/// How long whoever reads a letter has at least to move or call off what it is about, if it says that they can.
const TO_ACT: TimeDelta = TimeDelta::minutes(15);
/// Reminders that are sent before looking again.
const MOST: u64 = 50;

/// What becomes of a reminder that was taken on.
enum Taken {
    /// Another copy has it, or it is settled.
    Done,
    /// A letter to this account, of this appointment.
    Letter(Box<(user::Model, appointment::Model)>),
}

/// Works out and sends reminders, for as long as the server runs. Letters wait for their server, so they have a loop of
/// their own: a mail server that hangs delays no notification.
pub async fn deliver(state: Arc<State>) {
    let told = async {
        loop {
            if let Err(fault) = plan_all(&state).await {
                tracing::warn!(?fault, "Could not work out reminders; trying again");
            }
            look(&state, ReminderChannel::Live).await;
            tokio::time::sleep(LOOK).await;
        }
    };
    let written = async {
        loop {
            look(&state, ReminderChannel::Email).await;
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::join!(told, written);
}

/// Sends what is due by this way.
async fn look(state: &Arc<State>, channel: ReminderChannel) {
    let due = match reminders::due(&state.db, channel, MOST).await {
        Ok(due) => due,
        Err(fault) => {
            tracing::warn!(?fault, "Could not look for reminders; trying again");
            return;
        }
    };
    for row in due {
        let (appointment, kind) = (row.appointment_id, row.kind);
        if let Err(fault) = deliver_one(state, row).await {
            tracing::error!(appointment.id = %appointment, ?kind, ?channel, ?fault, "Could not send a reminder");
        }
    }
}

async fn deliver_one(state: &Arc<State>, row: reminder::Model) -> Result<(), Fault> {
    let (owner, appointment) = match take_on(state, row.clone()).await? {
        Taken::Done => return Ok(()),
        Taken::Letter(letter) => *letter,
    };
    let letter = Letter::appointment_reminder(
        state.post.links(),
        &place(&appointment, &state.rules.clinic),
        &when(&appointment),
        state.clock.now() + TO_ACT < appointment.starts_at - state.rules.cancel_cutoff,
        row.message_id,
    );
    let address = Account(owner).email(&state.vault)?;
    let attempts = row.attempts + 1;
    let (appointment, kind) = (row.appointment_id, row.kind);
    match state.post.send(&address, &letter).await {
        Ok(()) => {
            tracing::info!(appointment.id = %appointment, ?kind, "Sent a reminder");
            settle(state, row, ReminderState::Sent, None).await
        }
        Err(fault) if attempts >= mail::ATTEMPTS => {
            tracing::error!(appointment.id = %appointment, ?kind, ?fault, "Gave a reminder up");
            let cause = Some(ReminderCause::NotTaken);
            settle(state, row, ReminderState::Failed, cause).await
        }
        Err(fault) => {
            tracing::warn!(appointment.id = %appointment, ?kind, attempts, ?fault, "Could not send a reminder; trying again");
            Ok(())
        }
    }
}

/// Where the patient is expected.
fn place(appointment: &appointment::Model, clinic: &Clinic) -> String {
    match appointment.modality {
        Modality::InPerson => format!("at {}", clinic.place()),
        Modality::Video => "by video".to_owned(),
        Modality::Phone => "by telephone".to_owned(),
    }
}

/// When an appointment begins, by the clocks of the place where it was agreed.
fn when(appointment: &appointment::Model) -> String {
    let zone: chrono_tz::Tz = appointment.zone.parse().unwrap_or(chrono_tz::UTC);
    let local = appointment.starts_at.with_timezone(&zone);
    format!("{} ({zone})", local.format("%A, %-d %B %Y, %H:%M"))
}

async fn settle(
    state: &State,
    row: reminder::Model,
    becomes: ReminderState,
    cause: Option<ReminderCause>,
) -> Result<(), Fault> {
    let done = state.db.write::<(), Infallible, _>(move |tx| {
        let row = row.clone();
        Box::pin(async move { Ok(Ok(reminders::settle(tx, &row, becomes, cause).await?)) })
    });
    let Ok(()) = done.await?;
    Ok(())
}

async fn take_on(state: &Arc<State>, row: reminder::Model) -> Result<Taken, Fault> {
    let sends_mail = !state.post.is_off();
    let taken = state.db.write::<Taken, Infallible, _>(move |tx| {
        let row = row.clone();
        Box::pin(async move {
            // In the order of every change of an appointment: its row, then what hangs on it.
            let appointment = reminders::hold(tx, row.appointment_id).await?;
            let pause = mail::pause(row.attempts);
            if !reminders::claim(tx, &row, pause).await? {
                return Ok(Ok(Taken::Done));
            }
            let appointment = appointment.ok_or(Fault::NotFound)?;
            let owners = reminders::owners(tx, vec![appointment.patient_id]).await?;
            let skip = |cause| (ReminderState::Skipped, Some(cause));
            let Some((owner, preference)) = owners.into_values().next() else {
                let (state, cause) = skip(ReminderCause::AccountClosed);
                reminders::settle(tx, &row, state, cause).await?;
                return Ok(Ok(Taken::Done));
            };
            let wants: Preferences = preference.map(Into::into).unwrap_or_default();
            let whose = (&owner, &wants);
            let becomes = verdict(tx, &row, &appointment, whose, sends_mail).await?;
            match becomes {
                Due::Never(cause) => {
                    let (state, cause) = match cause {
                        ReminderCause::NotTaken => (ReminderState::Failed, Some(cause)),
                        cause => skip(cause),
                    };
                    reminders::settle(tx, &row, state, cause).await?;
                }
                Due::At(then) => reminders::put_off(tx, &row, then).await?,
                Due::Now if row.channel == ReminderChannel::Email => {
                    return Ok(Ok(Taken::Letter(Box::new((owner, appointment)))));
                }
                Due::Now => notify(tx, &row).await?,
            }
            Ok(Ok(Taken::Done))
        })
    });
    let Ok(taken) = taken.await?;
    Ok(taken)
}

/// What becomes of a reminder that this transaction has claimed.
async fn verdict(
    tx: &Tx,
    row: &reminder::Model,
    appointment: &appointment::Model,
    (account, wants): (&user::Model, &Preferences),
    sends_mail: bool,
) -> Result<Due, Fault> {
    let is_mail = row.channel == ReminderChannel::Email;
    if account.id != row.user_id || !may_be_told(account.status) {
        return Ok(Due::Never(ReminderCause::AccountClosed));
    }
    if !reminders::EXPECTED.contains(&appointment.status) {
        return Ok(Due::Never(ReminderCause::NotExpected));
    }
    if appointment.starts_at - plan::lead(row.kind) != row.due_at {
        return Ok(Due::Never(ReminderCause::Moved));
    }
    if is_mail && !sends_mail {
        return Ok(Due::Never(ReminderCause::MailOff));
    }
    if is_mail && account.email_verified_at.is_none() {
        return Ok(Due::Never(ReminderCause::AddressNotVerified));
    }
    if row.attempts >= mail::ATTEMPTS {
        return Ok(Due::Never(ReminderCause::NotTaken));
    }
    let now = tx.clock().now();
    let others = reminders::of_appointments(tx, vec![appointment.id]).await?;
    let later = others.iter().any(|other| {
        other.channel == row.channel
            && other.due_at > row.due_at
            && other.send_at <= now
            && matches!(other.state, ReminderState::Planned | ReminderState::Sent)
    });
    let quiet = wants.quiet_in(&appointment.zone);
    Ok(plan::due(
        appointment.starts_at,
        row.send_at,
        now,
        later,
        quiet,
    ))
}

/// Tells the account's owner, with the note that it was done.
async fn notify(tx: &mut Tx, row: &reminder::Model) -> Result<(), Fault> {
    let id: NotificationId = tx.clock().new_id();
    let told = notification::Model {
        id,
        user_id: row.user_id,
        kind: NotificationKind::AppointmentReminder,
        appointment_id: row.appointment_id,
        reminder_kind: row.kind,
        due_at: row.due_at,
        created_at: tx.clock().now(),
        read_at: None,
    };
    store::insert(tx, told).await?;
    reminders::settle(tx, row, ReminderState::Sent, None).await?;
    let fact = Fact {
        kind: EventKind::NotificationAdded,
        subject: id.0,
        version: 1,
        streams: vec![Stream::User(row.user_id)],
    };
    log::append(tx, &[fact]).await
}
