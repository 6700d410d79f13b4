//! Recording an entry.

use super::{MOST_OF_A_KIND, authority, changed, word};
use crate::access::{Action, Viewer};
use crate::chart::content::Editable;
use crate::chart::sealed::NewRecord;
use crate::chart::store;
use crate::error::Outcome;
use crate::event::log;
use crate::idempotency::{self, Claim};
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::Invalid;
use crate::patient::service::find_patient;
use crate::state::State;
use entity::id::{PatientId, RecordId};
use serde::Serialize;
use std::sync::Arc;

/// Put an entry into a chart.
#[derive(Clone, Serialize)]
pub struct Record<C> {
    /// Into whose.
    #[serde(serialize_with = "id_text")]
    pub patient: PatientId,
    /// What it says.
    pub content: C,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// The chart has as many of this kind as are kept.
    TooManyRecords,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for RecordRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Puts an entry into a chart.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the patient, forbidden when they may not do this.
pub async fn record<C: Editable>(
    state: &State,
    viewer: &Viewer,
    command: Record<C>,
) -> Outcome<RecordId, RecordRefusal> {
    let user = viewer.signed_in()?.user;
    let patient = find_patient(state, viewer, command.patient).await?;
    let source = word(viewer, patient.id());
    let what = (C::KIND, source);
    let granted = authority(state, viewer, &patient, Action::Create, what).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, C::RECORD, key, &command)?;
    let now = state.clock.now();
    let new = NewRecord {
        id: state.clock.new_id(),
        version: state.clock.new_id(),
        patient: patient.id(),
        content: crate::accept!(command.content.checked(now)),
        source,
        recorded_by: Some(user),
    };
    let sealed = new.seal(patient.key(&state.vault)?, now)?;
    let shared = Arc::new((sealed, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (sealed, claim) = &*shared;
                let (id, patient) = (sealed.record.id, sealed.record.patient_id);
                if let Some(key) = claim {
                    match idempotency::claim(tx, key, id.0).await? {
                        Claim::Fresh => {}
                        Claim::Replay(id) => return Ok(Ok(RecordId(id))),
                        Claim::Reused => return Ok(Err(RecordRefusal::IdempotencyKeyReused)),
                    }
                }
                if store::count(tx, patient, C::KIND).await? >= MOST_OF_A_KIND {
                    return Ok(Err(RecordRefusal::TooManyRecords));
                }
                store::insert(tx, granted, vec![sealed.clone()]).await?;
                log::append(tx, &[changed(C::KIND, patient, id, 1)]).await?;
                Ok(Ok(id))
            })
        })
        .await
}
