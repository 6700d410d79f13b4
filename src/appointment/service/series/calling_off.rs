//! Calling appointments of a series off.

use super::booking::again;
use super::{Outline, Refused, Scope, is_free, is_unchanged, locks, meant};
use crate::accept;
use crate::access::{Action, Granted, Relationship, Viewer};
use crate::appointment::lifecycle::{self, Move};
use crate::appointment::series::{Conflict, Planned};
use crate::appointment::service::{fact, granted};
use crate::appointment::store;
use crate::error::Outcome;
use crate::event::log;
use crate::idempotency;
use crate::patient::digest::claim_of;
use crate::state::{Card, State};
use entity::appointment;
use entity::code::{AppointmentStatus, CancellationReason, EventKind};
use entity::id::{AppointmentId, SeriesId};
use serde::Serialize;
use std::sync::Arc;

/// Call appointments of a series off.
#[derive(Clone, Debug, Serialize)]
pub struct CancelSeries {
    /// Seen from this one.
    pub appointment: AppointmentId,
    /// The series as the caller knows it.
    pub expected_version: i32,
    /// Which of them.
    pub scope: Scope,
    /// Why.
    pub reason: CancellationReason,
    /// Only say what would come of it.
    #[serde(skip)]
    pub dry_run: bool,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why a series is not called off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelSeriesRefusal {
    /// Some of them cannot be called off any more; each says why.
    Conflicts,
    /// The appointment is of no series that the viewer may know of.
    NotInASeries,
    /// This one cannot be called off from the state that it is in.
    WrongState,
    /// Nothing of it is still to come.
    NothingToCancel,
    /// This reason is not theirs to give.
    ReasonNotYours,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

type Refusal = Refused<CancelSeriesRefusal>;

/// Calls appointments of a series off, all that are meant or none of them.
///
/// # Errors
/// Those of the database; not found when the viewer may not see the appointment, forbidden when they may not do this.
pub async fn cancel_series(
    state: &State,
    viewer: &Viewer,
    command: CancelSeries,
) -> Outcome<Outline, Refusal> {
    let user = viewer.signed_in()?.user;
    let (card, granted) = granted(state, viewer, command.appointment, Action::Cancel).await?;
    let Some(series) = super::series_of(state, viewer, &card).await? else {
        return Ok(Err(CancelSeriesRefusal::NotInASeries.into()));
    };
    let id = series.id;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "cancelSeries", key, &command)?;
    let plan = plan(state, viewer, &command, (&card, id), granted).await?;
    if command.dry_run {
        let (_, planned) = accept!(plan);
        return Ok(if series.version != command.expected_version {
            Err(CancelSeriesRefusal::Conflict.into())
        } else {
            Ok(Outline {
                series: None,
                planned,
            })
        });
    }
    let patient = card.row.patient_id;
    let shared = Arc::new((claim, plan));
    let (version, reason) = (command.expected_version, command.reason);
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (claim, plan) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    CancelSeriesRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(again(SeriesId(id))));
                }
                let (rows, planned) = accept!(plan.clone());
                let doctors = rows.iter().map(|row| row.doctor_id);
                tx.lock(&locks(doctors, patient)).await?;
                if !is_unchanged(tx, granted, (id, version), &rows).await? {
                    return Ok(Err(CancelSeriesRefusal::Conflict.into()));
                }
                let rows = store::call_off(tx, granted, &rows, reason, user).await?;
                store::touch_series(tx, id, None).await?;
                let told = rows.iter();
                let told = told.map(|row| fact(EventKind::AppointmentCancelled, row));
                log::append(tx, &told.collect::<Vec<_>>()).await?;
                Ok(Ok(Outline {
                    series: Some(id),
                    planned,
                }))
            })
        })
        .await
}

/// What is to be called off, if there is nothing to say against it.
async fn plan(
    state: &State,
    viewer: &Viewer,
    command: &CancelSeries,
    (card, series): (&Card, SeriesId),
    granted: Granted,
) -> Outcome<(Vec<appointment::Model>, Vec<Planned>), Refusal> {
    let by_patient = granted.relationship() == Relationship::OneSelf;
    if !lifecycle::may_give(command.reason, by_patient) {
        return Ok(Err(CancelSeriesRefusal::ReasonNotYours.into()));
    }
    let can_be = |status: AppointmentStatus| lifecycle::next(status, Move::Cancel).is_some();
    if !can_be(card.row.status) {
        return Ok(Err(CancelSeriesRefusal::WrongState.into()));
    }
    let asking = (command.scope, Action::Cancel);
    let mut rows = meant(state, viewer, (card, series), asking).await?;
    rows.retain(|row| can_be(row.status));
    let now = state.clock.now();
    let cutoff = by_patient.then_some(state.rules.cancel_cutoff);
    let planned: Vec<_> = rows
        .iter()
        .map(|row| {
            let is_time = lifecycle::may_still_cancel(row.status, row.starts_at, now, cutoff);
            let zone = row.zone.parse().unwrap_or(chrono_tz::UTC);
            Planned {
                number: row.occurrence.unwrap_or_default(),
                wall: row.starts_at.with_timezone(&zone).naive_local(),
                starts_at: Some(row.starts_at),
                ends_at: Some(row.ends_at),
                conflict: (!is_time).then_some(Conflict::TooLate),
            }
        })
        .collect();
    Ok(if planned.is_empty() {
        Err(CancelSeriesRefusal::NothingToCancel.into())
    } else if is_free(&planned) {
        Ok((rows, planned))
    } else {
        Err(Refused {
            refusal: CancelSeriesRefusal::Conflicts,
            planned,
        })
    })
}
