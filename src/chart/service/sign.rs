//! Signing a note: its author puts their name under it, and from then on it stays as it is.

use super::{authority, changed, find, resource_of, word};
use crate::access::{Action, Viewer};
use crate::chart::content::VisitNote;
use crate::chart::sealed::{Changing, Turn, open};
use crate::chart::store;
use crate::error::Outcome;
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::service::tell_team;
use crate::patient::store::stays;
use crate::state::State;
use entity::code::{RecordKind, RecordStatus};
use entity::id::RecordId;
use serde::Serialize;
use std::sync::Arc;

/// Sign a note.
#[derive(Clone, Serialize)]
pub struct Sign {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub note: RecordId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignRefusal {
    /// It has changed since it was read.
    Conflict,
    /// It was signed before.
    AlreadySigned,
    /// It was entered in error: it says nothing any more.
    EnteredInError,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Signs a note.
///
/// # Errors
/// Those of the database; not found when the viewer may not read it, forbidden when it is not their own.
pub async fn sign(state: &State, viewer: &Viewer, command: Sign) -> Outcome<RecordId, SignRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, patient) = find(state, viewer, RecordKind::VisitNote, command.note).await?;
    let what = |facts| resource_of(&row, facts);
    let granted = authority(state, viewer, &patient, Action::Sign, what).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "signVisitNote", key, &command)?;
    let refusal = if row.version != command.expected_version {
        Some(SignRefusal::Conflict)
    } else if row.status == RecordStatus::EnteredInError {
        Some(SignRefusal::EnteredInError)
    } else if row.signed_at.is_some() {
        Some(SignRefusal::AlreadySigned)
    } else {
        None
    };
    let changing = Changing {
        version: state.clock.new_id(),
        as_: word(viewer, patient.id()),
        by: user,
        at: state.clock.now(),
        reason: None,
    };
    let note: VisitNote = open(patient.face(), &state.vault, &row)?;
    let key = patient.key(&state.vault)?;
    let change = changing.turn(&row, &note.signed(), Turn::Signed, key)?;
    let patient = patient.id();
    let shared = Arc::new((change, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (change, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    change.id.0,
                    SignRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(RecordId(id)));
                }
                if let Some(refusal) = refusal {
                    return Ok(Err(refusal));
                }
                stays(tx, patient).await?;
                if !store::update(tx, granted, patient, change.clone()).await? {
                    return Ok(Err(SignRefusal::Conflict));
                }
                let version = change.version.version;
                let fact = changed(RecordKind::VisitNote, patient, change.id, version);
                tell_team(tx, patient, vec![fact]).await?;
                Ok(Ok(change.id))
            })
        })
        .await
}
