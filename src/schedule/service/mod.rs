//! The verbs of a doctor's hours: each asks the policy, refuses before it writes, and writes its event with its change.

mod absence;
mod check;
mod exceptions;
mod rules;

pub use absence::{
    AbsenceRefusal, EndAbsence, MarkAbsence, UpdateAbsence, absence_reason, absences, end_absence,
    find_absence, keep_absence, mark_absence, update_absence,
};
pub use check::{HoursRefusal, When};
pub use exceptions::{AddException, add_exception, remove_exception};
pub use rules::{AddRule, EndRule, UpdateRule, add_rule, end_rule, update_rule};

use super::store;
use crate::access::{Action, Granted, Resource, Viewer, require};
use crate::error::{Fault, Outcome};
use crate::event::Stream;
use crate::event::log::{self, Fact};
use crate::idempotency;
use crate::loaders::Availability;
use crate::state::State;
use entity::code::EventKind;
use entity::id::{AvailabilityExceptionId, AvailabilityRuleId, DoctorId};
use entity::{availability_exception as exception, availability_rule as rule};
use std::sync::Arc;
use uuid::Uuid;

/// How many rules a doctor can have, those that are over too.
const MOST_RULES: u64 = 200;
/// How many exceptions a doctor can have, those that are over too.
const MOST_EXCEPTIONS: u64 = 2_000;

/// The hours in which a doctor can be booked, for whoever may read the directory.
///
/// # Errors
/// Those of the database; forbidden for whoever may not.
pub async fn availability(
    state: &State,
    viewer: &Viewer,
    doctor: DoctorId,
) -> Result<Arc<Availability>, Fault> {
    require(viewer, Action::Read, &Resource::Directory)?;
    let known = state.loaders.availability.load(doctor).await?;
    Ok(known.unwrap_or_default())
}

/// The rule, for whoever may read the directory.
///
/// # Errors
/// [`Fault::NotFound`] when there is none.
pub async fn find_rule(
    state: &State,
    viewer: &Viewer,
    id: AvailabilityRuleId,
) -> Result<rule::Model, Fault> {
    require(viewer, Action::Read, &Resource::Directory)?;
    store::rule(&state.db, id).await?.ok_or(Fault::NotFound)
}

/// The exception, for whoever may read the directory.
///
/// # Errors
/// [`Fault::NotFound`] when there is none.
pub async fn find_exception(
    state: &State,
    viewer: &Viewer,
    id: AvailabilityExceptionId,
) -> Result<exception::Model, Fault> {
    require(viewer, Action::Read, &Resource::Directory)?;
    let found = store::exception(&state.db, id).await?;
    found.ok_or(Fault::NotFound)
}

/// A change of a doctor's hours, ready to be written.
#[derive(Clone)]
enum Change {
    AddRule(rule::Model),
    UpdateRule(rule::Model),
    DeleteRule(AvailabilityRuleId, i32),
    AddException(exception::Model),
    RemoveException(AvailabilityExceptionId),
}

/// Writes the change, unless its key has an answer already; answers with whose id the answer is.
async fn write(
    state: &State,
    viewer: &Viewer,
    (granted, doctor): (Granted, DoctorId),
    claim: Option<idempotency::Key>,
    change: Result<Change, HoursRefusal>,
    subject: Uuid,
) -> Outcome<Uuid, HoursRefusal> {
    let shared = Arc::new((claim, change));
    let written = state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (claim, change) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    subject,
                    HoursRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(id));
                }
                let change = crate::accept!(change.clone());
                tx.lock(&[format!("hours:{doctor}")]).await?;
                crate::accept!(apply(tx, granted, doctor, change).await?);
                log::append(tx, &[changed(doctor)]).await?;
                Ok(Ok(subject))
            })
        })
        .await;
    state.loaders.availability.forget(doctor);
    written
}

/// That a doctor can be booked at other times than before.
fn changed(doctor: DoctorId) -> Fact {
    Fact {
        kind: EventKind::AvailabilityChanged,
        subject: doctor.0,
        version: 1,
        streams: vec![Stream::Clinic, Stream::Doctor(doctor)],
    }
}

async fn apply(
    tx: &crate::db::Tx,
    granted: Granted,
    doctor: DoctorId,
    change: Change,
) -> Outcome<(), HoursRefusal> {
    let (rules, exceptions) = store::counts(tx, doctor).await?;
    let stands = match change {
        Change::AddRule(_) if rules >= MOST_RULES => return Ok(Err(HoursRefusal::TooMany)),
        Change::AddException(_) if exceptions >= MOST_EXCEPTIONS => {
            return Ok(Err(HoursRefusal::TooMany));
        }
        Change::AddRule(row) => {
            store::insert_rules(tx, vec![row]).await?;
            true
        }
        Change::AddException(row) => {
            store::insert_exception(tx, granted, row).await?;
            true
        }
        Change::UpdateRule(row) => store::update_rule(tx, granted, &row).await?,
        Change::DeleteRule(id, version) => store::delete_rule(tx, granted, id, version).await?,
        Change::RemoveException(id) => {
            store::delete_exception(tx, granted, id).await?;
            true
        }
    };
    Ok(if stands {
        Ok(())
    } else {
        Err(HoursRefusal::Conflict)
    })
}

/// The word of the policy that the viewer keeps the hours of this doctor, who is there.
async fn keeper(state: &State, viewer: &Viewer, doctor: DoctorId) -> Result<Granted, Fault> {
    // That there is such a doctor, everybody may know who comes here.
    let granted = require(viewer, Action::Update, &Resource::DoctorSchedule(doctor));
    let granted = granted.map_err(|fault| match fault {
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })?;
    match state.loaders.doctors.load(doctor).await? {
        Some(_) => Ok(granted),
        None => Err(Fault::NotFound),
    }
}
