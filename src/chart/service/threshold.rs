//! Saying by which bounds a patient's readings call somebody.

use crate::access::{Action, Resource, Viewer, require};
use crate::chart::alert::{Bounds, measure_tag, seal_bounds};
use crate::chart::content::note;
use crate::chart::store::threshold as store;
use crate::chart::vital::threshold::{Limits, Measure};
use crate::error::{Fault, Outcome};
use crate::event::Stream;
use crate::event::log::Fact;
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::{At as _, Checks, Invalid};
use crate::patient::service::{find_patient, tell_team};
use crate::patient::store::stays;
use crate::state::State;
use entity::code::EventKind;
use entity::id::{PatientId, VitalThresholdId};
use entity::vital_threshold;
use serde::Serialize;
use std::sync::Arc;

/// The most versions of one measure's bounds: they are read whole.
const MOST_VERSIONS: i32 = 200;

/// Set bounds.
#[derive(Clone, Serialize)]
pub struct SetThreshold {
    /// Whose.
    #[serde(serialize_with = "id_text")]
    pub patient: PatientId,
    /// Of what.
    pub measure: Measure,
    /// The patient's own; none: those of the clinic hold again.
    pub limits: Option<Limits>,
    /// Why.
    pub reason: Option<String>,
    /// As the caller knows them; 0 when none were ever set.
    pub expected_version: i32,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why they are not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetThresholdRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// They have changed since they were read.
    Conflict,
    /// They have as many versions as are kept.
    TooManyVersions,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for SetThresholdRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

fn checked(command: &SetThreshold) -> Result<Bounds, Invalid> {
    let measure = command.measure;
    let limits = command.limits.map(|limits| limits.checked(measure));
    let mut checks = Checks::default();
    let limits = checks.take(limits.transpose().at("limits"));
    let reason = checks.take(note(command.reason.as_ref()).at("reason"));
    checks.end(|| {
        Some(Bounds {
            measure,
            limits: limits?,
            reason: reason?,
        })
    })
}

/// Sets the bounds of one measure for a patient: from the next reading on they hold.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the patient, forbidden when they are not in the care team.
pub async fn set_threshold(
    state: &State,
    viewer: &Viewer,
    command: SetThreshold,
) -> Outcome<VitalThresholdId, SetThresholdRefusal> {
    let user = viewer.signed_in()?.user;
    let patient = find_patient(state, viewer, command.patient).await?;
    let facts = state.facts(viewer, &**patient.row()).await?;
    let granted = require(viewer, Action::Create, &Resource::Alerts(facts));
    let granted = granted.map_err(|fault| match fault {
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "setVitalThreshold", key, &command)?;
    let bounds = crate::accept!(checked(&command));
    let id: VitalThresholdId = state.clock.new_id();
    let row = vital_threshold::Model {
        id,
        patient_id: patient.id(),
        measure_index: measure_tag(state.vault.index(), bounds.measure),
        version: command.expected_version.saturating_add(1),
        content: seal_bounds(patient.key(&state.vault)?, id, &bounds)?,
        recorded_at: state.clock.now(),
        recorded_by: Some(user),
    };
    let shared = Arc::new((row, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (row, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    SetThresholdRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(VitalThresholdId(id)));
                }
                stays(tx, row.patient_id).await?;
                tx.lock(&[store::lock(row.patient_id)]).await?;
                let newest = store::newest(tx, row.patient_id, &row.measure_index).await?;
                if newest.saturating_add(1) != row.version {
                    return Ok(Err(SetThresholdRefusal::Conflict));
                }
                if row.version > MOST_VERSIONS {
                    return Ok(Err(SetThresholdRefusal::TooManyVersions));
                }
                store::insert(tx, granted, row.clone()).await?;
                let fact = Fact {
                    kind: EventKind::ThresholdChanged,
                    subject: id.0,
                    version: row.version,
                    streams: vec![Stream::Clinic, Stream::Patient(row.patient_id)],
                };
                tell_team(tx, row.patient_id, vec![fact]).await?;
                Ok(Ok(id))
            })
        })
        .await
}
