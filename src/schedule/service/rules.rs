//! Hours that come again each week: adding, changing, ending.

use super::check::{days, ordered};
use super::{Change, HoursRefusal, When, keeper, write};
use crate::accept;
use crate::access::Viewer;
use crate::error::{Fault, Outcome};
use crate::idempotency::{self, Claim};
use crate::patient::digest::{claim_of, id_text};
use crate::state::State;
use chrono::NaiveDate;
use entity::availability_rule as rule;
use entity::code::{OnlyFor, Weekdays};
use entity::id::{AvailabilityRuleId, DoctorId};
use serde::Serialize;

/// How far apart visits begin when nobody says.
const USUAL_STEP: i32 = 15;

/// Add hours to a doctor's week.
#[derive(Clone, Serialize)]
pub struct AddRule {
    /// Whose.
    #[serde(serialize_with = "id_text")]
    pub doctor: DoctorId,
    /// On which days, as bits.
    pub weekdays: i32,
    /// Which part of the day.
    pub when: When,
    /// The first day; today in the rule's zone when absent.
    pub valid_from: Option<NaiveDate>,
    /// The last day; none when absent.
    pub valid_until: Option<NaiveDate>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Change this of a rule; what is absent stays.
#[derive(Clone, Serialize)]
pub struct UpdateRule {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub rule: AvailabilityRuleId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// On which days, as bits.
    pub weekdays: Option<i32>,
    /// Which part of the day.
    pub when: When,
    /// The first day.
    pub valid_from: Option<NaiveDate>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Let a rule end.
#[derive(Clone, Serialize)]
pub struct EndRule {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub rule: AvailabilityRuleId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// The last day; a day before the first takes the rule away.
    pub last_day: NaiveDate,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

fn weekdays(bits: i32) -> Result<Weekdays, HoursRefusal> {
    if (1..=127).contains(&bits) {
        Ok(Weekdays(bits))
    } else {
        Err(HoursRefusal::InvalidWeekdays)
    }
}

/// Adds hours to a doctor's week.
///
/// # Errors
/// Those of the database; not found or forbidden for whoever may not keep the doctor's hours.
pub async fn add_rule(
    state: &State,
    viewer: &Viewer,
    command: AddRule,
) -> Outcome<AvailabilityRuleId, HoursRefusal> {
    let user = viewer.signed_in()?.user;
    let granted = keeper(state, viewer, command.doctor).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "addAvailabilityRule", key, &command)?;
    let id: AvailabilityRuleId = state.clock.new_id();
    let row = new_rule(state, &command, id, user).await?;
    let change = row.map(Change::AddRule);
    let doctor = command.doctor;
    let written = write(state, viewer, (granted, doctor), claim, change, id.0).await?;
    Ok(written.map(AvailabilityRuleId))
}

async fn new_rule(
    state: &State,
    command: &AddRule,
    id: AvailabilityRuleId,
    user: entity::id::UserId,
) -> Outcome<rule::Model, HoursRefusal> {
    let when = accept!(command.when.checked(state).await?);
    let doctor = state.loaders.doctors.load(command.doctor).await?;
    let zone = when.zone.or(doctor.map(|doctor| doctor.zone.clone()));
    let zone = zone.ok_or(Fault::NotFound)?;
    let now = state.clock.now();
    let today = now.with_timezone(&zone.parse().unwrap_or(chrono_tz::UTC));
    let row = rule::Model {
        id,
        doctor_id: command.doctor,
        weekdays: accept!(weekdays(command.weekdays)),
        from_minute: when.from.unwrap_or_default(),
        until_minute: when.until.unwrap_or(1440),
        step: when.step.unwrap_or(USUAL_STEP),
        zone,
        valid_from: command.valid_from.unwrap_or(today.date_naive()),
        valid_until: command.valid_until,
        visit_types: OnlyFor(when.only.unwrap_or_default()),
        location: when.location.flatten(),
        version: 1,
        created_at: now,
        updated_at: now,
        recorded_by: Some(user),
    };
    accept!(ordered(row.from_minute, row.until_minute));
    accept!(days(row.valid_from, row.valid_until));
    Ok(Ok(row))
}

/// Changes a rule.
///
/// # Errors
/// Those of the database; not found when there is none; forbidden for whoever may not keep the doctor's hours.
pub async fn update_rule(
    state: &State,
    viewer: &Viewer,
    command: UpdateRule,
) -> Outcome<AvailabilityRuleId, HoursRefusal> {
    let user = viewer.signed_in()?.user;
    let row = super::find_rule(state, viewer, command.rule).await?;
    let doctor = row.doctor_id;
    let granted = keeper(state, viewer, doctor).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "updateAvailabilityRule", key, &command)?;
    let id = command.rule;
    let change = changed(state, row, command).await?;
    let change = change.map(Change::UpdateRule);
    let written = write(state, viewer, (granted, doctor), claim, change, id.0).await?;
    Ok(written.map(AvailabilityRuleId))
}

async fn changed(
    state: &State,
    mut row: rule::Model,
    command: UpdateRule,
) -> Outcome<rule::Model, HoursRefusal> {
    if row.version != command.expected_version {
        return Ok(Err(HoursRefusal::Conflict));
    }
    let when = accept!(command.when.checked(state).await?);
    if let Some(bits) = command.weekdays {
        row.weekdays = accept!(weekdays(bits));
    }
    row.from_minute = when.from.unwrap_or(row.from_minute);
    row.until_minute = when.until.unwrap_or(row.until_minute);
    row.step = when.step.unwrap_or(row.step);
    row.zone = when.zone.unwrap_or(row.zone);
    row.valid_from = command.valid_from.unwrap_or(row.valid_from);
    row.visit_types = when.only.map_or(row.visit_types, OnlyFor);
    row.location = when.location.unwrap_or(row.location);
    row.version += 1;
    row.updated_at = state.clock.now();
    accept!(ordered(row.from_minute, row.until_minute));
    accept!(days(row.valid_from, row.valid_until));
    Ok(Ok(row))
}

/// Lets a rule end, or takes it away if it would end before it begins. What is booked stays booked.
///
/// # Errors
/// Those of the database; not found when there is none; forbidden for whoever may not keep the doctor's hours.
pub async fn end_rule(
    state: &State,
    viewer: &Viewer,
    command: EndRule,
) -> Outcome<AvailabilityRuleId, HoursRefusal> {
    let user = viewer.signed_in()?.user;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "endAvailabilityRule", key, &command)?;
    let row = match (super::find_rule(state, viewer, command.rule).await, &claim) {
        // This very request may have taken it away before.
        (Err(Fault::NotFound), Some(claim)) => {
            return repeated(state, viewer, claim.clone(), command.rule).await;
        }
        (row, _) => row?,
    };
    let doctor = row.doctor_id;
    let granted = keeper(state, viewer, doctor).await?;
    let change = if row.version != command.expected_version {
        Err(HoursRefusal::Conflict)
    } else if command.last_day < row.valid_from {
        Ok(Change::DeleteRule(row.id, row.version))
    } else {
        days(row.valid_from, Some(command.last_day)).map(|()| {
            Change::UpdateRule(rule::Model {
                valid_until: Some(command.last_day),
                version: row.version + 1,
                updated_at: state.clock.now(),
                ..row
            })
        })
    };
    let subject = command.rule.0;
    let written = write(state, viewer, (granted, doctor), claim, change, subject).await?;
    Ok(written.map(AvailabilityRuleId))
}

/// What a request answered before that took this rule away, if it was this one.
async fn repeated(
    state: &State,
    viewer: &Viewer,
    claim: idempotency::Key,
    rule: AvailabilityRuleId,
) -> Outcome<AvailabilityRuleId, HoursRefusal> {
    let answered = state.write(viewer, move |tx| {
        let claim = claim.clone();
        Box::pin(async move {
            match idempotency::claim(tx, &claim, rule.0).await? {
                Claim::Replay(id) => Ok(Ok(AvailabilityRuleId(id))),
                Claim::Reused => Ok(Err(HoursRefusal::IdempotencyKeyReused)),
                Claim::Fresh => Err(Fault::NotFound),
            }
        })
    });
    answered.await
}
