//! The bounds of vital signs as clients see them.

use super::entry::doctor_of;
use crate::access::Resource;
use crate::chart::alert::{Bounds, open_bounds};
use crate::chart::vital::news2::FROM_AGE;
use crate::chart::vital::threshold::{self, Limits};
use crate::doctor::graphql::Doctor;
use crate::graphql::{ApiResult, Ask, nullable};
use crate::patient::graphql::Patient;
use crate::patient::record;
use async_graphql::{Context, Enum, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::id::UserId;
use std::collections::HashMap;

/// What bounds can be set for.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "threshold::Measure")]
pub enum VitalMeasure {
    /// LOINC 8480-6, in `mm[Hg]`.
    Systolic,
    /// LOINC 8462-4, in `mm[Hg]`.
    Diastolic,
    /// LOINC 8867-4, in `/min`.
    HeartRate,
    /// LOINC 9279-1, in `/min`.
    RespiratoryRate,
    /// LOINC 59408-5, in `%`.
    OxygenSaturation,
    /// LOINC 8310-5, in `Cel`.
    BodyTemperature,
    /// LOINC 29463-7, in `kg`.
    BodyWeight,
}

/// Bounds in the unit of the measure: what is absent bounds nothing. They go up in this order.
#[derive(InputObject)]
pub struct VitalLimitsInput {
    /// Critical at this and below.
    pub critical_at_most: Option<f64>,
    /// Abnormal at this and below.
    pub abnormal_at_most: Option<f64>,
    /// Abnormal at this and above.
    pub abnormal_at_least: Option<f64>,
    /// Critical at this and above.
    pub critical_at_least: Option<f64>,
}

impl From<VitalLimitsInput> for Limits {
    fn from(input: VitalLimitsInput) -> Self {
        Self {
            critical_at_most: input.critical_at_most,
            abnormal_at_most: input.abnormal_at_most,
            abnormal_at_least: input.abnormal_at_least,
            critical_at_least: input.critical_at_least,
        }
    }
}

/// The bounds that hold for a patient.
pub struct VitalThreshold {
    measure: threshold::Measure,
    limits: Limits,
    is_own: bool,
    reason: Option<String>,
    version: i32,
    recorded: Option<(DateTime<Utc>, Option<UserId>)>,
}

/// The bounds by which readings of one measure raise alerts: the patient's own, or the clinic's, which are the bands of NEWS2
/// (Royal College of Physicians, 2017) and hold for whoever is 16 or older. They need a clinician's sign-off before anybody
/// relies on them. The patient and doctors who treat them may read them; doctors of the care team may set them.
#[Object]
impl VitalThreshold {
    /// Of what. Whoever may see the bounds may read it.
    async fn measure(&self) -> VitalMeasure {
        self.measure.into()
    }

    /// The UCUM code of their unit. Whoever may see the bounds may read it.
    async fn unit(&self) -> &'static str {
        self.measure.code().unit()
    }

    /// Critical at this and below. Whoever may see the bounds may read it.
    async fn critical_at_most(&self) -> Option<f64> {
        self.limits.critical_at_most
    }

    /// Abnormal at this and below. Whoever may see the bounds may read it.
    async fn abnormal_at_most(&self) -> Option<f64> {
        self.limits.abnormal_at_most
    }

    /// Abnormal at this and above. Whoever may see the bounds may read it.
    async fn abnormal_at_least(&self) -> Option<f64> {
        self.limits.abnormal_at_least
    }

    /// Critical at this and above. Whoever may see the bounds may read it.
    async fn critical_at_least(&self) -> Option<f64> {
        self.limits.critical_at_least
    }

    /// Whether they are the patient's own, and not the clinic's. Whoever may see the bounds may read it.
    async fn own(&self) -> bool {
        self.is_own
    }

    /// Why they were set, or set back, if somebody said so. Whoever may see the bounds may read it.
    async fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Counts how often they were set, from 0; give it as `expectedVersion` to set them. Whoever may see the bounds may read it.
    async fn version(&self) -> i32 {
        self.version
    }

    /// When they were set last. Whoever may see the bounds may read it.
    async fn recorded_at(&self) -> Option<DateTime<Utc>> {
        self.recorded.map(|(at, _)| at)
    }

    /// The doctor who set them last. Whoever may see the bounds may read it.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Option<ApiResult<Doctor>> {
        let user = self.recorded.and_then(|(_, user)| user);
        nullable(doctor_of(ctx, user)).await
    }
}

/// The bounds that hold for a patient, of every measure; none for whoever may not read them.
///
/// # Errors
/// Those of the database.
pub async fn thresholds(ctx: &Context<'_>, patient: &Patient) -> ApiResult<Vec<VitalThreshold>> {
    if patient.readable(ctx, Resource::Alerts).await?.is_none() {
        return Ok(Vec::new());
    }
    let state = ctx.state()?;
    let rows = state.loaders.charts.thresholds.load(patient.face().id);
    let rows = rows.await?.unwrap_or_default();
    let key = patient.face().key(&state.vault)?;
    // In the order of their versions: the last of each measure holds.
    let mut newest = HashMap::new();
    for row in rows.iter() {
        newest.insert(row.measure_index.0.as_slice(), row);
    }
    let mut set = HashMap::new();
    for row in newest.into_values() {
        let bounds: Bounds = open_bounds(key, row.id, &row.content)?;
        set.insert(bounds.measure, (row, bounds));
    }
    let born = record::birth_date(patient.face(), &state.vault)?;
    let age = state.clock.now().date_naive().years_since(born);
    let is_grown = age.is_some_and(|age| age >= FROM_AGE);
    let all = threshold::Measure::ALL.into_iter().map(|measure| {
        let said = set.remove(&measure);
        let own = said.as_ref().and_then(|(_, bounds)| bounds.limits);
        let of_the_clinic = is_grown.then(|| Limits::of_the_clinic(measure));
        VitalThreshold {
            measure,
            limits: own.or(of_the_clinic).unwrap_or_default(),
            is_own: own.is_some(),
            version: said.as_ref().map_or(0, |(row, _)| row.version),
            recorded: said
                .as_ref()
                .map(|(row, _)| (row.recorded_at, row.recorded_by)),
            reason: said.and_then(|(_, bounds)| bounds.reason),
        }
    });
    Ok(all.collect())
}
