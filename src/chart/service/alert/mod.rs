//! Alerts: raised with the reading, taken on by who treats the patient, passed on when nobody does.

mod acknowledge;
mod escalate;
mod raise;

pub use acknowledge::{AcknowledgeAlert, AcknowledgeAlertRefusal, acknowledge_alert};
pub use escalate::{escalate, escalate_due};
pub(super) use raise::{Watch, raise};

use crate::access::{Action, Granted, Permit, Resource, Viewer, look, require};
use crate::chart::store::alert as store;
use crate::db::Tx;
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::Fact;
use crate::patient::PatientRecord;
use crate::patient::service::find_patient;
use crate::state::State;
use entity::code::EventKind;
use entity::id::{DoctorId, PatientId, RecordId, VitalAlertId};
use entity::{patient, vital_alert};
use std::sync::Arc;

/// The alert with its patient, if the viewer may read it.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that they may know of.
pub async fn find_alert(
    state: &State,
    viewer: &Viewer,
    id: VitalAlertId,
) -> Result<(Arc<vital_alert::Model>, PatientRecord), Fault> {
    viewer.signed_in()?;
    let row = state.loaders.charts.alerts.load(id).await?;
    let row = row.ok_or(Fault::NotFound)?;
    let record = find_patient(state, viewer, row.patient_id).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    require(viewer, Action::Read, &Resource::Alerts(facts))?;
    Ok((row, record))
}

/// Whether the viewer may read this patient's alerts: asked at each delivery.
///
/// # Errors
/// Those of the database.
pub async fn may_see_alert(
    state: &State,
    viewer: &Viewer,
    patient: &patient::Model,
) -> Result<bool, Fault> {
    let permits = state.permits(viewer, Action::Read, patient, Resource::Alerts);
    permits.await
}

/// The same for a doctor who was called as one of the patient's care team.
///
/// # Errors
/// Those of the database.
pub async fn may_see_called(
    state: &State,
    viewer: &Viewer,
    patient: &patient::Model,
) -> Result<bool, Fault> {
    let facts = state.facts(viewer, patient).await?;
    let may = look(viewer, Action::Read, &Resource::Alerts(facts)).is_allowed();
    Ok(facts.care_team && may)
}

/// Leave to follow this patient's alerts, if the viewer has it.
///
/// # Errors
/// Those of the database.
pub async fn may_follow_alerts(
    state: &State,
    viewer: &Viewer,
    patient: PatientId,
) -> Result<Option<Permit>, Fault> {
    match state.loaders.patients.load(patient).await? {
        None => Ok(None),
        Some(row) => {
            state
                .permit(viewer, Action::Read, &*row, Resource::Alerts)
                .await
        }
    }
}

/// What happened to an alert, for the patient, the clinic and those who were called to it: whoever has not been called is not told.
fn told(
    kind: EventKind,
    (id, patient, version): (VitalAlertId, PatientId, i32),
    called: impl IntoIterator<Item = DoctorId>,
) -> Fact {
    let mut streams = vec![Stream::Clinic, Stream::Patient(patient)];
    streams.extend(called.into_iter().map(Stream::Doctor));
    Fact {
        kind,
        subject: id.0,
        version,
        streams,
    }
}

/// What is told of these alerts, which are as they are now.
async fn facts_of(
    tx: &Tx,
    kind: EventKind,
    rows: &[vital_alert::Model],
) -> Result<Vec<Fact>, Fault> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = rows.iter().map(|row| row.id).collect();
    let calls = store::called(tx, ids).await?;
    let fact = |row: &vital_alert::Model| {
        let of_it = calls.iter().filter(|call| call.alert_id == row.id);
        let called: Vec<_> = of_it.map(|call| call.doctor_id).collect();
        told(kind, (row.id, row.patient_id, row.version), called)
    };
    Ok(rows.iter().map(fact).collect())
}

/// Closes what these readings have raised, and says so: the facts, to be appended last.
pub(super) async fn close(
    tx: &Tx,
    granted: Granted,
    records: Vec<RecordId>,
) -> Result<Vec<Fact>, Fault> {
    let closed = store::close(tx, granted, records).await?;
    facts_of(tx, EventKind::AlertClosed, &closed).await
}
