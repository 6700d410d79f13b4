//! Noting what has become of offers and of entries without their own verbs: the time to answer is over, the hold was booked or
//! called off by whoever may, the days on which somebody could come have passed.

use super::{MOST_UNANSWERED, store};
use crate::access::Granted;
use crate::appointment::service::{self as appointment, HoldOutcome};
use crate::error::Fault;
use crate::event::log;
use crate::state::State;
use crate::waitlist::store::{Change, Offered};
use crate::waitlist::telling::fact;
use entity::code::EventKind;
use entity::id::DoctorId;
use entity::waitlist_entry::WaitlistStatus;
use entity::waitlist_offer::OfferOutcome;
use std::collections::HashSet;
use std::convert::Infallible;

/// How many are looked for at once.
const SOME: u64 = 100;

/// Ends the offers whose hold holds no more; returns the doctors whose time may be free by that.
///
/// # Errors
/// Those of the database.
pub async fn settle(state: &State) -> Result<HashSet<DoctorId>, Fault> {
    let mut freed = HashSet::new();
    loop {
        let some = store::over(&state.db, SOME).await?;
        let (found, mut ended) = (some.len(), 0);
        for one in some {
            if end(state, one).await? {
                freed.insert(one.doctor);
                ended += 1;
            }
        }
        // Others end what is left of them.
        if ended == 0 || found < usize::try_from(SOME).unwrap_or(usize::MAX) {
            return Ok(freed);
        }
    }
}

/// Ends one of them, unless somebody has, or it still holds.
async fn end(state: &State, one: Offered) -> Result<bool, Fault> {
    let ended = state.db.write::<bool, Infallible, _>(move |tx| {
        Box::pin(async move {
            tx.lock(&appointment::locks(one.doctor, one.patient))
                .await?;
            let Some(held) = store::hold(tx, one.entry).await? else {
                return Ok(Ok(false));
            };
            let (came_of_it, mut told) = appointment::outcome_of(tx, one.hold).await?;
            let outcome = match came_of_it {
                HoldOutcome::Held => return Ok(Ok(false)),
                HoldOutcome::Booked => OfferOutcome::Accepted,
                HoldOutcome::LetGo => OfferOutcome::Declined,
                HoldOutcome::Lapsed => OfferOutcome::Lapsed,
            };
            let is_mine = store::end_offer(tx, one.id, outcome).await?;
            let unanswered = match outcome {
                OfferOutcome::Lapsed => held.unanswered + 1,
                _ => 0,
            };
            let status = match outcome {
                OfferOutcome::Accepted => WaitlistStatus::Booked,
                _ if unanswered >= MOST_UNANSWERED => WaitlistStatus::Expired,
                _ => WaitlistStatus::Active,
            };
            if is_mine && held.status == WaitlistStatus::Offered {
                let change = Change {
                    status: Some(status),
                    unanswered: Some(unanswered),
                    ..Change::default()
                };
                let granted = Granted::for_a_wish_that_is_kept();
                let row = store::change(tx, granted, held, change).await?;
                told.push(fact(EventKind::WaitlistChanged, &row));
            }
            log::append(tx, &told).await?;
            Ok(Ok(is_mine))
        })
    });
    let Ok(ended) = ended.await?;
    Ok(ended)
}

/// Notes that those wait no more whose time is over; returns how many.
///
/// # Errors
/// Those of the database.
pub async fn expire(state: &State) -> Result<usize, Fault> {
    let some = store::past(&state.db, SOME).await?;
    let mut expired = 0;
    for id in some {
        let ended = state.db.write::<bool, Infallible, _>(move |tx| {
            Box::pin(async move {
                let now = tx.clock().now();
                let held = store::hold(tx, id).await?;
                let is_over = |status, at| status == WaitlistStatus::Active && at <= now;
                let Some(held) = held.filter(|held| is_over(held.status, held.expires_at)) else {
                    return Ok(Ok(false));
                };
                let change = Change {
                    status: Some(WaitlistStatus::Expired),
                    ..Change::default()
                };
                let granted = Granted::for_a_wish_that_is_kept();
                let row = store::change(tx, granted, held, change).await?;
                log::append(tx, &[fact(EventKind::WaitlistChanged, &row)]).await?;
                Ok(Ok(true))
            })
        });
        let Ok(ended) = ended.await?;
        expired += usize::from(ended);
    }
    Ok(expired)
}
