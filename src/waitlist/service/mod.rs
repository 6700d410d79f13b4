//! The verbs: each asks the policy, refuses before it writes, and writes its event with its change.

mod answering;
mod changing;
mod check;
mod filling;
mod joining;
mod settling;

pub use answering::{Answer, AnswerRefusal, accept, decline};
pub use changing::{Leave, LeaveRefusal, Update, UpdateRefusal, leave, update};
pub use check::Could;
pub use filling::{fill, specialties, waited_for};
pub use joining::{For, Join, JoinRefusal, join};
pub use settling::{expire, settle};

use super::store;
use crate::access::{Action, Granted, PatientFacts, Resource, Viewer, require};
use crate::appointment::service::{self as appointment, HoldOutcome};
use crate::db::Tx;
use crate::doctor;
use crate::error::Fault;
use crate::event::log::Fact;
use crate::state::{Face, State};
use crate::vault::{Place, Unreadable};
use entity::cell::Sealed;
use entity::code::CancellationReason;
use entity::id::{AppointmentId, DoctorId, UserId, WaitlistEntryId};
use entity::waitlist_entry as entry;
use std::sync::Arc;

/// How many offers in a row may be left unanswered: with the last of them the waiting ends.
pub const MOST_UNANSWERED: i32 = 3;

/// Somebody who waits.
#[derive(Clone, Debug)]
pub struct Wait {
    /// The entry.
    pub row: Arc<entry::Model>,
    /// Who it is.
    pub patient: Arc<Face>,
}

impl Wait {
    fn resource(&self) -> impl Fn(PatientFacts) -> Resource {
        let doctor = self.row.doctor_id;
        move |facts| Resource::Waiting(facts, doctor)
    }

    /// What whoever arranges the visit should know.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn note(&self, state: &State) -> Result<Option<String>, Unreadable> {
        let Some(cell) = &self.row.note else {
            return Ok(None);
        };
        let key = self.patient.key(&state.vault)?;
        key.open(place(self.row.id), cell).map(Some)
    }
}

fn place(id: WaitlistEntryId) -> Place {
    Place::new("waitlist_entry", "note", id.0)
}

fn seal_note(
    state: &State,
    patient: &Face,
    id: WaitlistEntryId,
    note: Option<String>,
) -> Result<Option<Sealed>, Fault> {
    let Some(note) = note else { return Ok(None) };
    let key = patient.key(&state.vault)?;
    Ok(Some(key.seal(place(id), &note)?))
}

/// The entry with its patient, whoever asks; none of an erased one.
///
/// # Errors
/// Those of the database.
pub async fn load(state: &State, id: WaitlistEntryId) -> Result<Option<Wait>, Fault> {
    let Some(row) = state.loaders.waits.entries.load(id).await? else {
        return Ok(None);
    };
    let patient = state.loaders.faces.load(row.patient_id).await?;
    Ok(patient.map(|patient| Wait { row, patient }))
}

/// The entry, if the viewer may see it.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that they may know of.
pub async fn find(state: &State, viewer: &Viewer, id: WaitlistEntryId) -> Result<Wait, Fault> {
    viewer.signed_in()?;
    match load(state, id).await? {
        Some(wait) if may_see(state, viewer, &wait).await? => Ok(wait),
        _ => Err(Fault::NotFound),
    }
}

/// Whether the viewer may see this entry: asked at each look and at each delivery.
///
/// # Errors
/// Those of the database.
pub async fn may_see(state: &State, viewer: &Viewer, wait: &Wait) -> Result<bool, Fault> {
    state
        .permits(viewer, Action::Read, &*wait.patient, wait.resource())
        .await
}

/// The patients of entries that a list has found for the viewer, whose trail notes that they are shown them.
///
/// # Errors
/// Those of the database.
pub async fn shown(
    state: &State,
    viewer: &Viewer,
    rows: Vec<entry::Model>,
) -> Result<Vec<Wait>, Fault> {
    let faces = rows
        .iter()
        .map(|row| state.loaders.faces.load(row.patient_id));
    let faces = futures_util::future::try_join_all(faces).await?;
    let waits = rows.into_iter().zip(faces).filter_map(|(row, patient)| {
        Some(Wait {
            row: Arc::new(row),
            patient: patient?,
        })
    });
    let waits: Vec<Wait> = waits.collect();
    let each = waits.iter().map(|wait| may_see(state, viewer, wait));
    let _already_found = futures_util::future::try_join_all(each).await?;
    Ok(waits)
}

/// The entry, and the word of the policy that the viewer may work on it.
async fn granted(
    state: &State,
    viewer: &Viewer,
    id: WaitlistEntryId,
) -> Result<(Wait, Granted), Fault> {
    let wait = find(state, viewer, id).await?;
    let facts = state.facts(viewer, &*wait.patient).await?;
    let granted = require(viewer, Action::Update, &wait.resource()(facts))?;
    Ok((wait, granted))
}

/// The doctors who could receive whoever waits so.
///
/// # Errors
/// Those of the database.
async fn receivers(
    state: &State,
    doctor: Option<DoctorId>,
    specialty: Option<&String>,
) -> Result<Vec<DoctorId>, Fault> {
    match (doctor, specialty) {
        (Some(doctor), _) => Ok(vec![doctor]),
        (None, Some(specialty)) => {
            doctor::store::trained_in_any(&state.db, std::slice::from_ref(specialty)).await
        }
        (None, None) => Ok(Vec::new()),
    }
}

/// The time of an offer was made a booking.
struct IsBooked;

/// Lets the time of an offer go, if it still holds; not if it was booked meanwhile. Returns what is to be told. Call it behind
/// the locks of its doctor and patient.
async fn let_offer_go(
    tx: &Tx,
    granted: Granted,
    hold: AppointmentId,
    by: (UserId, CancellationReason),
) -> Result<Result<Vec<Fact>, IsBooked>, Fault> {
    let (outcome, mut told) = appointment::outcome_of(tx, hold).await?;
    match outcome {
        HoldOutcome::Booked => return Ok(Err(IsBooked)),
        HoldOutcome::Held => told.extend(appointment::let_go(tx, granted, hold, by).await?),
        HoldOutcome::LetGo | HoldOutcome::Lapsed => {}
    }
    Ok(Ok(told))
}
