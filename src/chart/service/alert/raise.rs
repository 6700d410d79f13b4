//! Raising alerts in the transaction of the readings that cause them.

use super::told;
use crate::chart::alert::{self, callable, open_bounds};
use crate::chart::store::{alert as store, threshold};
use crate::chart::vital::Vital;
use crate::chart::vital::threshold::{Limits, Measure};
use crate::db::Tx;
use crate::error::Fault;
use crate::event::log::Fact;
use crate::patient::{PatientRecord, record};
use crate::state::State;
use crate::vault::{DataKey, Unreadable};
use chrono::{NaiveDate, TimeDelta};
use entity::code::{AlertLevel, AlertStatus, EventKind};
use entity::id::{PatientId, RecordId, VitalAlertId};
use entity::{vital_alert, vital_threshold};
use std::collections::HashMap;
use std::sync::Arc;

/// What is looked at of readings that are about to be written.
pub struct Watch {
    patient: PatientId,
    key: Arc<DataKey>,
    born: NaiveDate,
    /// How far out of bounds a reading must be to call somebody.
    least: AlertLevel,
    /// When the next is called.
    pause: TimeDelta,
    /// What was read, each with the id of the alert that it would raise.
    readings: Vec<(RecordId, VitalAlertId, Vital)>,
}

impl Watch {
    /// Over these readings of a patient.
    pub fn over(
        state: &State,
        patient: &PatientRecord,
        readings: Vec<(RecordId, Vital)>,
    ) -> Result<Self, Unreadable> {
        let with_id = |(record, vital)| (record, state.clock.new_id(), vital);
        Ok(Self {
            patient: patient.id(),
            key: Arc::clone(patient.key(&state.vault)?),
            born: record::birth_date(patient.face(), &state.vault)?,
            least: state.rules.alerts_from,
            pause: state.rules.alert_pause,
            readings: readings.into_iter().map(with_id).collect(),
        })
    }
}

/// The bounds that hold for a patient, by their newest versions; `rows` are in the order of those.
pub fn bounds(
    key: &DataKey,
    rows: &[vital_threshold::Model],
) -> Result<HashMap<Measure, Limits>, Unreadable> {
    let mut newest = HashMap::new();
    for row in rows {
        newest.insert(row.measure_index.0.clone(), row);
    }
    let mut own = HashMap::new();
    for row in newest.into_values() {
        let bounds = open_bounds(key, row.id, &row.content)?;
        own.extend(bounds.limits.map(|limits| (bounds.measure, limits)));
    }
    Ok(own)
}

/// Raises an alert for each reading that calls somebody, and calls the first of the care team; what is to be told of it. The
/// readings have been written in this transaction.
pub async fn raise(tx: &Tx, watch: &Watch) -> Result<Vec<Fact>, Fault> {
    let rows = threshold::of(tx, watch.patient).await?;
    let own = bounds(&watch.key, &rows)?;
    let now = tx.clock().now();
    let raised = watch.readings.iter().filter_map(|(record, id, vital)| {
        let level = alert::raised(vital, (watch.born, now), watch.least, &own)?;
        Some((*record, *id, level))
    });
    let raised: Vec<_> = raised.collect();
    if raised.is_empty() {
        return Ok(Vec::new());
    }
    let (confidentiality, team) = store::team(tx, watch.patient).await?;
    let first = callable(team, confidentiality).into_iter().next();
    if first.is_none() {
        tracing::warn!(patient.id = %watch.patient, "An alert was raised and there is nobody of the care team to call");
    }
    let mut facts = Vec::with_capacity(raised.len());
    for (record, id, level) in raised {
        let row = vital_alert::Model {
            id,
            patient_id: watch.patient,
            record_id: record,
            level,
            status: AlertStatus::Open,
            raised_at: now,
            due_at: now.checked_add_signed(watch.pause),
            acknowledged_at: None,
            acknowledged_by: None,
            note: None,
            closed_at: None,
            version: 1,
        };
        store::insert(tx, row, first).await?;
        facts.push(told(EventKind::AlertRaised, (id, watch.patient, 1), first));
    }
    Ok(facts)
}
