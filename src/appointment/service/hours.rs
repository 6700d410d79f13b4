//! What a time must be for a visit: what it blocks, and whether the doctor's hours offer it.

use crate::error::Fault;
use crate::schedule::slots::{Calendar, Need, group_key};
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::DoctorId;
use entity::{appointment, visit_type};
use std::sync::Arc;

/// What a visit of this kind and length needs; one of no kind needs no more than its own time.
pub(super) fn need(kind: Option<&visit_type::Model>, length: TimeDelta) -> Need {
    match kind {
        Some(kind) => Need {
            length,
            ..Need::from(kind)
        },
        None => Need {
            visit_type: None,
            length,
            before: TimeDelta::zero(),
            after: TimeDelta::zero(),
            notice: TimeDelta::zero(),
            advance: super::wish::FURTHEST,
            capacity: 1,
        },
    }
}

/// The appointment with what it blocks of the doctor's time, and whose company it keeps.
pub(super) fn placed(row: appointment::Model, need: &Need) -> appointment::Model {
    let blocked = need.blocked(row.starts_at);
    let group = need.visit_type.filter(|_| need.capacity > 1);
    appointment::Model {
        blocked_from: blocked.from,
        blocked_until: blocked.until,
        group_key: group.map_or(row.id.0, |kind| {
            group_key(row.doctor_id, kind, row.starts_at)
        }),
        seat: 0,
        ..row
    }
}

/// Whether this time may be booked, be it taken or not: the doctor is not away; and by a patient, only if the doctor's hours
/// offer it, or the doctor has published none.
pub(super) async fn offered(
    state: &State,
    doctor: DoctorId,
    need: &Need,
    starts_at: DateTime<Utc>,
    by_patient: bool,
) -> Result<bool, Fault> {
    let known = state.loaders.availability.load(doctor).await?;
    let known = known.as_ref().map(Arc::as_ref);
    Ok(known.is_none_or(|known| {
        let open = || Calendar::from(known).offers(need, starts_at, state.clock.now());
        !known.is_away(starts_at, starts_at + need.length)
            && (!by_patient || known.rules.is_empty() || open())
    }))
}
