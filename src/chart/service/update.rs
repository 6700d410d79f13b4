//! Changing an entry, on the version that the caller has seen.

use super::{MOST_VERSIONS, authority, changed, find, word};
use crate::access::{Action, Viewer};
use crate::chart::content::Editable;
use crate::chart::sealed::{Changing, open};
use crate::chart::store;
use crate::error::Outcome;
use crate::event::log;
use crate::idempotency::{self, Claim};
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::Invalid;
use crate::state::State;
use entity::code::RecordStatus;
use entity::id::RecordId;
use serde::Serialize;
use std::sync::Arc;

/// Change an entry; what is absent stays.
#[derive(Clone, Serialize)]
#[serde(bound = "")]
pub struct Update<C: Editable> {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub record: RecordId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// What of it.
    pub edit: C::Edit,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it is not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// It has changed since it was read.
    Conflict,
    /// It was entered in error: it says nothing any more.
    EnteredInError,
    /// It has as many versions as are kept.
    TooManyVersions,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for UpdateRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Changes an entry.
///
/// # Errors
/// Those of the database; not found when the viewer may not read it, forbidden when they may not change it.
pub async fn update<C: Editable>(
    state: &State,
    viewer: &Viewer,
    command: Update<C>,
) -> Outcome<RecordId, UpdateRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, patient) = find(state, viewer, C::KIND, command.record).await?;
    let what = (C::KIND, row.source);
    let granted = authority(state, viewer, &patient, Action::Update, what).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, C::UPDATE, key, &command)?;
    let now = state.clock.now();
    // What was read is what is edited: of another version than expected, nothing may be written over it.
    let refusal = if row.version != command.expected_version {
        Some(UpdateRefusal::Conflict)
    } else if row.status == RecordStatus::EnteredInError {
        Some(UpdateRefusal::EnteredInError)
    } else if row.version >= MOST_VERSIONS {
        Some(UpdateRefusal::TooManyVersions)
    } else {
        None
    };
    let before: C = open(patient.face(), &state.vault, &row)?;
    let edited = before.clone().edited(command.edit.clone());
    let after = match edited.checked(now) {
        Ok(after) => after,
        // It is refused all the same, or has been answered before.
        Err(_) if refusal.is_some() => before,
        Err(invalid) => return Ok(Err(invalid.into())),
    };
    let changing = Changing {
        version: state.clock.new_id(),
        as_: word(viewer, patient.id()),
        by: user,
        at: now,
        reason: None,
    };
    let change = changing.seal(&row, &after, patient.key(&state.vault)?)?;
    let patient = patient.id();
    let shared = Arc::new((change, claim, refusal));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (change, claim, refusal) = &*shared;
                if let Some(key) = claim {
                    match idempotency::claim(tx, key, change.id.0).await? {
                        Claim::Fresh => {}
                        Claim::Replay(id) => return Ok(Ok(RecordId(id))),
                        Claim::Reused => return Ok(Err(UpdateRefusal::IdempotencyKeyReused)),
                    }
                }
                if let Some(refusal) = refusal {
                    return Ok(Err(refusal.clone()));
                }
                if !store::update(tx, granted, patient, change.clone()).await? {
                    return Ok(Err(UpdateRefusal::Conflict));
                }
                let version = change.version.version;
                log::append(tx, &[changed(C::KIND, patient, change.id, version)]).await?;
                Ok(Ok(change.id))
            })
        })
        .await
}
