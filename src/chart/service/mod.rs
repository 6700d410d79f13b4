//! The verbs: each asks the policy, refuses before it writes, and writes version and event with its change.

mod alert;
mod check;
mod prescribe;
mod record;
mod retract;
mod threshold;
mod update;
mod vitals;

pub use alert::{
    AcknowledgeAlert, AcknowledgeAlertRefusal, acknowledge_alert, escalate, escalate_due,
    find_alert, may_follow_alerts, may_see_alert, may_see_called,
};
pub use prescribe::{ChangeOrderRefusal, InSpite, PrescribeRefusal, change_order, prescribe};
pub use record::{Record, RecordRefusal, record};
pub use retract::{EnterInError, EnterInErrorRefusal, enter_in_error};
pub use threshold::{SetThreshold, SetThresholdRefusal, set_threshold};
pub use update::{Update, UpdateRefusal, update};
pub use vitals::{RecordVitals, RecordVitalsRefusal, Taken, panel, record_vitals};

use super::content::{
    Allergy, Condition, Content, Immunization, MedicationRequest, MedicationStatement,
};
use super::vital::Vital;
use crate::access::{Action, Granted, PatientFacts, Permit, Resource, Viewer, look, require};
use crate::db::Tx;
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::{self, Fact};
use crate::patient::PatientRecord;
use crate::patient::service::{address_team, find_patient};
use crate::state::State;
use entity::code::{EventKind, RecordKind, RecordSource, Roles};
use entity::id::{PatientId, RecordId};
use entity::{chart_record, patient};
use std::sync::Arc;

/// The most entries of one kind in a chart (vital signs aside): a list of them is read whole.
const MOST_OF_A_KIND: u64 = 1000;
/// The most versions of an entry: its history is read whole.
const MOST_VERSIONS: i32 = 500;

/// What of the policy an entry is.
#[must_use]
pub fn resource(kind: RecordKind, source: RecordSource, facts: PatientFacts) -> Resource {
    match kind {
        RecordKind::Condition => Condition::resource(facts, source),
        RecordKind::Allergy => Allergy::resource(facts, source),
        RecordKind::MedicationRequest => MedicationRequest::resource(facts, source),
        RecordKind::MedicationStatement => MedicationStatement::resource(facts, source),
        RecordKind::Immunization => Immunization::resource(facts, source),
        RecordKind::Vital => Vital::resource(facts, source),
    }
}

/// The entry with its patient, if the viewer may read it.
///
/// # Errors
/// [`Fault::NotFound`] when there is none of this kind that they may know of.
pub async fn find(
    state: &State,
    viewer: &Viewer,
    kind: RecordKind,
    id: RecordId,
) -> Result<(Arc<chart_record::Model>, PatientRecord), Fault> {
    viewer.signed_in()?;
    let row = state.loaders.charts.records.load(id).await?;
    let row = row.filter(|row| row.kind == kind).ok_or(Fault::NotFound)?;
    let record = find_patient(state, viewer, row.patient_id).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    require(viewer, Action::Read, &resource(kind, row.source, facts))?;
    Ok((row, record))
}

/// Whether the viewer may read this entry: asked at each delivery.
///
/// # Errors
/// Those of the database.
pub async fn may_see(
    state: &State,
    viewer: &Viewer,
    row: &chart_record::Model,
    patient: &patient::Model,
) -> Result<bool, Fault> {
    let (kind, source) = (row.kind, row.source);
    let of = |facts| resource(kind, source, facts);
    state.permits(viewer, Action::Read, patient, of).await
}

/// Whether the viewer, a doctor, may read this entry of a patient in whose care team they are: asked at each delivery.
///
/// # Errors
/// Those of the database.
pub async fn may_see_of_panel(
    state: &State,
    viewer: &Viewer,
    row: &chart_record::Model,
    patient: &patient::Model,
) -> Result<bool, Fault> {
    let facts = state.facts(viewer, patient).await?;
    let resource = resource(row.kind, row.source, facts);
    Ok(facts.care_team && look(viewer, Action::Read, &resource).is_allowed())
}

/// Leave to follow what of this kind happens in this patient's chart, if the viewer has it.
///
/// # Errors
/// Those of the database.
pub async fn may_follow(
    state: &State,
    viewer: &Viewer,
    patient: PatientId,
    kind: RecordKind,
) -> Result<Option<Permit>, Fault> {
    match state.loaders.patients.load(patient).await? {
        None => Ok(None),
        Some(row) => {
            let of = |facts| resource(kind, RecordSource::Clinic, facts);
            state.permit(viewer, Action::Read, &*row, of).await
        }
    }
}

/// Whose word it is what the viewer writes into this chart.
fn word(viewer: &Viewer, patient: PatientId) -> RecordSource {
    let own = viewer.actor().and_then(|actor| actor.patient) == Some(patient);
    match own && viewer.is(Roles::PATIENT) {
        true => RecordSource::Patient,
        false => RecordSource::Clinic,
    }
}

/// The word of the policy; whoever knows the patient may be told that they may not.
async fn authority(
    state: &State,
    viewer: &Viewer,
    record: &PatientRecord,
    action: Action,
    (kind, source): (RecordKind, RecordSource),
) -> Result<Granted, Fault> {
    let facts = state.facts(viewer, &**record.row()).await?;
    require(viewer, action, &resource(kind, source, facts)).map_err(|fault| match fault {
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })
}

/// Appends what has changed in a chart, for those of the care team too, and beside it what is told of alerts, to those who were
/// called: the last thing a transaction does.
async fn tell(
    tx: &mut Tx,
    patient: PatientId,
    mut changed: Vec<Fact>,
    alerts: Vec<Fact>,
) -> Result<(), Fault> {
    address_team(tx, patient, &mut changed).await?;
    changed.extend(alerts);
    log::append(tx, &changed).await
}

/// What a change of an entry says to whoever it concerns, beside those of the care team: ids, and nothing of what it says.
fn changed(kind: RecordKind, patient: PatientId, record: RecordId, version: i32) -> Fact {
    Fact {
        kind: match kind {
            RecordKind::Vital => EventKind::VitalRecorded,
            _ => EventKind::RecordChanged,
        },
        subject: record.0,
        version,
        streams: vec![Stream::Clinic, Stream::Patient(patient)],
    }
}
