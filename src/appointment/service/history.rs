//! What happened to an appointment, step by step, for whoever may see it.

use crate::appointment::lifecycle::{self, Move};
use crate::error::Fault;
use crate::state::{Card, State};
use chrono::{DateTime, Utc};
use entity::code::{AppointmentStatus, CancellationReason};
use entity::id::UserId;

/// Who took a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The patient.
    Patient,
    /// Somebody who works at the clinic.
    Staff,
    /// Nobody: time, or an import.
    System,
}

/// Something that was done to an appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which move it was; none for its making.
    pub doing: Option<Move>,
    /// Where the appointment stood then.
    pub status: AppointmentStatus,
    /// Why, if it was called off.
    pub cancellation_reason: Option<CancellationReason>,
    /// The version that came of it.
    pub version: i32,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// By whom.
    pub by: Party,
}

/// What happened to an appointment that the viewer has found, in order: its making first. Of one that is older than its
/// history, only what is known.
///
/// # Errors
/// Those of the database.
pub async fn history(state: &State, card: &Card) -> Result<Vec<Step>, Fault> {
    let row = &card.row;
    let known = state.loaders.histories.load(row.id).await?;
    let known = known.unwrap_or_default();
    let by = |user: Option<UserId>| match user {
        None => Party::System,
        user if user == known.patient => Party::Patient,
        Some(_) => Party::Staff,
    };
    let changes = &known.changes;
    let at_first = match changes.first() {
        Some(first) => (first.version == 2).then_some(first.from_status),
        None => (row.version == 1).then_some(row.status),
    };
    let made = at_first.map(|status| Step {
        doing: None,
        status,
        cancellation_reason: None,
        version: 1,
        occurred_at: row.created_at,
        by: by(row.recorded_by),
    });
    let later = changes.iter().map(|change| Step {
        doing: lifecycle::between(change.from_status, change.status),
        status: change.status,
        cancellation_reason: change.cancellation_reason,
        version: change.version,
        occurred_at: change.occurred_at,
        by: by(change.recorded_by),
    });
    Ok(made.into_iter().chain(later).collect())
}
