//! Saying how sensitive a record is.
//!
//! Whoever treats a patient may raise it up to their own clearance, as any of what they know of the patient
//! ([`super::update_patient`]). Lowering it opens the record to others, so that is for those who run the clinic, as is
//! saying so without being in the care team. The change is an event of the patient's stream: on every copy, whoever
//! followed it and is no longer cleared is told that their right has ended.

use super::{changed, find_patient, tell_changed};
use crate::access::{Action, PatientFacts, Resource, Viewer, require};
use crate::account::{StepUpRequired, step_up};
use crate::error::{Fault, Outcome};
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::store::{self, Retokened};
use crate::state::State;
use entity::code::Confidentiality;
use entity::id::PatientId;
use entity::patient;
use sea_orm::ActiveValue::Set;
use serde::Serialize;
use std::sync::Arc;

/// Say how sensitive this record is.
#[derive(Clone, Serialize)]
pub struct SetConfidentiality {
    /// Whose.
    #[serde(serialize_with = "id_text")]
    pub patient: PatientId,
    /// How sensitive.
    pub confidentiality: Confidentiality,
    /// As the caller knows the record.
    pub expected_version: i32,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetConfidentialityRefusal {
    /// It has changed since it was read.
    Conflict,
    /// Who does this must have proved moments ago who they are.
    StepUpRequired,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<StepUpRequired> for SetConfidentialityRefusal {
    fn from(_: StepUpRequired) -> Self {
        Self::StepUpRequired
    }
}

/// Says how sensitive a record is.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the patient, forbidden for whoever is no
/// administrator.
pub async fn set_confidentiality(
    state: &State,
    viewer: &Viewer,
    command: SetConfidentiality,
) -> Outcome<PatientId, SetConfidentialityRefusal> {
    let user = viewer.signed_in()?.user;
    let record = find_patient(state, viewer, command.patient).await?;
    let resource = Resource::Confidentiality(PatientFacts::from(&**record.row()));
    let granted = require(viewer, Action::Update, &resource).map_err(|fault| match fault {
        // They know who it is.
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })?;
    crate::accept!(step_up(state, viewer).await?);
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "setPatientConfidentiality", key, &command)?;
    let (id, expected) = (record.id(), command.expected_version);
    let change = patient::ActiveModel {
        confidentiality: Set(command.confidentiality),
        version: Set(expected + 1),
        updated_at: Set(state.clock.now()),
        recorded_by: Set(Some(user)),
        ..Default::default()
    };
    let owner = record.row().user_id;
    let shared = Arc::new((change, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (change, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    SetConfidentialityRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(PatientId(id)));
                }
                let none = Retokened::default();
                let row = store::update(tx, granted, (id, expected), change.clone(), none).await?;
                // The record number, which alone could be taken, does not change.
                let Ok(Some(row)) = row else {
                    return Ok(Err(SetConfidentialityRefusal::Conflict));
                };
                tell_changed(tx, id, changed(id, owner, row.version)).await?;
                Ok(Ok(id))
            })
        })
        .await
}
