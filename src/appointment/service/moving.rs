//! What happens to an appointment that keeps its time: accepted, confirmed, arrived at, completed, called off…

use super::{fact, granted};
use crate::accept;
use crate::access::{Action, Relationship, Viewer};
use crate::appointment::lifecycle::{self, Move, Stuck};
use crate::appointment::store::{self, Clash};
use crate::db::Tx;
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency;
use crate::state::State;
use entity::appointment;
use entity::code::{AppointmentStatus, CancellationReason, EventKind};
use entity::id::AppointmentId;
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use std::sync::Arc;

/// Make this move.
#[derive(Clone, Debug)]
pub struct MakeMove {
    /// Of which appointment.
    pub appointment: AppointmentId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// Which move; moving to another time is a verb of its own.
    pub doing: Move,
    /// Why, when it is called off.
    pub reason: Option<CancellationReason>,
    /// Under which the answer is remembered.
    pub idempotency_key: Option<String>,
}

/// Why a move is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveRefusal {
    /// Not from the state it is in.
    WrongState,
    /// Not yet.
    TooEarly,
    /// Not any more.
    TooLate,
    /// Its time has meanwhile been given to somebody else.
    SlotTaken,
    /// The doctor is away then.
    NotAvailable,
    /// This reason is not theirs to give.
    ReasonNotYours,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Stuck> for MoveRefusal {
    fn from(stuck: Stuck) -> Self {
        match stuck {
            Stuck::WrongState => Self::WrongState,
            Stuck::TooEarly => Self::TooEarly,
            Stuck::TooLate => Self::TooLate,
        }
    }
}

/// The authority that a move needs, and the name of its mutation.
fn needs(doing: Move) -> (Action, &'static str) {
    match doing {
        Move::Accept => (Action::Accept, "acceptAppointment"),
        Move::Confirm => (Action::Confirm, "confirmAppointment"),
        Move::CheckIn => (Action::Attend, "checkInAppointment"),
        Move::Arrive => (Action::Attend, "arriveAppointment"),
        Move::Call => (Action::Attend, "callAppointment"),
        Move::Complete => (Action::Attend, "completeAppointment"),
        Move::MarkNoShow => (Action::Attend, "markNoShow"),
        Move::UndoNoShow => (Action::Attend, "undoNoShow"),
        Move::Cancel => (Action::Cancel, "cancelAppointment"),
        Move::Reschedule => (Action::Reschedule, "rescheduleAppointment"),
        Move::Reroute => (Action::Reschedule, "rerouteAppointment"),
        Move::EnterInError => (Action::Attend, "enterAppointmentInError"),
    }
}

/// Makes the move.
///
/// # Errors
/// Those of the database; not found when the viewer may not see it, forbidden when they may not do this.
pub async fn make_move(
    state: &State,
    viewer: &Viewer,
    command: MakeMove,
) -> Outcome<AppointmentId, MoveRefusal> {
    let user = viewer.signed_in()?.user;
    let (action, mutation) = needs(command.doing);
    let (card, granted) = granted(state, viewer, command.appointment, action).await?;
    if command.doing == Move::Confirm && card.row.status == AppointmentStatus::Pending {
        // It becomes an agreed time, which opens the record.
        super::rescheduling::may_give_to(state, viewer, &card, card.row.doctor_id).await?;
    }
    let by_patient = granted.relationship() == Relationship::OneSelf;
    let cutoff = by_patient.then_some(state.rules.cancel_cutoff);
    if command
        .reason
        .is_some_and(|reason| !lifecycle::may_give(reason, by_patient))
    {
        return Ok(Err(MoveRefusal::ReasonNotYours));
    }
    let now = state.clock.now();
    let claim = Arc::new(command.idempotency_key.as_ref().map(|key| {
        let input = format!(
            "{}|{}|{:?}",
            command.appointment, command.expected_version, command.reason
        );
        idempotency::Key::new(&state.vault, user, mutation, key, input.as_bytes())
    }));
    state
        .write(viewer, move |tx| {
            let (command, claim) = (command.clone(), Arc::clone(&claim));
            let (doctor, patient) = (card.row.doctor_id, card.row.patient_id);
            Box::pin(async move {
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref().as_ref(),
                    command.appointment.0,
                    MoveRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(AppointmentId(id)));
                }
                // The same order of locks as booking has; one that takes its time again needs them.
                tx.lock(&store::locks(doctor, patient)).await?;
                let row = store::hold(tx, granted, command.appointment).await?;
                let row = row.ok_or(Fault::NotFound)?;
                if row.version != command.expected_version {
                    return Ok(Err(MoveRefusal::Conflict));
                }
                let to = accept!(lifecycle::after(
                    row.status,
                    command.doing,
                    row.starts_at,
                    now
                ));
                if command.doing == Move::Confirm && row.confirmed_at.is_some() {
                    return Ok(Err(MoveRefusal::WrongState));
                }
                if command.doing == Move::Confirm && row.hold_expires_at.is_some_and(|at| at <= now)
                {
                    return Ok(Err(MoveRefusal::TooLate));
                }
                let is_time =
                    || lifecycle::may_still_cancel(row.status, row.starts_at, now, cutoff);
                if command.doing == Move::Cancel && !is_time() {
                    return Ok(Err(MoveRefusal::TooLate));
                }
                if to == AppointmentStatus::Booked && is_away(tx, &row).await? {
                    return Ok(Err(MoveRefusal::NotAvailable));
                }
                if command.doing == Move::Call && !store::note_call(tx, &row, now).await? {
                    return Ok(Err(MoveRefusal::WrongState));
                }
                let mut told = Vec::new();
                if to.is_live() && !row.status.is_live() {
                    // It takes its time again.
                    match store::clash(tx.connection(), granted, &row, now).await? {
                        Some(Clash::Taken(_)) => return Ok(Err(MoveRefusal::SlotTaken)),
                        Some(Clash::Over(holds)) => told = store::release(tx, holds).await?,
                        None => {}
                    }
                }
                let (from, version) = ((row.status, user), row.version + 1);
                let mut change = row.into_active_model();
                change.status = Set(to);
                change.version = Set(version);
                change.updated_at = Set(now);
                let mut kind = EventKind::AppointmentUpdated;
                match command.doing {
                    Move::Confirm => {
                        change.confirmed_at = Set(Some(now));
                        change.hold_expires_at = Set(None);
                    }
                    Move::Cancel => {
                        let reason = command.reason.unwrap_or(CancellationReason::Other);
                        change.cancellation_reason = Set(Some(reason));
                        kind = EventKind::AppointmentCancelled;
                    }
                    Move::EnterInError => change.cancellation_reason = Set(None),
                    _ => {}
                }
                let Ok(row) = store::update(tx, granted, from, change).await? else {
                    return Ok(Err(MoveRefusal::SlotTaken));
                };
                if command.doing == Move::Arrive {
                    store::note_arrival(tx, &row, now).await?;
                }
                told.push(fact(kind, &row));
                log::append(tx, &told).await?;
                Ok(Ok(row.id))
            })
        })
        .await
}

/// Whether nobody has agreed to this time yet, and nobody will: the doctor is away then. Its word counts behind the locks only.
pub(super) async fn is_away(tx: &Tx, row: &appointment::Model) -> Result<bool, Fault> {
    if !matches!(
        row.status,
        AppointmentStatus::Proposed | AppointmentStatus::Pending
    ) {
        return Ok(false);
    }
    let absences = store::absences(tx.connection(), std::iter::once(row)).await?;
    let mut away = absences.iter();
    Ok(away.any(|one| one.meets(row.starts_at, row.ends_at)))
}
