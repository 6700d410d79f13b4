//! The verbs: each asks the policy, refuses before it writes, and writes version and event with its change.

mod addendum;
mod alert;
mod check;
mod prescribe;
mod record;
mod retract;
mod search;
mod share;
mod sign;
mod threshold;
mod update;
mod vitals;

pub use addendum::{AddAddendum, AddAddendumRefusal, add_addendum};
pub use alert::{
    AcknowledgeAlert, AcknowledgeAlertRefusal, acknowledge_alert, escalate, escalate_due,
    find_alert, may_follow_alerts, may_see_alert, may_see_called,
};
pub use prescribe::{ChangeOrderRefusal, InSpite, PrescribeRefusal, change_order, prescribe};
pub use record::{Record, RecordRefusal, Recording, prepare_record, record};
pub use retract::{EnterInError, EnterInErrorRefusal, enter_in_error};
pub use search::{Search, search};
pub use share::{Share, ShareRefusal, share};
pub use sign::{Sign, SignRefusal, sign};
pub use threshold::{SetThreshold, SetThresholdRefusal, set_threshold};
pub use update::{Revision, Update, UpdateRefusal, prepare_update, update};
pub use vitals::{RecordVitals, RecordVitalsRefusal, Taken, panel, record_vitals};

use super::content::{
    Allergy, Condition, Content, Editable, Encounter, Immunization, MedicationRequest,
    MedicationStatement, Order, TestResult, VisitNote, Word,
};
use super::vital::Vital;
use crate::access::{
    Action, Granted, PatientFacts, Permit, Resource, Stage, Viewer, decide, look, require,
};
use crate::db::Tx;
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::{self, Fact};
use crate::patient::PatientRecord;
use crate::patient::input::{Invalid, Problem};
use crate::patient::service::{address_team, find_patient};
use crate::state::State;
use entity::code::{EventKind, RecordKind, RecordSource, Roles};
use entity::id::{PatientId, RecordId};
use entity::{chart_record, patient};
use std::sync::Arc;

/// The most entries of one kind in a chart (vital signs aside): a list of them is read whole.
pub const MOST_OF_A_KIND: u64 = 1000;
/// The most versions of an entry: its history is read whole.
const MOST_VERSIONS: i32 = 500;

/// What of the policy an entry of this kind is.
#[must_use]
pub fn resource(kind: RecordKind, word: Word, facts: PatientFacts) -> Resource {
    match kind {
        RecordKind::Condition => Condition::resource(facts, word),
        RecordKind::Allergy => Allergy::resource(facts, word),
        RecordKind::MedicationRequest => MedicationRequest::resource(facts, word),
        RecordKind::MedicationStatement => MedicationStatement::resource(facts, word),
        RecordKind::Immunization => Immunization::resource(facts, word),
        RecordKind::Vital => Vital::resource(facts, word),
        RecordKind::Encounter => Encounter::resource(facts, word),
        RecordKind::VisitNote => VisitNote::resource(facts, word),
        RecordKind::Order => Order::resource(facts, word),
        RecordKind::TestResult => TestResult::resource(facts, word),
    }
}

/// What of the policy this entry is.
#[must_use]
pub fn resource_of(row: &chart_record::Model, facts: PatientFacts) -> Resource {
    resource(row.kind, Word::of(row), facts)
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
    require(viewer, Action::Read, &resource_of(&row, facts))?;
    Ok((row, record))
}

/// Whether the viewer may read this version of this entry: asked at each delivery. What came before a note was signed, or an entry
/// shared, is told late to nobody from whom it was kept when it happened.
///
/// # Errors
/// Those of the database.
pub async fn may_see(
    state: &State,
    viewer: &Viewer,
    (row, version): (&chart_record::Model, i32),
    patient: &patient::Model,
) -> Result<bool, Fault> {
    if row.signed_version.or(row.shared_version).is_some() {
        let facts = state.facts(viewer, patient).await?;
        if version < first_version(viewer, row, facts) {
            return Ok(false);
        }
    }
    let of = |facts| resource_of(row, facts);
    state.permits(viewer, Action::Read, patient, of).await
}

/// From which version on the viewer reads the history of this entry, which they may read: what was written before a note was
/// signed is for whoever reads drafts, and before it was shared not for the patient.
#[must_use]
pub fn first_version(viewer: &Viewer, row: &chart_record::Model, facts: PatientFacts) -> i32 {
    let word = Word::of(row);
    let reads = |stage| {
        let resource = resource(row.kind, word.at(stage), facts);
        decide(viewer, Action::Read, &resource).is_allowed()
    };
    match row.signed_version {
        Some(signed) if !reads(Stage::Draft) && reads(Stage::Kept) => signed,
        _ if reads(Stage::Kept) => 1,
        _ => row.shared_version.unwrap_or(1),
    }
}

/// Whether at this version the entry was taken back from the viewer, whose chart it is in.
#[must_use]
pub fn was_taken_back(viewer: &Viewer, row: &chart_record::Model, version: i32) -> bool {
    let own = viewer.actor().and_then(|actor| actor.patient) == Some(row.patient_id);
    own && row.withdrawn_version == Some(version)
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
    let resource = resource_of(row, facts);
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
            let of = |facts| resource(kind, Word::OF_ANY, facts);
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
    resource: impl FnOnce(PatientFacts) -> Resource,
) -> Result<Granted, Fault> {
    let facts = state.facts(viewer, &**record.row()).await?;
    require(viewer, action, &resource(facts)).map_err(|fault| match fault {
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })
}

/// Whether all doctors that an entry names are in the directory.
///
/// # Errors
/// Those of the database.
pub async fn known<C: Editable>(state: &State, content: &C) -> Result<Result<(), Invalid>, Fault> {
    for (doctor, path) in content.names() {
        if state.loaders.doctors.load(doctor).await?.is_none() {
            let problem = Problem::NotGivenHere;
            let others = Vec::new();
            return Ok(Err(Invalid {
                problem,
                path,
                others,
            }));
        }
    }
    Ok(Ok(()))
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
