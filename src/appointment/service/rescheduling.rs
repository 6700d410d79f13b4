//! Moving to another time, and to another doctor: a new appointment that replaces the old one, both or neither.

use super::granted;
use super::hours::{need, offered};
use super::replacing::{Replacement, replace, resealed};
use super::wish::{BookRefusal, check_time};
use crate::accept;
use crate::access::{Action, Granted, Relationship, Resource, Viewer, require};
use crate::appointment::lifecycle::Move;
use crate::appointment::store::Taken;
use crate::doctor::service::{is_colleague, may_receive};
use crate::error::{Fault, Outcome};
use crate::idempotency;
use crate::schedule::slots::Need;
use crate::state::{Card, State};
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::Roles;
use entity::id::{AppointmentId, DoctorId};
use std::sync::Arc;

/// Move an appointment to another time: a new one that replaces it, and the old one called off.
#[derive(Clone, Debug)]
pub struct Reschedule {
    /// Which.
    pub appointment: AppointmentId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// To when.
    pub starts_at: DateTime<Utc>,
    /// Under which the answer is remembered.
    pub idempotency_key: Option<String>,
}

/// Give an appointment to another doctor: a new one that replaces it, and the old one called off.
#[derive(Clone, Debug)]
pub struct Reroute {
    /// Which.
    pub appointment: AppointmentId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// To whom.
    pub doctor: DoctorId,
    /// To when.
    pub starts_at: DateTime<Utc>,
    /// Under which the answer is remembered.
    pub idempotency_key: Option<String>,
}

/// Why an appointment is not moved to another time, or doctor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RescheduleRefusal {
    /// The doctor's time is taken.
    SlotTaken,
    /// The patient has another appointment then.
    PatientBusy,
    /// The new time has passed.
    InThePast,
    /// The new time is too far ahead.
    TooFarAhead,
    /// A time begins at a full minute.
    NotAFullMinute,
    /// It is at that time already.
    SameTime,
    /// The doctor's hours do not offer that time.
    NotAvailable,
    /// The doctor must accept visits of this type: ask for the other time instead.
    NeedsApproval,
    /// There is no such doctor, or they share no specialty with this one, or may not read a record that is as sensitive; of
    /// rerouting only.
    NotAColleague,
    /// Only a booked appointment can be moved.
    WrongState,
    /// It is too late for that.
    TooLate,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Taken> for RescheduleRefusal {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::Doctor => Self::SlotTaken,
            Taken::Patient => Self::PatientBusy,
        }
    }
}

/// When an appointment can be moved to at all; pure.
fn check(starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), RescheduleRefusal> {
    check_time(starts_at, now).map_err(|refusal| match refusal {
        BookRefusal::NotAFullMinute => RescheduleRefusal::NotAFullMinute,
        BookRefusal::TooFarAhead => RescheduleRefusal::TooFarAhead,
        _ => RescheduleRefusal::InThePast,
    })
}

/// What the visit of an appointment asks of a time.
pub(super) async fn need_of(state: &State, card: &Card) -> Result<Need, Fault> {
    Ok(wanted_of(state, card, false).await?.0)
}

/// The same, and whether the doctor must agree to any other time: a patient has their word for this one only.
async fn wanted_of(state: &State, card: &Card, by_patient: bool) -> Result<(Need, bool), Fault> {
    let kind = match card.row.visit_type_id {
        Some(kind) => state.loaders.visit_types.load(kind).await?,
        None => None,
    };
    let needs_approval = by_patient && kind.as_ref().is_some_and(|kind| kind.requires_approval);
    let length = card.row.ends_at - card.row.starts_at;
    Ok((need(kind.as_deref(), length), needs_approval))
}

/// Moves an appointment to another time; returns the one that replaces it.
///
/// # Errors
/// Those of the database; not found when the viewer may not see it.
pub async fn reschedule(
    state: &State,
    viewer: &Viewer,
    command: Reschedule,
) -> Outcome<AppointmentId, RescheduleRefusal> {
    let user = viewer.signed_in()?.user;
    let (card, granted) = granted(state, viewer, command.appointment, Action::Reschedule).await?;
    let doctor = card.row.doctor_id;
    if command.starts_at < card.row.starts_at {
        // A doctor whom it does not relate to the patient yet would open the record sooner than was agreed.
        may_give_to(state, viewer, &card, doctor).await?;
    }
    let now = state.clock.now();
    let by_patient = granted.relationship() == Relationship::OneSelf;
    let (need, needs_approval) = wanted_of(state, &card, by_patient).await?;
    let is_offered = offered(state, doctor, &need, command.starts_at, by_patient).await?;
    let id: AppointmentId = state.clock.new_id();
    let replacement = Replacement {
        old: (*card.row).clone(),
        expected_version: command.expected_version,
        doing: Move::Reschedule,
        id,
        doctor: (doctor, card.row.zone.clone()),
        starts_at: command.starts_at,
        need,
        reason: resealed(state, &card, id)?,
        cutoff: if by_patient {
            state.rules.cancel_cutoff
        } else {
            TimeDelta::zero()
        },
        needs_approval,
        is_offered,
        user,
        now,
    };
    let claim = command.idempotency_key.as_ref().map(|key| {
        let input = format!(
            "{}|{}|{}",
            command.appointment, command.expected_version, command.starts_at
        );
        let mutation = "rescheduleAppointment";
        idempotency::Key::new(&state.vault, user, mutation, key, input.as_bytes())
    });
    let time = check(command.starts_at, now);
    write(
        state,
        viewer,
        granted,
        claim,
        time.map(|()| replacement),
        id,
    )
    .await
}

/// Gives an appointment to another doctor of the same specialty; returns the one that replaces it. Patients choose for
/// themselves by booking.
///
/// # Errors
/// Those of the database; not found when the viewer may not see it; forbidden when they may not give it to that doctor.
pub async fn reroute(
    state: &State,
    viewer: &Viewer,
    command: Reroute,
) -> Outcome<AppointmentId, RescheduleRefusal> {
    let user = viewer.signed_in()?.user;
    let (card, granted) = granted(state, viewer, command.appointment, Action::Reschedule).await?;
    let by_patient = granted.relationship() == Relationship::OneSelf;
    if by_patient && !viewer.is(Roles::DOCTOR.with(Roles::ADMIN)) {
        return Err(Fault::Forbidden);
    }
    may_give_to(state, viewer, &card, command.doctor).await?;
    let now = state.clock.now();
    let (need, needs_approval) = wanted_of(state, &card, by_patient).await?;
    let (from, to, is_cleared) = futures_util::try_join!(
        state.loaders.doctors.load(card.row.doctor_id),
        state.loaders.doctors.load(command.doctor),
        may_receive(state, command.doctor, card.patient.confidentiality),
    )?;
    let colleague = to.filter(|to| {
        let from = from.as_ref();
        is_cleared && from.is_some_and(|from| from.id != to.id && is_colleague(from, to))
    });
    let is_offered = offered(state, command.doctor, &need, command.starts_at, false).await?;
    let id: AppointmentId = state.clock.new_id();
    let replacement = Replacement {
        old: (*card.row).clone(),
        expected_version: command.expected_version,
        doing: Move::Reroute,
        id,
        doctor: (
            command.doctor,
            colleague
                .as_ref()
                .map_or_else(String::new, |doctor| doctor.zone.clone()),
        ),
        starts_at: command.starts_at,
        need,
        reason: resealed(state, &card, id)?,
        cutoff: TimeDelta::zero(),
        needs_approval,
        is_offered,
        user,
        now,
    };
    let claim = command.idempotency_key.as_ref().map(|key| {
        let input = format!(
            "{}|{}|{}|{}",
            command.appointment, command.expected_version, command.doctor, command.starts_at
        );
        let mutation = "rerouteAppointment";
        idempotency::Key::new(&state.vault, user, mutation, key, input.as_bytes())
    });
    let checked = match colleague {
        None => Err(RescheduleRefusal::NotAColleague),
        Some(_) => check(command.starts_at, now),
    };
    write(
        state,
        viewer,
        granted,
        claim,
        checked.map(|()| replacement),
        id,
    )
    .await
}

/// Asks the policy whether the viewer may give this appointment's patient a time of that doctor's: it opens the record to
/// them.
///
/// # Errors
/// Those of the database; forbidden when they may not.
pub(super) async fn may_give_to(
    state: &State,
    viewer: &Viewer,
    card: &Card,
    doctor: DoctorId,
) -> Result<Granted, Fault> {
    let facts = state.facts(viewer, &*card.patient).await?;
    require(viewer, Action::Book, &Resource::Appointment(facts, doctor)).map_err(|fault| {
        match fault {
            // That there is the appointment they know.
            Fault::NotFound => Fault::Forbidden,
            other => other,
        }
    })
}

/// Writes it, unless its key has an answer already.
pub(super) async fn write(
    state: &State,
    viewer: &Viewer,
    granted: Granted,
    claim: Option<idempotency::Key>,
    replacement: Result<Replacement, RescheduleRefusal>,
    id: AppointmentId,
) -> Outcome<AppointmentId, RescheduleRefusal> {
    let shared = Arc::new((claim, replacement));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (claim, replacement) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    RescheduleRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(AppointmentId(id)));
                }
                // Not before: what was in the future at the first try may be past when it is repeated.
                let replacement = accept!(replacement.clone());
                replace(tx, granted, replacement).await
            })
        })
        .await
}
