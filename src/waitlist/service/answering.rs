//! Answering an offer: the time is taken, or goes on to the next.

use super::{granted, let_offer_go, store};
use crate::accept as accepted;
use crate::access::{Relationship, Viewer};
use crate::appointment::service as appointment;
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::state::State;
use crate::waitlist::telling::fact;
use entity::code::{CancellationReason, EventKind};
use entity::id::WaitlistEntryId;
use entity::waitlist_entry::WaitlistStatus;
use entity::waitlist_offer::OfferOutcome;
use serde::Serialize;
use std::sync::Arc;

/// Answer the offer that stands open for an entry.
#[derive(Clone, Serialize)]
pub struct Answer {
    /// Which entry.
    #[serde(serialize_with = "id_text")]
    pub entry: WaitlistEntryId,
    /// As the caller knows it: each offer moves it on, so the answer is to the one that was read.
    pub expected_version: i32,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why an offer is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerRefusal {
    /// Nothing is offered to them, or not any more.
    NoOffer,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Takes the time that is offered: the hold is a booking from now on.
///
/// # Errors
/// Those of the database; not found when the viewer may not see the entry.
pub async fn accept(
    state: &State,
    viewer: &Viewer,
    command: Answer,
) -> Outcome<WaitlistEntryId, AnswerRefusal> {
    answer(state, viewer, command, OfferOutcome::Accepted).await
}

/// Lets the time that is offered go on to the next; the entry waits for another.
///
/// # Errors
/// Those of the database; not found when the viewer may not see the entry.
pub async fn decline(
    state: &State,
    viewer: &Viewer,
    command: Answer,
) -> Outcome<WaitlistEntryId, AnswerRefusal> {
    answer(state, viewer, command, OfferOutcome::Declined).await
}

async fn answer(
    state: &State,
    viewer: &Viewer,
    command: Answer,
    outcome: OfferOutcome,
) -> Outcome<WaitlistEntryId, AnswerRefusal> {
    let user = viewer.signed_in()?.user;
    let (wait, granted) = granted(state, viewer, command.entry).await?;
    let takes = outcome == OfferOutcome::Accepted;
    let mutation = if takes { "acceptOffer" } else { "declineOffer" };
    let key = command.idempotency_key.as_deref();
    let claim = Arc::new(claim_of(state, user, mutation, key, &command)?);
    let reason = match granted.relationship() {
        Relationship::OneSelf => CancellationReason::PatientPortal,
        _ => CancellationReason::Patient,
    };
    let offer = store::open_offer(&state.db, &wait.row).await?;
    let (id, expected) = (wait.row.id, command.expected_version);
    let answered = state
        .write(viewer, move |tx| {
            let claim = Arc::clone(&claim);
            Box::pin(async move {
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref().as_ref(),
                    id.0,
                    AnswerRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(WaitlistEntryId(id)));
                }
                if let Some(offer) = &offer {
                    tx.lock(&appointment::locks(offer.doctor, offer.patient))
                        .await?;
                }
                let held = store::hold(tx, id).await?.ok_or(Fault::NotFound)?;
                if held.version != expected {
                    return Ok(Err(AnswerRefusal::Conflict));
                }
                let standing = offer.filter(|_| held.status == WaitlistStatus::Offered);
                let Some(offer) = standing else {
                    return Ok(Err(AnswerRefusal::NoOffer));
                };
                let mut told = if takes {
                    let booked = appointment::confirm_held(tx, granted, offer.hold, user).await?;
                    accepted!(booked.map_err(|_| AnswerRefusal::NoOffer))
                } else {
                    let gone = let_offer_go(tx, granted, offer.hold, (user, reason)).await?;
                    // Somebody has made a booking of it meanwhile.
                    accepted!(gone.map_err(|_| AnswerRefusal::NoOffer))
                };
                if !store::end_offer(tx, offer.id, outcome).await? {
                    return Ok(Err(AnswerRefusal::NoOffer));
                }
                let status = match takes {
                    true => WaitlistStatus::Booked,
                    false => WaitlistStatus::Active,
                };
                let change = store::Change {
                    status: Some(status),
                    unanswered: Some(0),
                    ..store::Change::default()
                };
                let row = store::change(tx, granted, held, change).await?;
                told.push(fact(EventKind::WaitlistChanged, &row));
                log::append(tx, &told).await?;
                Ok(Ok(id))
            })
        })
        .await?;
    if let (Ok(_), Some(offer)) = (&answered, &offer) {
        state.waitlist.ring([offer.doctor]);
    }
    Ok(answered)
}
