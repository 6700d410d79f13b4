//! Taking an alert on.

use super::{facts_of, find_alert};
use crate::access::{Action, Resource, Viewer, require};
use crate::chart::alert::note_place;
use crate::chart::content::note;
use crate::chart::store::alert as store;
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::{At as _, Invalid};
use crate::patient::store::stays;
use crate::state::State;
use entity::code::{AlertStatus, EventKind};
use entity::id::VitalAlertId;
use serde::Serialize;
use std::sync::Arc;

/// Take this alert on.
#[derive(Clone, Serialize)]
pub struct AcknowledgeAlert {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub alert: VitalAlertId,
    /// What there is to say.
    pub note: Option<String>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it is not taken on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcknowledgeAlertRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// Somebody has taken it on.
    AlreadyAcknowledged,
    /// The reading turned out to be none.
    Closed,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for AcknowledgeAlertRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Takes an alert on: nobody else is called to it from then on.
///
/// # Errors
/// Those of the database; not found when the viewer may not read it, forbidden when they do not treat the patient.
pub async fn acknowledge_alert(
    state: &State,
    viewer: &Viewer,
    command: AcknowledgeAlert,
) -> Outcome<VitalAlertId, AcknowledgeAlertRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, patient) = find_alert(state, viewer, command.alert).await?;
    let facts = state.facts(viewer, &**patient.row()).await?;
    let granted = require(viewer, Action::Update, &Resource::Alerts(facts))?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "acknowledgeAlert", key, &command)?;
    let note = crate::accept!(note(command.note.as_ref()).at("note"));
    let key = patient.key(&state.vault)?;
    let note = note.map(|note| key.seal(note_place(row.id), &note));
    let (id, patient, closed) = (row.id, patient.id(), row.status == AlertStatus::Closed);
    let shared = Arc::new((note.transpose().map_err(Fault::from)?, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (note, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    AcknowledgeAlertRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(VitalAlertId(id)));
                }
                stays(tx, patient).await?;
                let at = (id, patient);
                let Some(taken) = store::acknowledge(tx, granted, at, user, note.clone()).await?
                else {
                    return Ok(Err(match closed {
                        true => AcknowledgeAlertRefusal::Closed,
                        false => AcknowledgeAlertRefusal::AlreadyAcknowledged,
                    }));
                };
                let told = facts_of(tx, EventKind::AlertAcknowledged, &[taken]).await?;
                log::append(tx, &told).await?;
                Ok(Ok(id))
            })
        })
        .await
}
