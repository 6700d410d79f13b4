//! The verbs: each asks the policy, refuses before it writes, and writes its event with its change.

mod absence;
mod booking;
mod history;
mod holds;
mod hours;
mod moving;
mod offering;
mod queue;
mod replacing;
mod rescheduling;
mod resolving;
mod series;
mod slots;
mod visit_type;
mod wish;

pub use absence::{affected, count_affected, proposals};
pub use booking::book;
pub use history::{Party, Step, history};
pub use holds::release_expired;
pub use moving::{MakeMove, MoveRefusal, make_move};
pub use offering::{
    NotHeld, Offering, Outcome as HoldOutcome, confirm_held, hold_for, let_go, locks, open_times,
    outcome_of, taken_of,
};
pub use queue::{Place, place, place_now, queue};
pub use rescheduling::{Reroute, Reschedule, RescheduleRefusal, reroute, reschedule};
pub use resolving::{Fate, Obstacle, Resolution, Resolve, ResolveRefusal, Resolved, resolve};
pub use series::{
    BookSeries, BookSeriesRefusal, CancelSeries, CancelSeriesRefusal, ChangeSeries,
    ChangeSeriesRefusal, Outline, Refused, Scope, book_series, cancel_series, change_series,
    find_series, series_of,
};
pub use slots::{First, Free, first_slots, location, slots};
pub use visit_type::{CreateVisitType, VisitTypeRefusal, create_visit_type};
pub use wish::{Book, BookRefusal, Wish};

pub use super::store::Taken;

use super::telling::fact;
use crate::access::{Action, PatientFacts, Resource, Viewer, decide, require};
use crate::error::Fault;
use crate::state::{Card, State};
use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};
use entity::id::{AppointmentId, DoctorId};

/// The appointment, if the viewer may see it.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that they may know of.
pub async fn find(state: &State, viewer: &Viewer, id: AppointmentId) -> Result<Card, Fault> {
    viewer.signed_in()?;
    match state.loaders.appointments.load(id).await? {
        Some(card) if may_see(state, viewer, &card).await? => Ok(card),
        _ => Err(Fault::NotFound),
    }
}

/// Whether the viewer may see this appointment: asked at each look and at each delivery.
///
/// # Errors
/// Those of the database.
pub async fn may_see(state: &State, viewer: &Viewer, card: &Card) -> Result<bool, Fault> {
    let doctor = card.row.doctor_id;
    let resource = |facts| Resource::Appointment(facts, doctor);
    permits(state, viewer, Action::Read, card, resource).await
}

/// Whether the viewer may do this to something of this appointment. The relation that the card was read with counts, so
/// that a list of them asks for none.
///
/// # Errors
/// Those of the database.
pub async fn permits(
    state: &State,
    viewer: &Viewer,
    action: Action,
    card: &Card,
    resource: impl Fn(PatientFacts) -> Resource,
) -> Result<bool, Fault> {
    let mut facts = PatientFacts::from(&*card.patient);
    facts.care_team = card
        .treated_by
        .is_some_and(|doctor| viewer.is_doctor(doctor));
    let asked = resource(facts);
    let decision = decide(viewer, action, &asked);
    if decision.is_allowed() {
        viewer.decided(action, &asked, decision);
        return Ok(true);
    }
    state
        .permits(viewer, action, &*card.patient, resource)
        .await
}

/// Notes on the viewer's trail that they are shown these appointments, which a list has found for them: the list starts from
/// what they may see. Through what they see each is looked up only where the card does not say.
///
/// # Errors
/// Those of the database.
pub async fn shown(state: &State, viewer: &Viewer, cards: &[Card]) -> Result<(), Fault> {
    let each = cards.iter().map(|card| may_see(state, viewer, card));
    let _already_found = futures_util::future::try_join_all(each).await?;
    Ok(())
}

/// The appointment, and the word of the policy that the viewer may do this to it.
async fn granted(
    state: &State,
    viewer: &Viewer,
    id: AppointmentId,
    action: Action,
) -> Result<(Card, crate::access::Granted), Fault> {
    let card = find(state, viewer, id).await?;
    let facts = state.facts(viewer, &*card.patient).await?;
    let resource = Resource::Appointment(facts, card.row.doctor_id);
    let granted = require(viewer, action, &resource)?;
    Ok((card, granted))
}

/// A kind of visit, for whoever may read the directory.
///
/// # Errors
/// [`Fault::NotFound`] when there is none.
pub async fn find_visit_type(
    state: &State,
    viewer: &Viewer,
    id: entity::id::VisitTypeId,
) -> Result<std::sync::Arc<entity::visit_type::Model>, Fault> {
    require(viewer, Action::Read, &Resource::Directory)?;
    let found = state.loaders.visit_types.load(id).await?;
    found.ok_or(Fault::NotFound)
}

/// The instants between which a day of this zone lies. A day may have 23 or 25 hours; a midnight that does not exist
/// begins when the clocks have moved on.
///
/// # Errors
/// [`Fault::BadRequest`] when there is no such day.
pub fn day_in(
    zone: chrono_tz::Tz,
    day: NaiveDate,
) -> Result<(DateTime<Utc>, DateTime<Utc>), Fault> {
    let begins = |day: NaiveDate| {
        (0..4)
            .filter_map(|hour| day.and_hms_opt(hour, 0, 0))
            .find_map(|wall| zone.from_local_datetime(&wall).earliest())
            .map(|instant| instant.to_utc())
    };
    let out_of_range = Fault::BadRequest("The day is out of range.");
    match (begins(day), day.succ_opt().and_then(begins)) {
        (Some(from), Some(to)) => Ok((from, to)),
        _ => Err(out_of_range),
    }
}

/// The same for a day of this doctor's; of one whom there is not, some day.
///
/// # Errors
/// Those of the database, and of [`day_in`].
pub async fn day_of(
    state: &State,
    doctor: DoctorId,
    day: NaiveDate,
) -> Result<(DateTime<Utc>, DateTime<Utc>), Fault> {
    let doctor = state.loaders.doctors.load(doctor).await?;
    let zone = doctor.and_then(|doctor| doctor.zone.parse().ok());
    day_in(zone.unwrap_or(chrono_tz::UTC), day)
}
