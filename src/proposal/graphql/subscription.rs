//! Proposals, live: to those who may decide, and back to the patient.

use super::codes::ChangeProposalChangeKind;
use super::proposal::ChangeProposal;
use crate::access::{Permit, Viewer};
use crate::chart::graphql::{ChartsOf, own_panel};
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, Change, Channel, Messages};
use crate::graphql::{ApiError, Ask as _};
use crate::patient::PatientRecord;
use crate::patient::graphql::Patient;
use crate::proposal::service;
use crate::state::State;
use async_graphql::{Context, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::id::ChangeProposalId;
use entity::{change_proposal, event, patient};
use std::sync::Arc;

/// The live field of proposals.
#[derive(Default)]
pub struct ProposalSubscription;

/// A patient asked for a change, took that back, or somebody decided. It reaches only whoever may see it at that moment.
#[derive(SimpleObject)]
pub struct ChangeProposalChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever receives the change may read it.
    pub cursor: String,
    /// What happened. Whoever receives the change may read it.
    pub kind: ChangeProposalChangeKind,
    /// When it happened. Whoever receives the change may read it.
    pub occurred_at: DateTime<Utc>,
    /// The proposal as it is now, or later if changed again since. Whoever receives the change may read it.
    pub change_proposal: ChangeProposal,
}

crate::live_message!(
    /// What a subscriber to proposals receives. Whoever follows the stream may read it.
    ChangeProposalMessage,
    ChangeProposalChange
);

#[Subscription]
impl ProposalSubscription {
    /// Follows what patients ask to have changed, and the word on it: each exactly once and in order. With `after`, first what
    /// happened since that cursor, then `CaughtUp`, then live. The patient, doctors who treat them, whoever broke the glass and
    /// administrators (who are told of names, birth date, gender and blood group alone) may follow a patient's, and doctors those of
    /// their panel.
    #[graphql(guard = "SignedIn")]
    async fn change_proposed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] of: ChartsOf,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<Messages<ChangeProposalMessage>, ApiError> {
        let series = of.series(&ctx.viewer())?;
        let panel = matches!(series, Series::Doctor(_));
        live::follow(ctx, series, after, Proposals { panel }).await
    }
}

/// A proposal with its patient.
type Of = (Arc<change_proposal::Model>, Arc<patient::Model>);

/// The proposals of a stream.
struct Proposals {
    /// Whether the stream is a doctor's, and only whom they treat is meant.
    panel: bool,
}

impl Channel for Proposals {
    type Kind = ChangeProposalChangeKind;
    type Thing = Of;
    type Message = ChangeProposalMessage;

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        match series {
            Series::Patient(patient) => service::may_follow(state, viewer, *patient).await,
            Series::Doctor(doctor) => Ok(own_panel(viewer, *doctor)),
            Series::Clinic | Series::User(_) | Series::Access(_) => Ok(None),
        }
    }

    fn kind(&self, event: &event::Model) -> Option<ChangeProposalChangeKind> {
        match event.kind {
            EventKind::ChangeProposed => Some(ChangeProposalChangeKind::Proposed),
            EventKind::ProposalDecided => Some(ChangeProposalChangeKind::Decided),
            EventKind::ProposalWithdrawn => Some(ChangeProposalChangeKind::Withdrawn),
            _ => None,
        }
    }

    async fn load(&self, state: &State, event: &event::Model) -> Result<Option<Of>, Fault> {
        let proposals = &state.loaders.proposals.rows;
        let Some(row) = proposals.load(ChangeProposalId(event.subject)).await? else {
            return Ok(None);
        };
        let patient = state.loaders.patients.load(row.patient_id).await?;
        Ok(patient.map(|patient| (row, patient)))
    }

    async fn may_see(
        &self,
        state: &State,
        viewer: &Viewer,
        _kind: ChangeProposalChangeKind,
        (row, patient): &Of,
    ) -> Result<bool, Fault> {
        match self.panel {
            true => service::may_see_of_panel(state, viewer, row.kind, patient).await,
            false => service::may_see(state, viewer, row.kind, patient).await,
        }
    }

    fn message(&self, change: Change<ChangeProposalChangeKind, Of>) -> ChangeProposalMessage {
        let (row, patient) = change.thing;
        ChangeProposalMessage::ChangeProposalChange(ChangeProposalChange {
            cursor: change.cursor,
            kind: change.kind,
            occurred_at: change.occurred_at,
            change_proposal: ChangeProposal::shown(
                row,
                Patient::identified(PatientRecord::new(patient)),
            ),
        })
    }
}
