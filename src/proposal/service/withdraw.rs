//! Taking back what was asked for.

use super::{Ended, find_proposal, resource, told};
use crate::access::{Action, Viewer, require};
use crate::error::Outcome;
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::service::tell_team;
use crate::patient::store::stays;
use crate::proposal::store::{self, Ending};
use crate::state::State;
use entity::code::{EventKind, ProposalStatus};
use entity::id::ChangeProposalId;
use serde::Serialize;
use std::sync::Arc;

/// Take this back.
#[derive(Clone, Serialize)]
pub struct Withdraw {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub proposal: ChangeProposalId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it is not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithdrawRefusal {
    /// It has changed since it was read.
    Conflict,
    /// There is a word on it.
    AlreadyDecided,
    /// It was taken back before.
    Withdrawn,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl WithdrawRefusal {
    fn of(ended: Ended) -> Self {
        match ended {
            Ended::Decided => Self::AlreadyDecided,
            Ended::Withdrawn => Self::Withdrawn,
            Ended::Otherwise => Self::Conflict,
        }
    }
}

/// Takes back what was asked for, if there is no word on it.
///
/// # Errors
/// Those of the database; not found when the viewer may not read it, forbidden when it is not their own.
pub async fn withdraw(
    state: &State,
    viewer: &Viewer,
    command: Withdraw,
) -> Outcome<ChangeProposalId, WithdrawRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, patient) = find_proposal(state, viewer, command.proposal).await?;
    let facts = state.facts(viewer, &**patient.row()).await?;
    let granted = require(viewer, Action::Update, &resource(row.kind, facts))?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "withdrawChangeProposal", key, &command)?;
    let (id, patient, expected) = (row.id, patient.id(), command.expected_version);
    let now = state.clock.now();
    let shared = Arc::new(claim);
    state
        .write(viewer, move |tx| {
            let claim = Arc::clone(&shared);
            Box::pin(async move {
                let claimed = idempotency::claimed(
                    tx,
                    (*claim).as_ref(),
                    id.0,
                    WithdrawRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(ChangeProposalId(id)));
                }
                stays(tx, patient).await?;
                let ending = Ending {
                    status: ProposalStatus::Withdrawn,
                    word: None,
                    record: None,
                    at: now,
                };
                if !store::end(tx, granted, (id, expected), ending).await? {
                    let status = store::hold(tx, id).await?.map(|(status, _)| status);
                    return Ok(Err(WithdrawRefusal::of(Ended::of(status))));
                }
                let fact = told(EventKind::ProposalWithdrawn, (id, expected + 1), patient);
                tell_team(tx, patient, vec![fact]).await?;
                Ok(Ok(id))
            })
        })
        .await
}
