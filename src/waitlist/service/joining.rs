//! Joining the waiting list.

use super::check::{self, Could};
use super::{receivers, seal_note, store};
use crate::accept;
use crate::access::{Action, PatientFacts, Relationship, Resource, Viewer, require};
use crate::appointment::store as appointments;
use crate::db::Window;
use crate::doctor::service::may_receive;
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::state::{Face, State};
use crate::waitlist::telling::fact;
use entity::code::{Confidentiality, EventKind};
use entity::id::{DoctorId, PatientId, UserId, VisitTypeId, WaitlistEntryId};
use entity::waitlist_entry::{self as entry, WaitlistPriority, WaitlistStatus};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// How many times a patient can wait at once.
const MOST_WAITS: u64 = 20;
/// How long the code of a specialty may be, in characters.
const LONGEST_CODE: usize = 100;

/// With whom somebody wants a time.
#[derive(Clone, Debug, Serialize)]
pub enum For {
    /// With this doctor.
    Doctor(#[serde(serialize_with = "id_text")] DoctorId),
    /// With any doctor trained in what has this code.
    Specialty(String),
}

impl For {
    fn parts(&self) -> (Option<DoctorId>, Option<String>) {
        match self {
            Self::Doctor(doctor) => (Some(*doctor), None),
            Self::Specialty(code) => (None, Some(code.clone())),
        }
    }
}

/// Put a patient on the waiting list.
#[derive(Clone, Debug, Serialize)]
pub struct Join {
    /// Whom.
    #[serde(serialize_with = "id_text")]
    pub patient: PatientId,
    /// With whom they want a time.
    pub with: For,
    /// For what kind of visit.
    #[serde(serialize_with = "id_text")]
    pub visit_type: VisitTypeId,
    /// When they could come; at any time when there are none.
    pub windows: Vec<Could>,
    /// How urgent it is.
    pub priority: WaitlistPriority,
    /// What whoever arranges it should know.
    pub note: Option<String>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why a patient is not put on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinRefusal {
    /// There is no such patient that the viewer may know of.
    PatientNotFound,
    /// There is no such doctor.
    DoctorNotFound,
    /// No doctor is trained in that.
    SpecialtyNotFound,
    /// There is no such kind of visit, or it cannot be booked.
    VisitTypeNotFound,
    /// The doctor must accept visits of this kind: patients ask for a time instead.
    NeedsApproval,
    /// The doctor takes no new patients.
    NotAcceptingPatients,
    /// The doctor may not read a record that is as sensitive.
    DoctorNotCleared,
    /// How urgent it is, is for the clinic to say.
    PriorityNotYours,
    /// Too many windows, or one that can never be.
    InvalidWindows,
    /// The note is too long, or has control characters.
    InvalidNote,
    /// They wait for that already.
    AlreadyWaiting,
    /// They wait as many times as one may.
    TooManyEntries,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Puts a patient on the waiting list.
///
/// # Errors
/// Those of the database; unauthenticated when nobody is signed in.
pub async fn join(
    state: &State,
    viewer: &Viewer,
    command: Join,
) -> Outcome<WaitlistEntryId, JoinRefusal> {
    let user = viewer.signed_in()?.user;
    let unknown = PatientFacts::unrelated(command.patient, Confidentiality::VeryRestricted);
    let (patient, related) = futures_util::try_join!(
        state.loaders.faces.load(command.patient),
        state.facts(viewer, unknown)
    )?;
    let Some(patient) = patient else {
        return Ok(Err(JoinRefusal::PatientNotFound));
    };
    let facts = PatientFacts {
        confidentiality: patient.confidentiality,
        ..related
    };
    let (doctor, specialty) = command.with.parts();
    let resource = Resource::Waiting(facts, doctor);
    let granted = match require(viewer, Action::Create, &resource) {
        Ok(granted) => granted,
        Err(Fault::NotFound | Fault::Forbidden) => return Ok(Err(JoinRefusal::PatientNotFound)),
        Err(fault) => return Err(fault),
    };
    let by_patient = granted.relationship() == Relationship::OneSelf;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "joinWaitlist", key, &command)?;
    let asking = Asking {
        patient: &patient,
        by_patient,
        user,
    };
    // What is refused now may be the repetition of what was accepted when it could be: only its claim can tell.
    let row = prepared(state, viewer, &command, asking).await?;
    let shared = Arc::new((row, claim));
    let joined = state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (row, claim) = &*shared;
                let id = row.as_ref().map_or(Uuid::nil(), |row| row.id.0);
                let reused = JoinRefusal::IdempotencyKeyReused;
                let claimed = idempotency::claimed(tx, claim.as_ref(), id, reused);
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(WaitlistEntryId(id)));
                }
                let row = accept!(row.as_ref().map_err(|refusal| *refusal));
                // The lock that erasing takes too: whoever is no more joins nothing.
                tx.lock(&[format!("patient:{}", row.patient_id)]).await?;
                if store::waits_of(tx, row.patient_id).await? >= MOST_WAITS {
                    return Ok(Err(JoinRefusal::TooManyEntries));
                }
                if store::insert(tx, granted, row.clone()).await?.is_err() {
                    return Ok(Err(JoinRefusal::AlreadyWaiting));
                }
                log::append(tx, &[fact(EventKind::WaitlistChanged, row)]).await?;
                Ok(Ok(row.id))
            })
        })
        .await?;
    if joined.is_ok() {
        let doctors = receivers(state, doctor, specialty.as_ref()).await?;
        state.waitlist.ring(doctors);
    }
    Ok(joined)
}

/// Who asks, and for whom.
struct Asking<'a> {
    patient: &'a Face,
    by_patient: bool,
    user: UserId,
}

/// The entry as it would be written, if there is nothing to say against it.
async fn prepared(
    state: &State,
    viewer: &Viewer,
    command: &Join,
    asking: Asking<'_>,
) -> Outcome<entry::Model, JoinRefusal> {
    accept!(possible(state, viewer, command, &asking).await?);
    if asking.by_patient && command.priority != WaitlistPriority::Routine {
        return Ok(Err(JoinRefusal::PriorityNotYours));
    }
    let now = state.clock.now();
    let (windows, expires_at) =
        accept!(check::windows(&command.windows, now).map_err(|_| JoinRefusal::InvalidWindows));
    let note = check::note(command.note.as_deref()).map_err(|_| JoinRefusal::InvalidNote);
    let id: WaitlistEntryId = state.clock.new_id();
    let (doctor_id, specialty) = command.with.parts();
    Ok(Ok(entry::Model {
        id,
        patient_id: command.patient,
        visit_type_id: command.visit_type,
        doctor_id,
        specialty,
        priority: command.priority,
        windows,
        note: seal_note(state, asking.patient, id, accept!(note))?,
        status: WaitlistStatus::Active,
        unanswered: 0,
        expires_at,
        version: 1,
        created_at: now,
        updated_at: now,
        recorded_by: Some(asking.user),
    }))
}

/// Whether there is what is waited for, and it can be had by waiting.
async fn possible(
    state: &State,
    viewer: &Viewer,
    command: &Join,
    asking: &Asking<'_>,
) -> Outcome<(), JoinRefusal> {
    let Asking {
        patient,
        by_patient,
        ..
    } = *asking;
    let kind = state.loaders.visit_types.load(command.visit_type).await?;
    let Some(kind) = kind.filter(|kind| kind.active) else {
        return Ok(Err(JoinRefusal::VisitTypeNotFound));
    };
    if by_patient && kind.requires_approval {
        return Ok(Err(JoinRefusal::NeedsApproval));
    }
    let doctor = match &command.with {
        For::Doctor(doctor) => *doctor,
        For::Specialty(code) => {
            let fits = (1..=LONGEST_CODE).contains(&code.chars().count())
                && !code.chars().any(char::is_control);
            let anybody = fits && !receivers(state, None, Some(code)).await?.is_empty();
            return Ok(match anybody {
                true => Ok(()),
                false => Err(JoinRefusal::SpecialtyNotFound),
            });
        }
    };
    let Some(doctor) = state.loaders.doctors.load(doctor).await? else {
        return Ok(Err(JoinRefusal::DoctorNotFound));
    };
    if !may_receive(state, doctor.id, patient.confidentiality).await? {
        return Ok(Err(JoinRefusal::DoctorNotCleared));
    }
    if by_patient && !doctor.accepts_new_patients {
        let with_them = appointments::Filter {
            patient: Some(command.patient),
            doctor: Some(doctor.id),
            ..appointments::Filter::default()
        };
        let seen = appointments::list(&state.db, viewer, &with_them, &Window::first(1)).await?;
        if seen.rows.is_empty() {
            return Ok(Err(JoinRefusal::NotAcceptingPatients));
        }
    }
    Ok(Ok(()))
}
