//! What the mutations of doctors' hours take.

use super::types::{AvailabilityExceptionKind, Weekday};
use crate::error::Fault;
use crate::graphql::decode_id;
use crate::schedule::service::{AddException, AddRule, EndRule, UpdateRule, When};
use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{NaiveDate, NaiveTime};
use entity::id::VisitTypeId;
use uuid::Uuid;

fn kinds(ids: Option<Vec<ID>>) -> Result<Option<Vec<Uuid>>, Fault> {
    let decode = |id: &ID| decode_id::<VisitTypeId>(id).map(Uuid::from);
    ids.map(|ids| ids.iter().map(decode).collect()).transpose()
}

/// Hours that come again each week.
#[derive(InputObject)]
pub struct AddAvailabilityRuleInput {
    /// Whose.
    pub doctor_id: ID,
    /// On which days of the week; at least one.
    pub weekdays: Vec<Weekday>,
    /// From this time of the day on: a full minute.
    pub from: NaiveTime,
    /// Up to this time of the day, a full minute; midnight is its end.
    pub until: NaiveTime,
    /// Visits begin every so many minutes, from the first on; 5 to 480.
    #[graphql(default = 15)]
    pub step: i32,
    /// The IANA zone whose clocks are meant; the doctor's when absent.
    pub zone: Option<String>,
    /// The first day on which they hold; today when absent.
    pub valid_from: Option<NaiveDate>,
    /// The last day on which they hold; no end is known when absent.
    pub valid_until: Option<NaiveDate>,
    /// The only kinds of visits that they are for, at most 20; for all when absent or empty.
    pub visit_type_ids: Option<Vec<ID>>,
    /// Where the doctor is then; at most 100 characters.
    pub location: Option<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<AddAvailabilityRuleInput> for AddRule {
    type Error = Fault;

    fn try_from(input: AddAvailabilityRuleInput) -> Result<Self, Fault> {
        Ok(Self {
            doctor: decode_id(&input.doctor_id)?,
            weekdays: Weekday::bits(&input.weekdays),
            when: When {
                from: Some(input.from),
                until: Some(input.until),
                step: Some(input.step),
                zone: input.zone,
                only: kinds(input.visit_type_ids)?,
                location: input.location,
            },
            valid_from: input.valid_from,
            valid_until: input.valid_until,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Change hours that come again each week. What is absent stays; null clears what can be absent.
#[derive(InputObject)]
pub struct UpdateAvailabilityRuleInput {
    /// Which rule.
    pub id: ID,
    /// Its version as it was read.
    pub expected_version: i32,
    /// On which days of the week; all of them.
    pub weekdays: Option<Vec<Weekday>>,
    /// From this time of the day on: a full minute.
    pub from: Option<NaiveTime>,
    /// Up to this time of the day, a full minute; midnight is its end.
    pub until: Option<NaiveTime>,
    /// Visits begin every so many minutes, from the first on; 5 to 480.
    pub step: Option<i32>,
    /// The IANA zone whose clocks are meant.
    pub zone: Option<String>,
    /// The first day on which they hold.
    pub valid_from: Option<NaiveDate>,
    /// The only kinds of visits that they are for, all of them, at most 20; for all when empty.
    pub visit_type_ids: Option<Vec<ID>>,
    /// Where the doctor is then; at most 100 characters.
    pub location: MaybeUndefined<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<UpdateAvailabilityRuleInput> for UpdateRule {
    type Error = Fault;

    fn try_from(input: UpdateAvailabilityRuleInput) -> Result<Self, Fault> {
        Ok(Self {
            rule: decode_id(&input.id)?,
            expected_version: input.expected_version,
            weekdays: input.weekdays.as_deref().map(Weekday::bits),
            when: When {
                from: input.from,
                until: input.until,
                step: input.step,
                zone: input.zone,
                only: kinds(input.visit_type_ids)?,
                location: match input.location {
                    MaybeUndefined::Undefined => None,
                    MaybeUndefined::Null => Some(String::new()),
                    MaybeUndefined::Value(words) => Some(words),
                },
            },
            valid_from: input.valid_from,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Hours that are to end.
#[derive(InputObject)]
pub struct EndAvailabilityRuleInput {
    /// Which rule.
    pub id: ID,
    /// Its version as it was read.
    pub expected_version: i32,
    /// The last day on which they hold; a day before their first takes them away as if they had never been.
    pub last_day: NaiveDate,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<EndAvailabilityRuleInput> for EndRule {
    type Error = Fault;

    fn try_from(input: EndAvailabilityRuleInput) -> Result<Self, Fault> {
        Ok(Self {
            rule: decode_id(&input.id)?,
            expected_version: input.expected_version,
            last_day: input.last_day,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Days on which a doctor's hours are others.
#[derive(InputObject)]
pub struct AddAvailabilityExceptionInput {
    /// Whose.
    pub doctor_id: ID,
    /// Closed, or open besides.
    pub kind: AvailabilityExceptionKind,
    /// The first day.
    pub first_day: NaiveDate,
    /// The last day; the first when absent.
    pub last_day: Option<NaiveDate>,
    /// From this time of each of the days on, a full minute; from its beginning when absent.
    pub from: Option<NaiveTime>,
    /// Up to this time of each of the days, a full minute; midnight, or absence, is its end.
    pub until: Option<NaiveTime>,
    /// Open: visits begin every so many minutes, from the first on; 5 to 480.
    #[graphql(default = 15)]
    pub step: i32,
    /// The IANA zone whose clocks are meant; the doctor's when absent.
    pub zone: Option<String>,
    /// Open: the only kinds of visits that it is for, at most 20; for all when absent or empty.
    pub visit_type_ids: Option<Vec<ID>>,
    /// Open: where the doctor is then; at most 100 characters.
    pub location: Option<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<AddAvailabilityExceptionInput> for AddException {
    type Error = Fault;

    fn try_from(input: AddAvailabilityExceptionInput) -> Result<Self, Fault> {
        Ok(Self {
            doctor: decode_id(&input.doctor_id)?,
            kind: input.kind.into(),
            first_day: input.first_day,
            last_day: input.last_day,
            when: When {
                from: input.from,
                until: input.until,
                step: Some(input.step),
                zone: input.zone,
                only: kinds(input.visit_type_ids)?,
                location: input.location,
            },
            idempotency_key: input.idempotency_key,
        })
    }
}

/// An exception that is to be no more.
#[derive(InputObject)]
pub struct RemoveAvailabilityExceptionInput {
    /// Which exception.
    pub id: ID,
}
