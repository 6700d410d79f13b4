//! The verbs of care teams: each asks the policy, refuses before it writes, and writes its event with its change.

mod break_glass;
mod review;

pub use break_glass::{
    BreakGlass, BreakGlassRefusal, EndBreakGlass, EndBreakGlassRefusal, break_glass,
    end_break_glass, find_grant, revoke_break_glass,
};
pub(crate) use break_glass::{place, resource};
pub use review::{
    Asked, ReviewBreakGlass, ReviewBreakGlassRefusal, count_grants, list_grants, note_lapsed,
    review_break_glass, warn_of_overdue,
};

use super::store;
use crate::access::facts::team_lock;
use crate::access::{Action, Granted, Resource, Viewer, require};
use crate::error::{Fault, Outcome};
use crate::event::Stream;
use crate::event::log::{self, Fact};
use crate::idempotency;
use crate::patient::PatientRecord;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::service::find_patient;
use crate::state::State;
use chrono::{DateTime, Utc};
use entity::care_team_member;
use entity::code::{CareTeamRole, EventKind};
use entity::id::{CareTeamMemberId, DoctorId, PatientId};
use serde::Serialize;
use std::sync::Arc;

/// Bring a doctor into a patient's care team.
#[derive(Clone, Serialize)]
pub struct AddMember {
    /// Into whose.
    #[serde(serialize_with = "id_text")]
    pub patient: PatientId,
    /// Whom.
    #[serde(serialize_with = "id_text")]
    pub doctor: DoctorId,
    /// As what.
    pub role: CareTeamRole,
    /// From when; from now on when absent.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when; open when absent.
    pub ends_at: Option<DateTime<Utc>>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why a doctor is not brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddRefusal {
    /// There is no such doctor.
    DoctorNotFound,
    /// The doctor is in the team at that time.
    AlreadyMember,
    /// Nobody was in a team yesterday who was not noted then.
    StartsInThePast,
    /// It would end before it begins.
    EndsBeforeStart,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Let a doctor go from a patient's care team, now.
#[derive(Clone, Serialize)]
pub struct EndMember {
    /// Which membership.
    #[serde(serialize_with = "id_text")]
    pub member: CareTeamMemberId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why a membership is not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndRefusal {
    /// It has ended.
    AlreadyEnded,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// The membership with its patient, if the viewer may see who treats them.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that they may know of.
pub async fn find_member(
    state: &State,
    viewer: &Viewer,
    id: CareTeamMemberId,
) -> Result<(Arc<care_team_member::Model>, PatientRecord), Fault> {
    viewer.signed_in()?;
    let row = store::member(&state.db, id).await?.ok_or(Fault::NotFound)?;
    let record = find_patient(state, viewer, row.patient_id).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    require(viewer, Action::Read, &Resource::CareTeam(facts))?;
    Ok((row, record))
}

/// The word of the policy; whoever knows the patient may be told that they may not.
async fn authority(
    state: &State,
    viewer: &Viewer,
    record: &PatientRecord,
    action: Action,
) -> Result<Granted, Fault> {
    let facts = state.facts(viewer, &**record.row()).await?;
    require(viewer, action, &Resource::CareTeam(facts)).map_err(|fault| match fault {
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })
}

/// When a membership would hold; pure.
fn period(
    command: &AddMember,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, Option<DateTime<Utc>>), AddRefusal> {
    let starts_at = command.starts_at.unwrap_or(now);
    if starts_at < now {
        Err(AddRefusal::StartsInThePast)
    } else if command.ends_at.is_some_and(|ends_at| ends_at <= starts_at) {
        Err(AddRefusal::EndsBeforeStart)
    } else {
        Ok((starts_at, command.ends_at))
    }
}

/// The instant at which a membership that is ended now ends, or that it has; pure. One that has not begun ends as it
/// begins, and never holds.
fn end_of(row: &care_team_member::Model, now: DateTime<Utc>) -> Result<DateTime<Utc>, EndRefusal> {
    match row.ends_at {
        Some(ends_at) if ends_at <= now || ends_at <= row.starts_at => {
            Err(EndRefusal::AlreadyEnded)
        }
        _ => Ok(now.max(row.starts_at)),
    }
}

/// What a change of a care team says to whoever it concerns.
fn changed(row: &care_team_member::Model, version: i32) -> Fact {
    Fact {
        kind: EventKind::CareTeamChanged,
        subject: row.id.0,
        version,
        streams: vec![
            Stream::Clinic,
            Stream::Doctor(row.doctor_id),
            Stream::Patient(row.patient_id),
        ],
    }
}

/// Brings a doctor into a patient's care team.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the patient, forbidden when they may not do this.
pub async fn add_member(
    state: &State,
    viewer: &Viewer,
    command: AddMember,
) -> Outcome<CareTeamMemberId, AddRefusal> {
    let user = viewer.signed_in()?.user;
    let record = find_patient(state, viewer, command.patient).await?;
    let granted = authority(state, viewer, &record, Action::Create).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "addCareTeamMember", key, &command)?;
    let now = state.clock.now();
    let period = period(&command, now);
    let doctor = state.loaders.doctors.load(command.doctor).await?;
    let doctor = doctor
        .map(|doctor| doctor.id)
        .ok_or(AddRefusal::DoctorNotFound);
    let id: CareTeamMemberId = state.clock.new_id();
    let shared = Arc::new((command, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (command, claim) = &*shared;
                // First of all: what was in the future at the first try may be past at the second.
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    AddRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(CareTeamMemberId(id)));
                }
                let (starts_at, ends_at) = crate::accept!(period);
                let both = (crate::accept!(doctor), command.patient);
                tx.lock(&[store::lock(both.0, both.1), team_lock(both.1)])
                    .await?;
                if store::overlaps(tx, granted, both, starts_at, ends_at).await? {
                    return Ok(Err(AddRefusal::AlreadyMember));
                }
                let row = care_team_member::Model {
                    id,
                    patient_id: both.1,
                    doctor_id: both.0,
                    role: command.role,
                    starts_at,
                    ends_at,
                    version: 1,
                    created_at: now,
                    recorded_by: Some(user),
                };
                let fact = changed(&row, 1);
                store::insert(tx, granted, row).await?;
                log::append(tx, &[fact]).await?;
                Ok(Ok(id))
            })
        })
        .await
}

/// Lets a doctor go from a patient's care team: from now on the membership opens nothing.
///
/// # Errors
/// Those of the database; not found when the viewer may not see the team, forbidden when they may not do this.
pub async fn end_member(
    state: &State,
    viewer: &Viewer,
    command: EndMember,
) -> Outcome<CareTeamMemberId, EndRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, record) = find_member(state, viewer, command.member).await?;
    let granted = authority(state, viewer, &record, Action::Update).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "endCareTeamMember", key, &command)?;
    let now = state.clock.now();
    let at = (row.id, record.id(), command.expected_version);
    let shared = Arc::new((row, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (row, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    row.id.0,
                    EndRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(CareTeamMemberId(id)));
                }
                if row.version != at.2 {
                    return Ok(Err(EndRefusal::Conflict));
                }
                let ends_at = crate::accept!(end_of(row, now));
                if !store::end(tx, granted, at, ends_at).await? {
                    return Ok(Err(EndRefusal::Conflict));
                }
                log::append(tx, &[changed(row, at.2 + 1)]).await?;
                Ok(Ok(row.id))
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn add(starts: Option<i64>, ends: Option<i64>) -> AddMember {
        AddMember {
            patient: PatientId(Uuid::nil()),
            doctor: DoctorId(Uuid::nil()),
            role: CareTeamRole::Primary,
            starts_at: starts.map(at),
            ends_at: ends.map(at),
            idempotency_key: None,
        }
    }

    fn member(starts: i64, ends: Option<i64>) -> care_team_member::Model {
        care_team_member::Model {
            id: CareTeamMemberId(Uuid::nil()),
            patient_id: PatientId(Uuid::nil()),
            doctor_id: DoctorId(Uuid::nil()),
            role: CareTeamRole::Primary,
            starts_at: at(starts),
            ends_at: ends.map(at),
            version: 1,
            created_at: at(0),
            recorded_by: None,
        }
    }

    #[test]
    fn a_membership_begins_now_unless_said_otherwise() {
        assert_eq!(period(&add(None, None), at(5)), Ok((at(5), None)));
        assert_eq!(
            period(&add(Some(9), Some(10)), at(5)),
            Ok((at(9), Some(at(10))))
        );
    }

    #[test]
    fn a_membership_cannot_begin_in_the_past_or_end_as_it_begins() {
        assert_eq!(
            period(&add(Some(4), None), at(5)),
            Err(AddRefusal::StartsInThePast)
        );
        assert_eq!(
            period(&add(None, Some(5)), at(5)),
            Err(AddRefusal::EndsBeforeStart)
        );
    }

    proptest! {
        #[test]
        fn an_ended_membership_holds_no_more_and_ends_once(
            starts in 0_i64..100, length in prop::option::of(0_i64..100), now in 0_i64..200
        ) {
            let mut row = member(starts, length.map(|length| starts + length));
            if let Ok(ends_at) = end_of(&row, at(now)) {
                prop_assert!(ends_at >= row.starts_at);
                let holds = row.starts_at <= at(now) && ends_at > at(now);
                prop_assert!(!holds);
                row.ends_at = Some(ends_at);
                prop_assert_eq!(end_of(&row, at(now)), Err(EndRefusal::AlreadyEnded));
            }
        }
    }
}
