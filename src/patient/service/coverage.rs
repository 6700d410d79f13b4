//! A patient's insurances. Each change counts as one of the patient's administrative data.

use super::{changed, find_patient, tell_changed};
use crate::accept;
use crate::access::{Action, Granted, Resource, Viewer, require};
use crate::error::{Fault, Outcome};
use crate::idempotency::{self, Claim};
use crate::patient::cells::{CoverageDetail, Edit, Validity};
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::{self, Invalid};
use crate::patient::record::coverage_place;
use crate::patient::sealed::NewCoverage;
use crate::patient::store;
use crate::patient::{PatientRecord, record};
use crate::state::State;
use chrono::NaiveDate;
use entity::coverage;
use entity::id::{CoverageId, PatientId};
use sea_orm::ActiveValue::Set;
use serde::Serialize;
use std::sync::Arc;

/// Note an insurance.
#[derive(Clone, Serialize)]
pub struct AddCoverage {
    /// Whose.
    #[serde(serialize_with = "id_text")]
    pub patient: PatientId,
    /// Who pays.
    pub detail: CoverageDetail,
    /// When it holds.
    pub validity: Validity,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Change an insurance; what is absent stays.
#[derive(Clone, Serialize)]
pub struct UpdateCoverage {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub coverage: CoverageId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// The insurer's name.
    pub payer: Option<String>,
    /// The patient's number with the insurer.
    pub member_number: Option<String>,
    /// The plan's name.
    pub plan: Edit<String>,
    /// The first day.
    pub valid_from: Edit<NaiveDate>,
    /// The last day.
    pub valid_to: Edit<NaiveDate>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Take an insurance away.
#[derive(Clone, Serialize)]
pub struct RemoveCoverage {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub coverage: CoverageId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why an insurance is not noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddCoverageRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for AddCoverageRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Why an insurance is not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateCoverageRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for UpdateCoverageRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Why an insurance is not taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveCoverageRefusal {
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// The insurance with its patient, if the viewer may see it.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that they may know of.
pub async fn find_coverage(
    state: &State,
    viewer: &Viewer,
    id: CoverageId,
) -> Result<(Arc<coverage::Model>, PatientRecord), Fault> {
    viewer.signed_in()?;
    let row = store::coverage(&state.db, id)
        .await?
        .ok_or(Fault::NotFound)?;
    let record = find_patient(state, viewer, row.patient_id).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    require(viewer, Action::Read, &Resource::Coverage(facts))?;
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
    require(viewer, action, &Resource::Coverage(facts)).map_err(|fault| match fault {
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })
}

/// Notes an insurance.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the patient, forbidden when they may not do this.
pub async fn add_coverage(
    state: &State,
    viewer: &Viewer,
    command: AddCoverage,
) -> Outcome<CoverageId, AddCoverageRefusal> {
    let user = viewer.signed_in()?.user;
    let record = find_patient(state, viewer, command.patient).await?;
    let granted = authority(state, viewer, &record, Action::Create).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "addCoverage", key, &command)?;
    let new = NewCoverage {
        id: state.clock.new_id(),
        detail: accept!(input::coverage(&command.detail)),
        validity: accept!(input::validity(command.validity)),
    };
    let data_key = record.key(&state.vault)?;
    let row = new.seal(data_key, record.id(), Some(user), state.clock.now())?;
    let fact = changed(record.id(), record.row().user_id, record.row().version);
    let shared = Arc::new((row, claim, fact));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (row, claim, fact) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    row.id.0,
                    AddCoverageRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(CoverageId(id)));
                }
                store::stays(tx, row.patient_id).await?;
                store::insert_coverage(tx, granted, row.clone()).await?;
                tell_changed(tx, PatientId(fact.subject), fact.clone()).await?;
                Ok(Ok(row.id))
            })
        })
        .await
}

/// The insurance after the command.
fn edited(
    before: (CoverageDetail, Validity),
    command: &UpdateCoverage,
) -> Result<(CoverageDetail, Validity), Invalid> {
    let (detail, validity) = before;
    let detail = CoverageDetail {
        payer: command.payer.clone().unwrap_or(detail.payer),
        member_number: command
            .member_number
            .clone()
            .unwrap_or(detail.member_number),
        plan: command.plan.clone().after(detail.plan),
    };
    let validity = Validity {
        from: command.valid_from.clone().after(validity.from),
        to: command.valid_to.clone().after(validity.to),
    };
    Ok((input::coverage(&detail)?, input::validity(validity)?))
}

/// Changes an insurance.
///
/// # Errors
/// Those of the database; not found when the viewer may not see it, forbidden when they may not change it.
pub async fn update_coverage(
    state: &State,
    viewer: &Viewer,
    command: UpdateCoverage,
) -> Outcome<CoverageId, UpdateCoverageRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, record) = find_coverage(state, viewer, command.coverage).await?;
    let granted = authority(state, viewer, &record, Action::Update).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "updateCoverage", key, &command)?;
    let before = record::coverage(record.face(), &state.vault, &row)?;
    let validity = Validity {
        from: row.valid_from,
        to: row.valid_to,
    };
    let (detail, validity) = accept!(edited((before, validity), &command));
    let data_key = record.key(&state.vault)?;
    let change = coverage::ActiveModel {
        detail: Set(data_key.seal(coverage_place(row.id.0), &detail)?),
        valid_from: Set(validity.from),
        valid_to: Set(validity.to),
        version: Set(row.version + 1),
        recorded_by: Set(Some(user)),
        ..Default::default()
    };
    // What was read is what is edited: of another version than expected, nothing may be written over it.
    let current = row.version == command.expected_version;
    let at = (row.id, record.id(), row.version);
    let fact = changed(record.id(), record.row().user_id, record.row().version);
    let shared = Arc::new((change, claim, fact));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (change, claim, fact) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    at.0.0,
                    UpdateCoverageRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(CoverageId(id)));
                }
                store::stays(tx, at.1).await?;
                if !current || !store::update_coverage(tx, granted, at, change.clone()).await? {
                    return Ok(Err(UpdateCoverageRefusal::Conflict));
                }
                tell_changed(tx, PatientId(fact.subject), fact.clone()).await?;
                Ok(Ok(at.0))
            })
        })
        .await
}

/// Takes an insurance away. It was noted by mistake, or the patient wants it forgotten: one that has merely ended is
/// given its last day instead.
///
/// # Errors
/// Those of the database; not found when the viewer may not see it, forbidden when they may not change it.
pub async fn remove_coverage(
    state: &State,
    viewer: &Viewer,
    command: RemoveCoverage,
) -> Outcome<PatientId, RemoveCoverageRefusal> {
    let user = viewer.signed_in()?.user;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "removeCoverage", key, &command)?;
    let (row, record) = match find_coverage(state, viewer, command.coverage).await {
        Ok(found) => found,
        Err(Fault::NotFound) => return removed_before(state, viewer, claim).await,
        Err(fault) => return Err(fault),
    };
    let granted = authority(state, viewer, &record, Action::Update).await?;
    let at = (row.id, record.id(), command.expected_version);
    let fact = changed(record.id(), record.row().user_id, record.row().version);
    let shared = Arc::new((claim, fact));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (claim, fact) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    at.1.0,
                    RemoveCoverageRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(PatientId(id)));
                }
                if !store::delete_coverage(tx, granted, at).await? {
                    return Ok(Err(RemoveCoverageRefusal::Conflict));
                }
                tell_changed(tx, PatientId(fact.subject), fact.clone()).await?;
                Ok(Ok(at.1))
            })
        })
        .await
}

/// A repeated request finds nothing to take away any more; only its claim can tell it from one that never had.
async fn removed_before(
    state: &State,
    viewer: &Viewer,
    claim: Option<idempotency::Key>,
) -> Outcome<PatientId, RemoveCoverageRefusal> {
    let claim = Arc::new(claim.ok_or(Fault::NotFound)?);
    state
        .write(viewer, move |tx| {
            let claim = Arc::clone(&claim);
            Box::pin(async move {
                match idempotency::claim(tx, &claim, uuid::Uuid::nil()).await? {
                    // The fault takes the claim back.
                    Claim::Fresh => Err(Fault::NotFound),
                    Claim::Replay(id) => Ok(Ok(PatientId(id))),
                    Claim::Reused => Ok(Err(RemoveCoverageRefusal::IdempotencyKeyReused)),
                }
            })
        })
        .await
}
