//! When a reading calls somebody, and whom: pure.
//!
//! The rules in words: a reading that is as far out of bounds as the clinic's setting says (or further) raises one alert, unless
//! it was taken longer ago than a day. The bounds are the patient's own where the care team has set some, and the clinic's
//! elsewhere, which are the bands of NEWS2 for whoever is 16 or older. The care team's doctors are called one after the other
//! until one takes the alert on: who leads the care, who stands in, who is asked; of equals whoever was brought in first.
//! Whoever may not read the record, or may not sign in, is passed over. When the reading turns out to be none, so does the
//! alert.

use super::vital::Vital;
use super::vital::level::Level;
use super::vital::threshold::{Limits, Measure, level_of};
use crate::vault::{DataKey, IndexKey, Place, Unreadable};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::cell::{BlindIndex, Sealed};
use entity::code::{AlertLevel, CareTeamRole, Confidentiality, Roles, UserStatus};
use entity::id::{CareTeamMemberId, DoctorId, VitalAlertId, VitalThresholdId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What was measured longer ago calls nobody.
pub const FRESH: TimeDelta = TimeDelta::hours(24);

/// How far out of bounds a reading is that calls somebody; none when it does not.
#[must_use]
pub fn raised(
    vital: &Vital,
    (born, now): (NaiveDate, DateTime<Utc>),
    least: AlertLevel,
    own: &HashMap<Measure, Limits>,
) -> Option<AlertLevel> {
    if vital.derived || now - vital.measured_at > FRESH {
        return None;
    }
    let day = vital.measured_at.date_naive();
    let age = day.years_since(born).unwrap_or(0);
    let level = match level_of((vital.code, vital.measured), age, own)? {
        Level::Normal => return None,
        Level::Abnormal => AlertLevel::Abnormal,
        Level::Critical => AlertLevel::Critical,
    };
    (level >= least).then_some(level)
}

/// A doctor of a care team, with what it depends on whether they are called.
#[derive(Clone, Debug)]
pub struct Member {
    /// The membership.
    pub id: CareTeamMemberId,
    /// Who.
    pub doctor: DoctorId,
    /// As what.
    pub role: CareTeamRole,
    /// Whether their account may sign in.
    pub status: UserStatus,
    /// What they are.
    pub roles: Roles,
    /// Up to which confidentiality they may read.
    pub clearance: Confidentiality,
}

/// Those of a care team who can be called to a patient, in their order, each once.
#[must_use]
pub fn callable(mut team: Vec<Member>, confidentiality: Confidentiality) -> Vec<DoctorId> {
    team.retain(|one| {
        let may_read = confidentiality <= one.clearance && one.roles.any_of(Roles::DOCTOR);
        may_read && one.status == UserStatus::Active
    });
    let rank = |role| match role {
        CareTeamRole::Primary => 0,
        CareTeamRole::Covering => 1,
        CareTeamRole::Consulting => 2,
    };
    team.sort_by_key(|one| (rank(one.role), one.id));
    let mut order: Vec<DoctorId> = Vec::new();
    for one in team {
        if !order.contains(&one.doctor) {
            order.push(one.doctor);
        }
    }
    order
}

/// What a care team has said of the bounds of one measure, as it lies sealed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "camelCase")]
pub struct Bounds {
    /// Of what.
    pub measure: Measure,
    /// The patient's own; none: those of the clinic hold again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Seals bounds under the patient's key.
///
/// # Errors
/// When the cipher fails, which it does for no value of this size.
pub fn seal_bounds(
    key: &DataKey,
    id: VitalThresholdId,
    bounds: &Bounds,
) -> Result<Sealed, Unreadable> {
    key.seal(Place::new("vital_threshold", "content", id.0), bounds)
}

/// Bounds as they were set.
///
/// # Errors
/// When the cell does not open.
pub fn open_bounds(
    key: &DataKey,
    id: VitalThresholdId,
    cell: &Sealed,
) -> Result<Bounds, Unreadable> {
    key.open(Place::new("vital_threshold", "content", id.0), cell)
}

/// What bounds of this measure are found by.
#[must_use]
pub fn measure_tag(index: &IndexKey, measure: Measure) -> BlindIndex {
    let tag = index.tag("vital threshold", measure.loinc().as_bytes());
    BlindIndex(tag.to_vec())
}

/// Where the note on an alert lies.
#[must_use]
pub fn note_place(id: VitalAlertId) -> Place {
    Place::new("vital_alert", "note", id.0)
}

#[cfg(test)]
mod tests;
