//! Days on which a doctor's hours are others: adding, and taking away again.

use super::check::{days, ordered};
use super::{Change, HoursRefusal, When, keeper, store, write};
use crate::accept;
use crate::access::Viewer;
use crate::error::{Fault, Outcome};
use crate::patient::digest::{claim_of, id_text};
use crate::state::State;
use chrono::NaiveDate;
use entity::availability_exception as exception;
use entity::code::{AvailabilityExceptionKind, OnlyFor};
use entity::id::{AvailabilityExceptionId, DoctorId, UserId};
use serde::Serialize;

/// Say that a doctor's hours are others on some days.
#[derive(Clone, Serialize)]
pub struct AddException {
    /// Whose.
    #[serde(serialize_with = "id_text")]
    pub doctor: DoctorId,
    /// Closed, or open besides.
    pub kind: AvailabilityExceptionKind,
    /// The first day.
    pub first_day: NaiveDate,
    /// The last day; the first when absent.
    pub last_day: Option<NaiveDate>,
    /// Which part of each of the days; the whole day when absent.
    pub when: When,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Says that a doctor's hours are others on some days. What is booked stays booked.
///
/// # Errors
/// Those of the database; not found or forbidden for whoever may not keep the doctor's hours.
pub async fn add_exception(
    state: &State,
    viewer: &Viewer,
    command: AddException,
) -> Outcome<AvailabilityExceptionId, HoursRefusal> {
    let user = viewer.signed_in()?.user;
    let granted = keeper(state, viewer, command.doctor).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "addAvailabilityException", key, &command)?;
    let id: AvailabilityExceptionId = state.clock.new_id();
    let row = new_exception(state, &command, id, user).await?;
    let change = row.map(Change::AddException);
    let doctor = command.doctor;
    let written = write(state, viewer, (granted, doctor), claim, change, id.0).await?;
    Ok(written.map(AvailabilityExceptionId))
}

async fn new_exception(
    state: &State,
    command: &AddException,
    id: AvailabilityExceptionId,
    user: UserId,
) -> Outcome<exception::Model, HoursRefusal> {
    let when = accept!(command.when.checked(state).await?);
    let doctor = state.loaders.doctors.load(command.doctor).await?;
    let zone = when.zone.or(doctor.map(|doctor| doctor.zone.clone()));
    let row = exception::Model {
        id,
        doctor_id: command.doctor,
        kind: command.kind,
        first_day: command.first_day,
        last_day: command.last_day.unwrap_or(command.first_day),
        from_minute: when.from.unwrap_or_default(),
        until_minute: when.until.unwrap_or(1440),
        step: when.step.unwrap_or(15),
        zone: zone.ok_or(Fault::NotFound)?,
        visit_types: OnlyFor(when.only.unwrap_or_default()),
        location: when.location.flatten(),
        created_at: state.clock.now(),
        recorded_by: Some(user),
    };
    accept!(ordered(row.from_minute, row.until_minute));
    accept!(days(row.first_day, Some(row.last_day)));
    Ok(Ok(row))
}

/// Takes an exception away: the rules hold again on its days.
///
/// # Errors
/// Those of the database; not found when there is none; forbidden for whoever may not keep the doctor's hours.
pub async fn remove_exception(
    state: &State,
    viewer: &Viewer,
    id: AvailabilityExceptionId,
) -> Result<DoctorId, Fault> {
    viewer.signed_in()?;
    let found = store::exception(&state.db, id).await?;
    let doctor = found.ok_or(Fault::NotFound)?.doctor_id;
    let granted = keeper(state, viewer, doctor).await?;
    let change = Ok(Change::RemoveException(id));
    match write(state, viewer, (granted, doctor), None, change, id.0).await? {
        Ok(_) => Ok(doctor),
        Err(_) => Err(Fault::internal("a removal was refused")),
    }
}
