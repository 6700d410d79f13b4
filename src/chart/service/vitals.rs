//! Recording vital signs that were taken together.

use super::alert::{Watch, raise};
use super::{authority, changed, tell, word};
use crate::access::{Action, Resource, Viewer, require};
use crate::chart::content::{note, past};
use crate::chart::sealed::{NewRecord, open};
use crate::chart::store;
use crate::chart::vital::{
    Consciousness, Measured, Vital, VitalCode, body_mass_index, plausible, pressure, unit,
};
use crate::error::{Fault, Outcome};
use crate::idempotency;
use crate::patient::PatientRecord;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::{At as _, Checks, Invalid, Problem};
use crate::patient::service::find_patient;
use crate::patient::store::stays;
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use entity::chart_record;
use entity::code::{RecordKind, RecordSource, RecordStatus};
use entity::id::{PanelId, PatientId};
use serde::Serialize;
use std::sync::Arc;

/// A height that was measured so long ago still goes with a weight of today.
const HEIGHT_HOLDS: TimeDelta = TimeDelta::days(365);

/// Record vital signs.
#[derive(Clone, Serialize)]
pub struct RecordVitals {
    /// Whose.
    #[serde(serialize_with = "id_text")]
    pub patient: PatientId,
    /// When they were taken; now when absent.
    pub measured_at: Option<DateTime<Utc>>,
    /// What was found.
    pub taken: Taken,
    /// What else there is to say, of each of them.
    pub note: Option<String>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// What was found; at least one of them.
#[derive(Clone, Default, Serialize)]
pub struct Taken {
    /// Systolic and diastolic.
    pub blood_pressure: Option<(f64, f64, unit::Pressure)>,
    /// Beats a minute.
    pub heart_rate: Option<f64>,
    /// Breaths a minute.
    pub respiratory_rate: Option<f64>,
    /// Per cent.
    pub oxygen_saturation: Option<f64>,
    /// Of the body.
    pub temperature: Option<(f64, unit::Temperature)>,
    /// Of the body.
    pub weight: Option<(f64, unit::Weight)>,
    /// Of the body.
    pub height: Option<(f64, unit::Length)>,
    /// Litres a minute; 0 is air.
    pub oxygen_flow: Option<f64>,
    /// How awake they are.
    pub consciousness: Option<Consciousness>,
}

/// Why they are not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordVitalsRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for RecordVitalsRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// A reading that is taken: what, what was found, and what was written down when that was in another unit.
type Reading = (VitalCode, Measured, Option<String>);

fn value(code: VitalCode, value: f64) -> Result<Reading, Problem> {
    Ok((code, Measured::Value(plausible(code, value)?), None))
}

fn converted(code: VitalCode, given: f64, kept: f64, unit: &str) -> Result<Reading, Problem> {
    let (code, measured, _) = value(code, kept)?;
    let given = (unit != code.unit()).then(|| format!("{given} {unit}"));
    Ok((code, measured, given))
}

fn blood_pressure((high, low, unit): (f64, f64, unit::Pressure)) -> Result<Reading, Problem> {
    let measured = pressure(unit.kept(high), unit.kept(low))?;
    let code = VitalCode::BloodPressure;
    let given = (unit.code() != code.unit()).then(|| format!("{high}/{low} {}", unit.code()));
    Ok((code, measured, given))
}

/// What was found, in the units that are kept, in the order of the panel.
///
/// # Errors
/// All that no body has; or that there is nothing.
fn readings(taken: &Taken) -> Result<Vec<Reading>, Invalid> {
    use VitalCode::{
        BodyHeight, BodyTemperature, BodyWeight, HeartRate, OxygenFlow, OxygenSaturation,
        RespiratoryRate,
    };
    let plain = |code, given: Option<f64>| given.map(|given| value(code, given)).transpose();
    let pressure = taken.blood_pressure.map(blood_pressure).transpose();
    let temperature = taken
        .temperature
        .map(|(given, unit)| converted(BodyTemperature, given, unit.kept(given), unit.code()));
    let weight = taken
        .weight
        .map(|(given, unit)| converted(BodyWeight, given, unit.kept(given), unit.code()));
    let height = taken
        .height
        .map(|(given, unit)| converted(BodyHeight, given, unit.kept(given), unit.code()));
    let level = taken
        .consciousness
        .map(|level| (VitalCode::Consciousness, Measured::Level(level), None));
    let mut checks = Checks::default();
    let all = [
        checks.take(pressure.at("bloodPressure")),
        checks.take(plain(HeartRate, taken.heart_rate).at("heartRate")),
        checks.take(plain(RespiratoryRate, taken.respiratory_rate).at("respiratoryRate")),
        checks.take(plain(OxygenSaturation, taken.oxygen_saturation).at("oxygenSaturation")),
        checks.take(temperature.transpose().at("temperature")),
        checks.take(weight.transpose().at("weight")),
        checks.take(height.transpose().at("height")),
        checks.take(plain(OxygenFlow, taken.oxygen_flow).at("oxygenFlow")),
    ];
    let mut readings = checks.end(|| {
        let all: Option<Vec<Option<Reading>>> = all.into_iter().collect();
        Some(all?.into_iter().flatten().collect::<Vec<_>>())
    })?;
    readings.extend(level);
    match readings.is_empty() {
        true => Err(Problem::Blank.into()),
        false => Ok(readings),
    }
}

fn found(readings: &[Reading], code: VitalCode) -> Option<f64> {
    readings.iter().find_map(|reading| match reading {
        (this, Measured::Value(value), _) if *this == code => Some(*value),
        _ => None,
    })
}

/// The body mass index of a weight that was taken, with the height that was taken with it or lately.
async fn derived(
    state: &State,
    patient: &PatientRecord,
    readings: &[Reading],
    at: DateTime<Utc>,
) -> Result<Option<f64>, Fault> {
    let Some(weight) = found(readings, VitalCode::BodyWeight) else {
        return Ok(None);
    };
    if let Some(height) = found(readings, VitalCode::BodyHeight) {
        return Ok(body_mass_index(weight, height));
    }
    let latest = state.loaders.charts.latest.load(patient.id()).await?;
    for row in latest.iter().flat_map(|rows| rows.iter()) {
        let vital: Vital = open(patient.face(), &state.vault, row)?;
        let holds = (at - vital.measured_at).abs() <= HEIGHT_HOLDS;
        if let (VitalCode::BodyHeight, Measured::Value(height), true) =
            (vital.code, vital.measured, holds)
        {
            return Ok(body_mass_index(weight, height));
        }
    }
    Ok(None)
}

/// Records vital signs that were taken together; the answer names the panel that they make up.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the patient, forbidden when they may not do this.
pub async fn record_vitals(
    state: &State,
    viewer: &Viewer,
    command: RecordVitals,
) -> Outcome<PanelId, RecordVitalsRefusal> {
    let user = viewer.signed_in()?.user;
    let patient = find_patient(state, viewer, command.patient).await?;
    let source = word(viewer, patient.id());
    let what = |facts| Resource::Vitals(facts, source);
    let granted = authority(state, viewer, &patient, Action::Create, what).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "recordVitals", key, &command)?;
    let now = state.clock.now();
    let measured_at = command.measured_at.unwrap_or(now);
    let measured_at = crate::accept!(past(measured_at, now).at("measuredAt"));
    let note = crate::accept!(note(command.note.as_ref()).at("note"));
    let mut readings = crate::accept!(readings(&command.taken));
    let own = readings.len();
    let index = derived(state, &patient, &readings, measured_at).await?;
    readings.extend(index.map(|index| {
        let measured = Measured::Value(index);
        (VitalCode::BodyMassIndex, measured, None)
    }));
    let panel: PanelId = state.clock.new_id();
    let mut sealed = Vec::with_capacity(readings.len());
    let mut watched = Vec::with_capacity(readings.len());
    for (place, (code, measured, given)) in readings.into_iter().enumerate() {
        let new = NewRecord {
            id: state.clock.new_id(),
            version: state.clock.new_id(),
            patient: patient.id(),
            content: Vital {
                code,
                status: RecordStatus::Final,
                measured,
                given,
                measured_at,
                derived: place >= own,
                note: note.clone(),
            },
            source,
            recorded_by: Some(user),
        };
        watched.push((new.id, new.content.clone()));
        let (vault, key) = (&state.vault, patient.key(&state.vault)?);
        sealed.push(new.seal_in(panel, vault.index(), key, now)?);
    }
    let watch = Watch::over(state, &patient, watched)?;
    let patient = patient.id();
    let shared = Arc::new((sealed, watch, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (sealed, watch, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    panel.0,
                    RecordVitalsRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(PanelId(id)));
                }
                stays(tx, patient).await?;
                let _is_no_visit = store::insert(tx, granted, sealed.clone()).await?;
                let facts = sealed
                    .iter()
                    .map(|one| changed(RecordKind::Vital, patient, one.record.id, 1));
                let facts: Vec<_> = facts.collect();
                let raised = raise(tx, watch).await?;
                tell(tx, patient, facts, raised).await?;
                Ok(Ok(panel))
            })
        })
        .await
}

/// The vital signs that were taken together, for whoever may read them.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the patient or may not read their vital signs.
pub async fn panel(
    state: &State,
    viewer: &Viewer,
    patient: PatientId,
    panel: PanelId,
) -> Result<(Vec<Arc<chart_record::Model>>, PatientRecord), Fault> {
    let record = find_patient(state, viewer, patient).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    let resource = Resource::Vitals(facts, RecordSource::Clinic);
    let granted = require(viewer, Action::Read, &resource)?;
    let rows = store::panel(&state.db, granted, patient, panel).await?;
    Ok((rows, record))
}
