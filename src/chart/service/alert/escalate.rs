//! Calling the next, when nobody has taken an alert on in time.
//!
//! Each copy looks every few seconds. What is due stands in the database, and one transaction holds the alert, calls the next,
//! says when it is due again and tells of it: of many copies one does it, and a copy that dies on the way has done nothing.

use super::told;
use crate::chart::alert::callable;
use crate::chart::store::alert as store;
use crate::error::Fault;
use crate::event::log;
use crate::state::State;
use chrono::TimeDelta;
use entity::code::EventKind;
use entity::id::VitalAlertId;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked for alerts that nobody has taken on.
const LOOK: Duration = Duration::from_secs(2);
/// How many are looked at in one go.
const SOME: u64 = 200;

/// Calls the next to alerts that nobody takes on, for as long as the server runs.
pub async fn escalate(state: Arc<State>) {
    loop {
        if let Err(fault) = escalate_due(&state).await {
            tracing::warn!(?fault, "Could not look for alerts that nobody has taken on");
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Calls the next to all alerts that are due; to how many somebody was called.
///
/// # Errors
/// Those of the database in finding them. One that cannot be passed on holds no other up, and is tried again.
pub async fn escalate_due(state: &State) -> Result<usize, Fault> {
    let mut called = 0;
    for id in store::due(&state.db, SOME).await? {
        match escalate_one(state, id).await {
            Ok(true) => called += 1,
            Ok(false) => {}
            Err(fault) => tracing::error!(alert.id = %id, ?fault, "Could not pass an alert on"),
        }
    }
    Ok(called)
}

/// Whether somebody was called.
async fn escalate_one(state: &State, id: VitalAlertId) -> Result<bool, Fault> {
    let pause: TimeDelta = state.rules.alert_pause;
    let called = state.db.write::<bool, Infallible, _>(move |tx| {
        Box::pin(async move {
            let Some(held) = store::hold_due(tx, id).await? else {
                // Another copy was quicker, or somebody has taken it on.
                return Ok(Ok(false));
            };
            let calls = store::called(tx, vec![id]).await?;
            let (confidentiality, team) = store::team(tx, held.patient_id).await?;
            let mut known: Vec<_> = calls.iter().map(|call| call.doctor_id).collect();
            let order = callable(team, confidentiality).into_iter();
            let next = order.into_iter().find(|doctor| !known.contains(doctor));
            let Some(next) = next else {
                store::put_off(tx, &held, None).await?;
                tracing::warn!(alert.id = %id, patient.id = %held.patient_id,
                    "Nobody has taken an alert on, and nobody of the care team is left to call");
                return Ok(Ok(false));
            };
            let now = tx.clock().now();
            let place = calls.last().map_or(0, |call| call.place) + 1;
            store::call(tx, id, place, (next, now)).await?;
            store::put_off(tx, &held, now.checked_add_signed(pause)).await?;
            known.push(next);
            let subject = (id, held.patient_id, held.version + 1);
            log::append(tx, &[told(EventKind::AlertEscalated, subject, known)]).await?;
            Ok(Ok(true))
        })
    });
    let Ok(called) = called.await?;
    Ok(called)
}
