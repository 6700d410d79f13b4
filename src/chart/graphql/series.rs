//! Vital signs over time.

use super::codes::VitalCode;
use super::entry::Entry;
use super::lists::key;
use super::vital::{Vital, VitalConnection, parts, quantity};
use crate::access::Resource;
use crate::chart::sealed::code_tag;
use crate::chart::vital::trend::{self, thinned};
use crate::chart::vital::{self, Measured};
use crate::doctor::graphql::Coding;
use crate::error::Fault;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked};
use crate::patient::graphql::Patient;

use crate::loaders::{MOST_READINGS, Records};
use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use entity::chart_record;
use entity::code::{RecordSource, RecordStatus};
use std::sync::Arc;

/// How far back a series goes when nobody says.
const UNSAID: TimeDelta = TimeDelta::days(365);

/// What was measured in a stretch of time. Whoever may see the series may read it.
#[derive(SimpleObject)]
pub struct VitalPoint {
    /// When the first reading of it was taken.
    pub from: DateTime<Utc>,
    /// When the last was.
    pub to: DateTime<Utc>,
    /// How many there are.
    pub count: i32,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
}

impl From<trend::Point> for VitalPoint {
    fn from(point: trend::Point) -> Self {
        Self {
            from: point.from,
            to: point.to,
            count: i32::try_from(point.count).unwrap_or(i32::MAX),
            min: point.min,
            max: point.max,
            mean: point.mean,
        }
    }
}

/// A line of a series: one number over time. Whoever may see the series may read it.
#[derive(SimpleObject)]
pub struct VitalLine {
    /// What the number is.
    pub coding: Coding,
    /// At most 200 points, in the order of their times: one a reading, or where there are more, one for each of 200 even
    /// stretches of time that has any.
    pub points: Vec<VitalPoint>,
}

/// Readings that the viewer may see.
pub struct VitalSeries {
    code: vital::VitalCode,
    rows: Records,
    patient: Patient,
}

/// Vital signs of one kind over time. The patient and doctors who treat them may read it.
#[Object]
impl VitalSeries {
    /// What was measured. Whoever may see the series may read it.
    async fn code(&self) -> VitalCode {
        self.code.into()
    }

    /// The UCUM code of the unit; absent where there is none. Whoever may see the series may read it.
    async fn unit(&self) -> Option<&'static str> {
        Some(self.code.unit()).filter(|unit| !unit.is_empty())
    }

    /// The readings as lines, thinned: one, or for blood pressure two; none for the level of consciousness. What was entered in
    /// error is left out. Whoever may see the series may read it.
    async fn lines(&self, ctx: &Context<'_>) -> ApiResult<Vec<VitalLine>> {
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for entry in self.valid() {
            let vital = entry.says(ctx)?;
            let at = vital.measured_at;
            if let Measured::Pressure {
                systolic,
                diastolic,
            } = vital.measured
            {
                one.push((at, systolic));
                other.push((at, diastolic));
            }
            one.extend(quantity(vital.measured).map(|value| (at, value)));
        }
        let line = |coding: Coding, readings: &[_]| VitalLine {
            coding,
            points: thinned(readings).into_iter().map(Into::into).collect(),
        };
        Ok(match self.code {
            vital::VitalCode::Consciousness => Vec::new(),
            vital::VitalCode::BloodPressure => {
                let [systolic, diastolic] = parts();
                vec![line(systolic, &one), line(diastolic, &other)]
            }
            code => {
                let first = code.codings().into_iter().next();
                first
                    .map(|coding| line(coding.into(), &one))
                    .into_iter()
                    .collect()
            }
        })
    }

    /// The readings themselves, in the order of their times, those entered in error left out; give `last` for the newest.
    /// Whoever may see the series may read them.
    async fn readings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<VitalConnection> {
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let rows: Vec<_> = self.valid().map(|entry| entry.row).collect();
        let page = Page::within(&window, &rows, key, |row| {
            Vital::shown(Entry::new(Arc::clone(row), self.patient.clone()))
        });
        Ok(VitalConnection(page))
    }
}

impl VitalSeries {
    fn valid(&self) -> impl Iterator<Item = Entry<vital::Vital>> {
        let valid = |row: &&Arc<chart_record::Model>| row.status != RecordStatus::EnteredInError;
        let rows = self.rows.iter().filter(valid);
        rows.map(|row| Entry::new(Arc::clone(row), self.patient.clone()))
    }
}

/// Whether the viewer may read this patient's vital signs.
pub(super) async fn readable(ctx: &Context<'_>, patient: &Patient) -> ApiResult<bool> {
    let resource = |facts| Resource::Vitals(facts, RecordSource::Clinic);
    Ok(patient.readable(ctx, resource).await?.is_some())
}

/// Vital signs of one code in a stretch of time; none for whoever may not read them.
///
/// # Errors
/// BAD_REQUEST when the stretch ends before it begins or has more readings than are looked at; those of the database.
pub async fn series(
    ctx: &Context<'_>,
    patient: &Patient,
    code: VitalCode,
    (from, to): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
) -> ApiResult<Option<VitalSeries>> {
    let state = ctx.state()?;
    // A moment more than now, rounded to the minute, so that patients of whom the same is asked share a statement.
    let soon = state.clock.now() + TimeDelta::minutes(10);
    let soon = soon - TimeDelta::seconds(soon.timestamp().rem_euclid(60));
    let soon = soon - TimeDelta::nanoseconds(i64::from(soon.timestamp_subsec_nanos()));
    let to = to.unwrap_or(soon);
    let from = from.unwrap_or_else(|| to.checked_sub_signed(UNSAID).unwrap_or(to));
    if to < from {
        return Err(Fault::BadRequest("`to` comes before `from`.").into());
    }
    if !readable(ctx, patient).await? {
        return Ok(None);
    }
    let code = code.into();
    let range = (
        patient.face().id,
        code_tag(state.vault.index(), code),
        from,
        to,
    );
    let rows = state
        .loaders
        .charts
        .readings
        .load(range)
        .await?
        .unwrap_or_default();
    if rows.len() > MOST_READINGS {
        const MANY: Fault =
            Fault::BadRequest("There are more than 10,000 readings; ask for a shorter time.");
        return Err(MANY.into());
    }
    Ok(Some(VitalSeries {
        code,
        rows,
        patient: patient.clone(),
    }))
}

/// The newest reading of each code; none for whoever may not read them.
///
/// # Errors
/// Those of the database.
pub async fn latest(ctx: &Context<'_>, patient: &Patient) -> ApiResult<Option<Vec<Vital>>> {
    if !readable(ctx, patient).await? {
        return Ok(None);
    }
    let rows = ctx
        .state()?
        .loaders
        .charts
        .latest
        .load(patient.face().id)
        .await?;
    let rows = rows.unwrap_or_default();
    let vitals = rows
        .iter()
        .map(|row| Vital::shown(Entry::new(Arc::clone(row), patient.clone())));
    Ok(Some(vitals.collect()))
}
