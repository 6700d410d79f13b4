//! From rows to a calendar. No clock and no database.

use super::hours::{Hours, Span};
use super::slots::{Calendar, Need, Opening};
use crate::loaders::Availability;
use chrono::TimeDelta;
use entity::code::AvailabilityExceptionKind as Kind;
use entity::{availability_exception, availability_rule, visit_type};

/// Every day of the week.
const EVERY_DAY: i32 = 127;

fn minute(minute: i32) -> u16 {
    u16::try_from(minute).unwrap_or_default()
}

/// The hours of a rule. A zone that is none (no verb writes one) counts as UTC.
fn of_rule(rule: &availability_rule::Model) -> Opening {
    Opening {
        hours: Hours {
            weekdays: rule.weekdays.0,
            from: minute(rule.from_minute),
            until: minute(rule.until_minute),
            step: minute(rule.step),
            zone: rule.zone.parse().unwrap_or(chrono_tz::UTC),
            first: rule.valid_from,
            last: rule.valid_until,
        },
        only: rule.visit_types.0.clone(),
        location: rule.location.clone(),
    }
}

fn of_exception(exception: &availability_exception::Model) -> Opening {
    Opening {
        hours: Hours {
            weekdays: EVERY_DAY,
            from: minute(exception.from_minute),
            until: minute(exception.until_minute),
            step: minute(exception.step),
            zone: exception.zone.parse().unwrap_or(chrono_tz::UTC),
            first: exception.first_day,
            last: Some(exception.last_day),
        },
        only: exception.visit_types.0.clone(),
        location: exception.location.clone(),
    }
}

impl From<&Availability> for Calendar {
    fn from(known: &Availability) -> Self {
        let (open, closed): (Vec<_>, Vec<_>) = known
            .exceptions
            .iter()
            .partition(|exception| exception.kind == Kind::Open);
        let rules = known.rules.iter().map(of_rule);
        Self {
            open: rules.chain(open.into_iter().map(of_exception)).collect(),
            closed: closed
                .into_iter()
                .map(|one| of_exception(one).hours)
                .collect(),
            away: known
                .away
                .iter()
                .map(|(from, until)| Span {
                    from: *from,
                    until: *until,
                })
                .collect(),
        }
    }
}

impl From<&visit_type::Model> for Need {
    fn from(kind: &visit_type::Model) -> Self {
        let minutes = |minutes: i32| TimeDelta::minutes(minutes.into());
        Self {
            visit_type: Some(kind.id),
            length: minutes(kind.minutes),
            before: minutes(kind.buffer_before),
            after: minutes(kind.buffer_after),
            notice: minutes(kind.minimum_notice),
            advance: TimeDelta::days(kind.maximum_advance.into()),
            capacity: kind.capacity,
        }
    }
}
