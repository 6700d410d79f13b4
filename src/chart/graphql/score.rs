//! The early warning score of what was measured last.

use super::codes::{EarlyWarningRisk, EarlyWarningScale};
use super::series::latest;
use crate::chart::vital::news2::{FROM_AGE, Parts, Signs};
use crate::chart::vital::{Measured, VitalCode};
use crate::graphql::{ApiResult, Ask};
use crate::patient::graphql::Patient;
use crate::patient::record;
use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};

/// What was measured longer ago says nothing of now.
const HOLDS: TimeDelta = TimeDelta::hours(24);

/// The points of each part of a score; absent for what was not measured. Whoever may see the score may read them.
#[derive(SimpleObject)]
pub struct EarlyWarningParts {
    /// 0 to 3.
    pub respiratory_rate: Option<i32>,
    /// 0 to 3.
    pub oxygen_saturation: Option<i32>,
    /// 0 for air, 2 for oxygen.
    pub oxygen: Option<i32>,
    /// 0 to 3.
    pub systolic: Option<i32>,
    /// 0 to 3.
    pub pulse: Option<i32>,
    /// 0 or 3.
    pub consciousness: Option<i32>,
    /// 0 to 3.
    pub temperature: Option<i32>,
}

/// The National Early Warning Score NEWS2 (Royal College of Physicians, 2017) of the newest readings of the last 24 hours. It
/// helps a clinician's judgement, does not stand in for it, and is not for pregnant women. The patient and doctors who treat
/// them may read it.
#[derive(SimpleObject)]
pub struct EarlyWarningScore {
    /// The points in all, 0 to 20; absent when a part was not measured.
    pub score: Option<i32>,
    /// How soon a clinician should look; absent with the score.
    pub risk: Option<EarlyWarningRisk>,
    /// The points of each part.
    pub parts: EarlyWarningParts,
    /// By which scale oxygen saturation is scored.
    pub scale: EarlyWarningScale,
    /// When the oldest reading that it is made of was taken.
    pub since: DateTime<Utc>,
}

/// The score of what was measured last; none for whoever may not read it, when nothing was measured, and for whoever is not 16.
///
/// # Errors
/// Those of the database.
pub async fn early_warning(
    ctx: &Context<'_>,
    patient: &Patient,
    scale: EarlyWarningScale,
) -> ApiResult<Option<EarlyWarningScore>> {
    let Some(vitals) = latest(ctx, patient).await? else {
        return Ok(None);
    };
    let now = ctx.state()?.clock.now();
    let born = record::birth_date(patient.face(), &ctx.state()?.vault)?;
    if now
        .date_naive()
        .years_since(born)
        .is_none_or(|age| age < FROM_AGE)
    {
        return Ok(None);
    }
    let mut signs = Signs::default();
    let mut since = None;
    for vital in &vitals {
        let vital = vital.0.says(ctx)?;
        if now - vital.measured_at > HOLDS {
            continue;
        }
        match (vital.code, vital.measured) {
            (VitalCode::RespiratoryRate, Measured::Value(rate)) => {
                signs.respiratory_rate = Some(rate)
            }
            (VitalCode::OxygenSaturation, Measured::Value(value)) => {
                signs.oxygen_saturation = Some(value)
            }
            (VitalCode::OxygenFlow, Measured::Value(flow)) => signs.on_oxygen = Some(flow > 0.0),
            (VitalCode::HeartRate, Measured::Value(rate)) => signs.pulse = Some(rate),
            (VitalCode::BodyTemperature, Measured::Value(value)) => signs.temperature = Some(value),
            (_, Measured::Pressure { systolic, .. }) => signs.systolic = Some(systolic),
            (_, Measured::Level(level)) => signs.consciousness = Some(level),
            _ => continue,
        }
        since = Some(since.map_or(vital.measured_at, |at: DateTime<Utc>| {
            at.min(vital.measured_at)
        }));
    }
    let parts = Parts::of(&signs, scale.into());
    Ok(since.map(|since| EarlyWarningScore {
        score: parts.total(),
        risk: parts.risk().map(Into::into),
        parts: EarlyWarningParts {
            respiratory_rate: parts.respiratory_rate,
            oxygen_saturation: parts.oxygen_saturation,
            oxygen: parts.oxygen,
            systolic: parts.systolic,
            pulse: parts.pulse,
            consciousness: parts.consciousness,
            temperature: parts.temperature,
        },
        scale,
        since,
    }))
}
