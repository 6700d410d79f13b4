//! Free times: the doctors' hours, less what is taken. Nothing of them is about a person.

use crate::access::{Action, Resource, Viewer, require};
use crate::appointment::store;
use crate::db::Window;
use crate::doctor;
use crate::doctor::store::Filter;
use crate::error::Fault;
use crate::schedule::hours::Span;
use crate::schedule::slots::{Calendar, Need, Slot, Taken};
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use entity::appointment;
use entity::code::Modality;
use entity::id::{DoctorId, VisitTypeId};
use futures_util::future::try_join_all;

/// How long a stretch free times of one doctor can be asked for.
pub(super) const LONGEST: TimeDelta = TimeDelta::days(93);
/// How long a stretch the first free times of many can be asked for.
const LONGEST_OF_MANY: TimeDelta = TimeDelta::days(31);
/// Among how many doctors a first free time is looked for at most.
const MOST_DOCTORS: u64 = 500;

/// Which free times of a doctor are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Free {
    /// Whose.
    pub doctor: DoctorId,
    /// For what.
    pub visit_type: VisitTypeId,
    /// Beginning at or after.
    pub from: DateTime<Utc>,
    /// Beginning before.
    pub to: DateTime<Utc>,
}

/// Among whose free times the first are asked for.
#[derive(Clone, Debug)]
pub struct First {
    /// Of those trained in what has this code.
    pub specialty: String,
    /// Of those with whom new patients may, or may not, book.
    pub accepts_new_patients: Option<bool>,
    /// For what.
    pub visit_type: VisitTypeId,
    /// Beginning at or after.
    pub from: DateTime<Utc>,
    /// Beginning before.
    pub to: DateTime<Utc>,
}

fn stretch(
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    longest: TimeDelta,
    too_long: &'static str,
) -> Result<Span, Fault> {
    if from >= until {
        return Err(Fault::BadRequest("`to` must be after `from`."));
    }
    if until - from > longest {
        return Err(Fault::BadRequest(too_long));
    }
    Ok(Span { from, until })
}

async fn need(state: &State, visit_type: VisitTypeId) -> Result<Need, Fault> {
    let kind = state.loaders.visit_types.load(visit_type).await?;
    let kind = kind.filter(|kind| kind.active).ok_or(Fault::NotFound)?;
    Ok(Need::from(&*kind))
}

/// The calendar of a doctor who has published hours; an empty one of any other.
pub(super) async fn calendar(state: &State, doctor: DoctorId) -> Result<Calendar, Fault> {
    let known = state.loaders.availability.load(doctor).await?;
    Ok(match known.as_deref() {
        Some(known) if !known.rules.is_empty() => Calendar::from(known),
        _ => Calendar::default(),
    })
}

/// A doctor's free times for a kind of visit, in order; none of a doctor who has published no hours.
///
/// # Errors
/// Those of the database; not found when there is no such doctor or kind of visit; a bad request when the stretch is empty
/// or too long; forbidden for whoever may not read the directory.
pub async fn slots(state: &State, viewer: &Viewer, asked: Free) -> Result<Vec<Slot>, Fault> {
    require(viewer, Action::Read, &Resource::Directory)?;
    let too_long = "Free times are asked for over at most 93 days.";
    let within = stretch(asked.from, asked.to, LONGEST, too_long)?;
    let doctors = [asked.doctor];
    let (doctor, need, calendar, mut busy) = futures_util::try_join!(
        state.loaders.doctors.load(asked.doctor),
        need(state, asked.visit_type),
        calendar(state, asked.doctor),
        store::busy(&state.db, &doctors, within),
    )?;
    let doctor = doctor.ok_or(Fault::NotFound)?.id;
    let taken = Taken::of(busy.remove(&doctor).unwrap_or_default());
    let now = state.clock.now();
    let free = calendar.free(doctor, &need, within, now, &taken);
    Ok(free.collect())
}

/// The first free time of each doctor of a specialty who has one, the earliest first. The statements are the same however
/// many doctors there are.
///
/// # Errors
/// As [`slots`].
pub async fn first_slots(state: &State, viewer: &Viewer, asked: First) -> Result<Vec<Slot>, Fault> {
    require(viewer, Action::Read, &Resource::Directory)?;
    let too_long = "First free times are asked for over at most 31 days.";
    let within = stretch(asked.from, asked.to, LONGEST_OF_MANY, too_long)?;
    let filter = Filter {
        specialty: Some(asked.specialty),
        accepts_new_patients: asked.accepts_new_patients,
        ..Filter::default()
    };
    let window = Window::first(MOST_DOCTORS);
    let (doctors, need) = futures_util::try_join!(
        doctor::service::list_doctors(state, viewer, &filter, &window),
        need(state, asked.visit_type),
    )?;
    let ids: Vec<DoctorId> = doctors.rows.iter().map(|doctor| doctor.id).collect();
    let calendars = try_join_all(ids.iter().map(|id| calendar(state, *id)));
    let (calendars, mut busy) =
        futures_util::try_join!(calendars, store::busy(&state.db, &ids, within))?;
    let now = state.clock.now();
    let mut firsts: Vec<Slot> = Vec::new();
    for (doctor, calendar) in ids.into_iter().zip(calendars) {
        let taken = Taken::of(busy.remove(&doctor).unwrap_or_default());
        firsts.extend(calendar.free(doctor, &need, within, now, &taken).next());
    }
    firsts.sort_by_key(|slot| (slot.starts_at, slot.doctor));
    Ok(firsts)
}

/// Where the doctor is at an appointment, by the hours that they keep now; none when these do not say, and for what is not in person.
///
/// # Errors
/// Those of the database.
pub async fn location(
    state: &State,
    appointment: &appointment::Model,
) -> Result<Option<String>, Fault> {
    if appointment.modality != Modality::InPerson {
        return Ok(None);
    }
    let calendar = calendar(state, appointment.doctor_id).await?;
    let visit = Span {
        from: appointment.starts_at,
        until: appointment.ends_at,
    };
    let location = calendar.location(visit, appointment.visit_type_id);
    Ok(location.map(str::to_owned))
}
