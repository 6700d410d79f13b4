//! Adding to a signed note: a note of its own, signed as it comes to be, by whoever writes it.

use super::{MOST_OF_A_KIND, authority, changed, find, resource, word};
use crate::access::{Action, Stage, Viewer};
use crate::chart::content::{Editable as _, VisitNote, Word};
use crate::chart::sealed::{NewRecord, Ties};
use crate::chart::store;
use crate::error::Outcome;
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::Invalid;
use crate::patient::service::tell_team;
use crate::patient::store::stays;
use crate::state::State;
use entity::code::{RecordKind, RecordStatus};
use entity::id::RecordId;
use serde::Serialize;
use std::sync::Arc;

/// Add to a signed note.
#[derive(Clone, Serialize)]
pub struct AddAddendum {
    /// To which; to what that was added to, if it is an addendum itself.
    #[serde(serialize_with = "id_text")]
    pub note: RecordId,
    /// What is added.
    pub content: VisitNote,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it is not added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddAddendumRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// The note is a draft: it can still be changed.
    NotSigned,
    /// The note was entered in error: it says nothing any more.
    EnteredInError,
    /// The chart has as many notes as are kept.
    TooManyRecords,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for AddAddendumRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Adds to a signed note.
///
/// # Errors
/// Those of the database; not found when the viewer may not read the note, forbidden when they may not add to it.
pub async fn add_addendum(
    state: &State,
    viewer: &Viewer,
    command: AddAddendum,
) -> Outcome<RecordId, AddAddendumRefusal> {
    let user = viewer.signed_in()?.user;
    let (note, patient) = find(state, viewer, RecordKind::VisitNote, command.note).await?;
    // Whoever may add to it hears that it is a draft.
    let what = |facts| resource(note.kind, Word::of(&note).at(Stage::Kept), facts);
    let granted = authority(state, viewer, &patient, Action::Amend, what).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "addVisitNoteAddendum", key, &command)?;
    let now = state.clock.now();
    let refusal = if note.status == RecordStatus::EnteredInError {
        Some(AddAddendumRefusal::EnteredInError)
    } else if note.signed_at.is_none() {
        Some(AddAddendumRefusal::NotSigned)
    } else {
        None
    };
    let new = NewRecord {
        id: state.clock.new_id(),
        version: state.clock.new_id(),
        patient: patient.id(),
        content: crate::accept!(command.content.checked(now)).signed(),
        source: word(viewer, patient.id()),
        recorded_by: Some(user),
    };
    let ties = Ties {
        encounter: note.encounter_id,
        parent: Some(note.parent_id.unwrap_or(note.id)),
        appointment: None,
    };
    let sealed = new.seal(patient.key(&state.vault)?, now)?;
    let shared = Arc::new((sealed.tied(Some(user), ties).signed(), claim, refusal));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (sealed, claim, refusal) = &*shared;
                let (id, patient) = (sealed.record.id, sealed.record.patient_id);
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    AddAddendumRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(RecordId(id)));
                }
                if let Some(refusal) = refusal {
                    return Ok(Err(refusal.clone()));
                }
                stays(tx, patient).await?;
                let kind = RecordKind::VisitNote;
                if store::count(tx, patient, kind).await? >= MOST_OF_A_KIND {
                    return Ok(Err(AddAddendumRefusal::TooManyRecords));
                }
                let _is_no_visit = store::insert(tx, granted, vec![sealed.clone()]).await?;
                tell_team(tx, patient, vec![changed(kind, patient, id, 1)]).await?;
                Ok(Ok(id))
            })
        })
        .await
}
