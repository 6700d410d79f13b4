//! The newest reading of each vital sign, and where it is going.

use crate::chart::graphql::entry::Entry;
use crate::chart::graphql::series::{VitalPoint, readable};
use crate::chart::graphql::vital::{Vital, quantity};
use crate::chart::vital::course::{self, course};
use crate::chart::vital::trend::thinned;
use crate::chart::vital::{self, Measured};
use crate::graphql::{ApiResult, Ask};
use crate::patient::graphql::Patient;
use async_graphql::{Context, Enum, SimpleObject};
use chrono::{DateTime, Utc};
use entity::chart_record;
use std::sync::Arc;

/// Where a vital sign is going: the newest reading beside the mean of the up to nine before it. It is arithmetic and no
/// finding; a clinic's own thresholds need a clinician's signature.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "course::Course")]
pub enum VitalCourse {
    /// The newest is more than 5 per cent above that mean.
    Rising,
    /// It is more than 5 per cent below.
    Falling,
    /// Neither.
    Steady,
}

/// A vital sign at a glance: its newest reading, and where it is going. Whoever may see the reading may read it.
#[derive(SimpleObject)]
pub struct VitalGlance {
    /// The newest reading.
    pub latest: Vital,
    /// Where it is going; of a blood pressure, the systolic. Absent when there is no earlier reading, and where there is no
    /// number.
    pub course: Option<VitalCourse>,
    /// The up to ten newest readings, the oldest first; of a blood pressure, the systolic.
    pub points: Vec<VitalPoint>,
}

fn number(vital: &vital::Vital) -> Option<(DateTime<Utc>, f64)> {
    let value = match vital.measured {
        Measured::Pressure { systolic, .. } => Some(systolic),
        measured => quantity(measured),
    };
    value.map(|value| (vital.measured_at, value))
}

fn glance(
    ctx: &Context<'_>,
    patient: &Patient,
    rows: &[Arc<chart_record::Model>],
) -> ApiResult<Option<VitalGlance>> {
    let Some(newest) = rows.last() else {
        return Ok(None);
    };
    let mut readings = Vec::with_capacity(rows.len());
    for row in rows {
        let entry: Entry<vital::Vital> = Entry::new(Arc::clone(row), patient.clone());
        readings.extend(number(entry.says(ctx)?));
    }
    let values: Vec<f64> = readings.iter().map(|(_, value)| *value).collect();
    Ok(Some(VitalGlance {
        latest: Vital::shown(Entry::new(Arc::clone(newest), patient.clone())),
        course: course(&values).map(Into::into),
        points: thinned(&readings).into_iter().map(Into::into).collect(),
    }))
}

/// Each vital sign of a patient at a glance; none for whoever may not read them.
pub(super) async fn glances(ctx: &Context<'_>, patient: &Patient) -> ApiResult<Vec<VitalGlance>> {
    if !readable(ctx, patient).await? {
        return Ok(Vec::new());
    }
    let recent = &ctx.state()?.loaders.charts.recent;
    let rows = recent.load(patient.face().id).await?.unwrap_or_default();
    let mut all = Vec::new();
    // They come kind by kind.
    for rows in rows.chunk_by(|one, other| one.code_index == other.code_index) {
        all.extend(glance(ctx, patient, rows)?);
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.latest.0.row.effective_at));
    Ok(all)
}
