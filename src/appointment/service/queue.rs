//! The queue of the day: who has come to a doctor, in which order they are seen, and how long they have waited.

use super::may_see;
use crate::access::{Action, Resource, Viewer, require};
use crate::appointment::queue::{self, Waiting};
use crate::error::Fault;
use crate::loaders::Attends;
use crate::state::{Card, State};
use chrono::{DateTime, Utc};
use entity::code::AppointmentStatus;
use entity::id::{AppointmentId, DoctorId};
use futures_util::future::try_join_all;

/// Where somebody who has come stands in their doctor's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When they came.
    pub arrived_at: DateTime<Utc>,
    /// When they were called in, if they were.
    pub called_at: Option<DateTime<Utc>>,
    /// Which place they have: 1 is next; none once they were called in.
    pub position: Option<usize>,
    /// How many full minutes they have waited.
    pub waited_minutes: i64,
}

fn waiting(one: &Attends) -> Waiting {
    Waiting {
        appointment: one.appointment,
        starts_at: one.starts_at,
        arrived_at: one.arrived_at,
        called_at: one.called_at,
    }
}

/// Where the patient of an appointment, which the viewer has found, stands in the queue; none while they are not here. It
/// says nothing of the others but how many are before them.
#[must_use]
pub fn place(
    appointment: AppointmentId,
    attending: &[Attends],
    now: DateTime<Utc>,
) -> Option<Place> {
    let queue: Vec<Waiting> = attending.iter().map(waiting).collect();
    let own = queue.iter().find(|one| one.appointment == appointment)?;
    Some(Place {
        arrived_at: own.arrived_at,
        called_at: own.called_at,
        position: queue::position(&queue, own.appointment),
        waited_minutes: own.waited(now).num_minutes(),
    })
}

/// The same, of what is there now.
///
/// # Errors
/// Those of the database.
pub async fn place_now(state: &State, card: &Card) -> Result<Option<Place>, Fault> {
    if card.row.status != AppointmentStatus::Arrived {
        return Ok(None);
    }
    let attending = state.loaders.attending.load(card.row.doctor_id).await?;
    Ok(place(
        card.row.id,
        &attending.unwrap_or_default(),
        state.clock.now(),
    ))
}

/// Who has come to this doctor and whose visit is not over: first who was called in, then who is next.
///
/// # Errors
/// Those of the database; not found for whoever may not see the doctor's day.
pub async fn queue(
    state: &State,
    viewer: &Viewer,
    doctor: DoctorId,
) -> Result<Vec<(queue::Order, Card)>, Fault> {
    require(viewer, Action::Read, &Resource::DoctorSchedule(doctor))?;
    let attending = state.loaders.attending.load(doctor).await?;
    let mut all: Vec<Waiting> = attending.unwrap_or_default().iter().map(waiting).collect();
    all.sort_by_key(Waiting::order);
    let cards = all
        .iter()
        .map(|one| state.loaders.appointments.load(one.appointment));
    let cards = try_join_all(cards).await?;
    let found: Vec<_> = all
        .iter()
        .zip(cards)
        .filter_map(|(one, card)| Some((one.order(), card?)))
        .collect();
    let seen = found.iter().map(|(_, card)| may_see(state, viewer, card));
    let seen = try_join_all(seen).await?;
    let both = found.into_iter().zip(seen);
    Ok(both.filter(|(_, seen)| *seen).map(|(one, _)| one).collect())
}
