//! Changing an entry, on the version that the caller has seen.

use super::check::{Check, Proposed, Unchecked};
use super::prescribe::InSpite;
use super::{MOST_VERSIONS, authority, changed, find, known, resource_of, word};
use crate::access::{Action, Viewer};
use crate::chart::content::Editable;
use crate::chart::sealed::{Changing, open};
use crate::chart::store;
use crate::error::Outcome;
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::Invalid;
use crate::patient::service::tell_team;
use crate::patient::store::stays;
use crate::state::State;
use entity::code::RecordStatus;
use entity::id::RecordId;
use serde::Serialize;
use std::sync::Arc;

/// Change an entry; what is absent stays.
#[derive(Clone, Serialize)]
#[serde(bound = "")]
pub struct Update<C: Editable> {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub record: RecordId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// What of it.
    pub edit: C::Edit,
    /// Of an order: in spite of what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_spite: Option<InSpite>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it is not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// It has changed since it was read.
    Conflict,
    /// It was entered in error: it says nothing any more.
    EnteredInError,
    /// It has as many versions as are kept.
    TooManyVersions,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for UpdateRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Changes an entry.
///
/// # Errors
/// Those of the database; not found when the viewer may not read it, forbidden when they may not change it.
pub async fn update<C: Editable>(
    state: &State,
    viewer: &Viewer,
    command: Update<C>,
) -> Outcome<RecordId, UpdateRefusal> {
    update_if(state, viewer, command, Unchecked::default()).await
}

/// The same, if this holds of the chart.
pub(super) async fn update_if<C: Editable, K: Check<C>>(
    state: &State,
    viewer: &Viewer,
    command: Update<C>,
    check: K,
) -> Outcome<RecordId, K::Refusal>
where
    K::Refusal: From<UpdateRefusal>,
{
    let user = viewer.signed_in()?.user;
    let (row, patient) = find(state, viewer, C::KIND, command.record).await?;
    let what = |facts| resource_of(&row, facts);
    let granted = authority(state, viewer, &patient, Action::Update, what).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, C::UPDATE, key, &command)?;
    let now = state.clock.now();
    // What was read is what is edited: of another version than expected, nothing may be written over it.
    let refusal = if row.version != command.expected_version {
        Some(UpdateRefusal::Conflict)
    } else if row.status == RecordStatus::EnteredInError {
        Some(UpdateRefusal::EnteredInError)
    } else if row.version >= MOST_VERSIONS {
        Some(UpdateRefusal::TooManyVersions)
    } else {
        None
    };
    let before: C = open(patient.face(), &state.vault, &row)?;
    let edited = before.clone().edited(command.edit.clone());
    let checked = match edited.checked(now) {
        Ok(after) => match (after.follows(&before), known(state, &after).await?) {
            (Ok(()), Ok(())) => Ok(after),
            (Err(invalid), _) | (_, Err(invalid)) => Err(invalid),
        },
        Err(invalid) => Err(invalid),
    };
    let after = match checked {
        Ok(after) => after,
        // It is refused all the same, or has been answered before.
        Err(_) if refusal.is_some() => before.clone(),
        Err(invalid) => return Ok(Err(UpdateRefusal::Invalid(invalid).into())),
    };
    let changing = Changing {
        version: state.clock.new_id(),
        as_: word(viewer, patient.id()),
        by: user,
        at: now,
        reason: None,
    };
    let change = changing.seal(&row, &after, patient.key(&state.vault)?)?;
    let patient = patient.id();
    let shared = Arc::new((change, (before, after), claim, refusal, check));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (change, (before, after), claim, refusal, check) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    change.id.0,
                    UpdateRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(RecordId(id)));
                }
                if let Some(refusal) = refusal {
                    return Ok(Err(refusal.clone().into()));
                }
                stays(tx, patient).await?;
                let proposed = Proposed {
                    patient,
                    entry: change.id,
                    version: change.version.id,
                    before: Some(before),
                    after,
                };
                let mut change = change.clone();
                match check.ask(tx, proposed).await? {
                    Err(refusal) => return Ok(Err(refusal)),
                    Ok(None) => {}
                    Ok(Some(overridden)) => {
                        change.version.reason = Some(overridden.reason);
                        change.version.overridden = Some(overridden.conflicts);
                    }
                }
                let (id, version) = (change.id, change.version.version);
                if !store::update(tx, granted, patient, change).await? {
                    return Ok(Err(UpdateRefusal::Conflict.into()));
                }
                let fact = changed(C::KIND, patient, id, version);
                tell_team(tx, patient, vec![fact]).await?;
                Ok(Ok(id))
            })
        })
        .await
}
