//! Changing an entry, on the version that the caller has seen.

use super::check::{Check, Proposed, Unchecked};
use super::prescribe::InSpite;
use super::{MOST_VERSIONS, authority, changed, find, known, resource_of, word};
use crate::access::{Action, Granted, Viewer};
use crate::chart::content::Editable;
use crate::chart::sealed::{Changing, SealedChange, open};
use crate::chart::store;
use crate::db::Tx;
use crate::error::Outcome;
use crate::event::log::Fact;
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::Invalid;
use crate::patient::service::tell_team;
use crate::patient::store::stays;
use crate::state::State;
use entity::code::RecordStatus;
use entity::id::{ChangeProposalId, PatientId, RecordId};
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
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, C::UPDATE, key, &command)?;
    let (id, edit) = (command.record, command.edit);
    let at = (id, command.expected_version);
    let edited = |content: C| content.edited(edit);
    let revision = match prepare_update(state, viewer, at, edited).await? {
        Err(refusal @ UpdateRefusal::Invalid(_)) => return Ok(Err(refusal.into())),
        // A repeated request comes here too; whether it is one, only its claim can tell.
        prepared => prepared,
    };
    let shared = Arc::new((revision, claim, check));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (revision, claim, check) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    UpdateRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(RecordId(id)));
                }
                let revision = match revision {
                    Ok(revision) => revision,
                    Err(refusal) => return Ok(Err(refusal.clone().into())),
                };
                let fact = match revision.write_if(tx, check).await? {
                    Ok(fact) => fact,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                tell_team(tx, revision.patient, vec![fact]).await?;
                Ok(Ok(id))
            })
        })
        .await
}

/// A change of an entry that is about to be made: whoever does may, what it says has been checked, and it is sealed.
pub struct Revision<C> {
    granted: Granted,
    patient: PatientId,
    change: SealedChange,
    before: C,
    after: C,
}

/// Gets a change of this version of an entry ready to be made by a transaction, its caller's or another verb's.
///
/// # Errors
/// Those of [`update`].
pub async fn prepare_update<C: Editable>(
    state: &State,
    viewer: &Viewer,
    (id, expected_version): (RecordId, i32),
    edited: impl FnOnce(C) -> C + Send,
) -> Outcome<Revision<C>, UpdateRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, patient) = find(state, viewer, C::KIND, id).await?;
    let what = |facts| resource_of(&row, facts);
    let granted = authority(state, viewer, &patient, Action::Update, what).await?;
    let now = state.clock.now();
    // What was read is what is edited: of another version than expected, nothing may be written over it.
    if row.version != expected_version {
        return Ok(Err(UpdateRefusal::Conflict));
    }
    if row.status == RecordStatus::EnteredInError {
        return Ok(Err(UpdateRefusal::EnteredInError));
    }
    if row.version >= MOST_VERSIONS {
        return Ok(Err(UpdateRefusal::TooManyVersions));
    }
    let before: C = open(patient.face(), &state.vault, &row)?;
    let after = crate::accept!(edited(before.clone()).checked(now));
    crate::accept!(after.follows(&before));
    crate::accept!(known(state, &after).await?);
    let changing = Changing {
        version: state.clock.new_id(),
        as_: word(viewer, patient.id()),
        by: user,
        at: now,
        reason: None,
    };
    let change = changing.seal(&row, &after, patient.key(&state.vault)?)?;
    Ok(Ok(Revision {
        granted,
        patient: patient.id(),
        change,
        before,
        after,
    }))
}

impl<C: Editable> Revision<C> {
    /// The same, as it comes of what the patient asked for.
    #[must_use]
    pub fn proposed(mut self, by: ChangeProposalId) -> Self {
        self.change.version.proposal_id = Some(by);
        self
    }

    /// Makes it; what is to be told of it, last in the transaction.
    ///
    /// # Errors
    /// Those of the database; not found when the patient has been erased.
    pub async fn write(&self, tx: &Tx) -> Outcome<Fact, UpdateRefusal> {
        self.write_if(tx, &Unchecked::default()).await
    }

    async fn write_if<K: Check<C>>(&self, tx: &Tx, check: &K) -> Outcome<Fact, K::Refusal>
    where
        K::Refusal: From<UpdateRefusal>,
    {
        stays(tx, self.patient).await?;
        let proposed = Proposed {
            patient: self.patient,
            entry: self.change.id,
            version: self.change.version.id,
            before: Some(&self.before),
            after: &self.after,
        };
        let mut change = self.change.clone();
        match check.ask(tx, proposed).await? {
            Err(refusal) => return Ok(Err(refusal)),
            Ok(None) => {}
            Ok(Some(overridden)) => {
                change.version.reason = Some(overridden.reason);
                change.version.overridden = Some(overridden.conflicts);
            }
        }
        let (id, version) = (change.id, change.version.version);
        if !store::update(tx, self.granted, self.patient, change).await? {
            return Ok(Err(UpdateRefusal::Conflict.into()));
        }
        Ok(Ok(changed(C::KIND, self.patient, id, version)))
    }
}
