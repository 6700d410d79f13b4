//! Saying anew when one could come, and leaving the list.

use super::check::{self, Could};
use super::{Wait, granted, let_offer_go, receivers, seal_note, store};
use crate::accept;
use crate::access::{Relationship, Viewer};
use crate::appointment::service as appointment;
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency;
use crate::patient::cells::Edit;
use crate::patient::digest::{claim_of, id_text};
use crate::state::State;
use crate::waitlist::telling::fact;
use entity::code::{CancellationReason, EventKind};
use entity::id::WaitlistEntryId;
use entity::waitlist_entry::{WaitlistPriority, WaitlistStatus};
use entity::waitlist_offer::OfferOutcome;
use serde::Serialize;
use std::sync::Arc;

/// Change an entry of the list; what is absent stays.
#[derive(Clone, Serialize)]
pub struct Update {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub entry: WaitlistEntryId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// When the patient could come, all of it.
    pub windows: Option<Vec<Could>>,
    /// How urgent it is.
    pub priority: Option<WaitlistPriority>,
    /// What whoever arranges it should know.
    pub note: Edit<String>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why an entry is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateRefusal {
    /// They wait no more.
    NotWaiting,
    /// How urgent it is, is for the clinic to say.
    PriorityNotYours,
    /// Too many windows, or one that can never be.
    InvalidWindows,
    /// The note is too long, or has control characters.
    InvalidNote,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Changes an entry. What is offered already stays offered.
///
/// # Errors
/// Those of the database; not found when the viewer may not see it.
pub async fn update(
    state: &State,
    viewer: &Viewer,
    command: Update,
) -> Outcome<WaitlistEntryId, UpdateRefusal> {
    let user = viewer.signed_in()?.user;
    let (wait, granted) = granted(state, viewer, command.entry).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "updateWaitlistEntry", key, &command)?;
    let by_patient = granted.relationship() == Relationship::OneSelf;
    let change = prepared(state, &command, &wait, by_patient)?;
    let (id, expected) = (wait.row.id, command.expected_version);
    let shared = Arc::new((change, claim));
    let updated = state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (change, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    UpdateRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(WaitlistEntryId(id)));
                }
                let held = store::hold(tx, id).await?.ok_or(Fault::NotFound)?;
                if held.version != expected {
                    return Ok(Err(UpdateRefusal::Conflict));
                }
                if !held.status.waits() {
                    return Ok(Err(UpdateRefusal::NotWaiting));
                }
                let change = accept!(change.clone());
                let row = store::change(tx, granted, held, change).await?;
                log::append(tx, &[fact(EventKind::WaitlistChanged, &row)]).await?;
                Ok(Ok(id))
            })
        })
        .await?;
    if updated.is_ok() {
        let row = &wait.row;
        let doctors = receivers(state, row.doctor_id, row.specialty.as_ref()).await?;
        state.waitlist.ring(doctors);
    }
    Ok(updated)
}

/// The change as it would be written, if there is nothing to say against it.
fn prepared(
    state: &State,
    command: &Update,
    wait: &Wait,
    by_patient: bool,
) -> Outcome<store::Change, UpdateRefusal> {
    let other = |asked: WaitlistPriority| asked != wait.row.priority;
    if by_patient && command.priority.is_some_and(other) {
        return Ok(Err(UpdateRefusal::PriorityNotYours));
    }
    let windows = command.windows.as_ref();
    let windows = windows.map(|said| check::windows(said, state.clock.now()));
    let windows = accept!(
        windows
            .transpose()
            .map_err(|_| UpdateRefusal::InvalidWindows)
    );
    let note = match &command.note {
        Edit::Keep => None,
        Edit::Clear => Some(None),
        Edit::Set(said) => {
            let note = check::note(Some(said)).map_err(|_| UpdateRefusal::InvalidNote);
            Some(seal_note(state, &wait.patient, wait.row.id, accept!(note))?)
        }
    };
    Ok(Ok(store::Change {
        priority: command.priority,
        windows,
        note,
        ..store::Change::default()
    }))
}

/// Take somebody off the list.
#[derive(Clone, Serialize)]
pub struct Leave {
    /// Which entry.
    #[serde(serialize_with = "id_text")]
    pub entry: WaitlistEntryId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why they stay on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveRefusal {
    /// They wait no more.
    NotWaiting,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Takes somebody off the list; a time that is held for them is free again.
///
/// # Errors
/// Those of the database; not found when the viewer may not see it.
pub async fn leave(
    state: &State,
    viewer: &Viewer,
    command: Leave,
) -> Outcome<WaitlistEntryId, LeaveRefusal> {
    let user = viewer.signed_in()?.user;
    let (wait, granted) = granted(state, viewer, command.entry).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "leaveWaitlist", key, &command)?;
    let reason = match granted.relationship() {
        Relationship::OneSelf => CancellationReason::PatientPortal,
        _ => CancellationReason::Patient,
    };
    let offer = store::open_offer(&state.db, &wait.row).await?;
    let (id, expected) = (wait.row.id, command.expected_version);
    let claim = Arc::new(claim);
    let left = state
        .write(viewer, move |tx| {
            let claim = Arc::clone(&claim);
            Box::pin(async move {
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref().as_ref(),
                    id.0,
                    LeaveRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(WaitlistEntryId(id)));
                }
                if let Some(offer) = &offer {
                    tx.lock(&appointment::locks(offer.doctor, offer.patient))
                        .await?;
                }
                let held = store::hold(tx, id).await?.ok_or(Fault::NotFound)?;
                // An offer that was made since it was looked for has moved the version on.
                if held.version != expected {
                    return Ok(Err(LeaveRefusal::Conflict));
                }
                if !held.status.waits() {
                    return Ok(Err(LeaveRefusal::NotWaiting));
                }
                let mut told = Vec::new();
                if held.status == WaitlistStatus::Offered
                    && let Some(offer) = &offer
                {
                    let gone = let_offer_go(tx, granted, offer.hold, (user, reason)).await?;
                    // Somebody has made a booking of it meanwhile: the entry is about to say so.
                    told = accept!(gone.map_err(|_| LeaveRefusal::Conflict));
                    store::end_offer(tx, offer.id, OfferOutcome::Declined).await?;
                }
                let change = store::Change {
                    status: Some(WaitlistStatus::Withdrawn),
                    ..store::Change::default()
                };
                let row = store::change(tx, granted, held, change).await?;
                told.push(fact(EventKind::WaitlistChanged, &row));
                log::append(tx, &told).await?;
                Ok(Ok(id))
            })
        })
        .await?;
    if let (Ok(_), Some(offer)) = (&left, &offer) {
        state.waitlist.ring([offer.doctor]);
    }
    Ok(left)
}
