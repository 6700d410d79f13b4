//! Asking for changes, taking that back, and deciding.

use super::inputs::{DecideChangeProposalInput, ProposeChangeInput, WithdrawChangeProposalInput};
use super::proposal::ChangeProposal;
use super::refusal::{
    DecideChangeProposalError, ProposeChangeError, Refused, WithdrawChangeProposalError,
};
use crate::graphql::guard::Role;
use crate::graphql::{ApiResult, Ask, as_it_stays};
use crate::proposal::service::{self, Decide, Withdraw};
use async_graphql::{Context, Object, SimpleObject};
use entity::code::Roles;

/// What came of asking for a change. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct ProposeChangePayload {
    /// The proposal, if it was taken.
    pub change_proposal: Option<ChangeProposal>,
    /// Why it was not.
    pub user_errors: Vec<ProposeChangeError>,
}

/// What came of taking a proposal back. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct WithdrawChangeProposalPayload {
    /// The proposal as it is now, taken back or not; absent when there is none.
    pub change_proposal: Option<ChangeProposal>,
    /// Why it was not.
    pub user_errors: Vec<WithdrawChangeProposalError>,
}

/// What came of deciding on a proposal. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct DecideChangeProposalPayload {
    /// The proposal as it is now, decided or not; absent when there is none.
    pub change_proposal: Option<ChangeProposal>,
    /// Why it was not decided so.
    pub user_errors: Vec<DecideChangeProposalError>,
}

/// Asking for changes, taking that back, and deciding.
#[derive(Default)]
pub struct ProposalMutation;

/// Asking for changes, taking that back, and deciding.
#[Object]
impl ProposalMutation {
    /// Asks for a change of your own record that is not yours to make: those who may decide on it, field by field. At most 20 are
    /// open at once, and no field is in two of them. Patients may.
    #[graphql(guard = "Role(Roles::PATIENT)")]
    async fn propose_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and what there is to say of it.")] input: ProposeChangeInput,
    ) -> ApiResult<ProposeChangePayload> {
        let command = input.try_into()?;
        let said = service::propose(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match said {
            Ok(id) => ProposeChangePayload {
                change_proposal: Some(ChangeProposal::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => ProposeChangePayload {
                change_proposal: None,
                user_errors: ProposeChangeError::all(refusal),
            },
        })
    }

    /// Takes back what you have asked for, as long as nobody has decided. Patients may.
    #[graphql(guard = "Role(Roles::PATIENT)")]
    async fn withdraw_change_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WithdrawChangeProposalInput,
    ) -> ApiResult<WithdrawChangeProposalPayload> {
        let command: Withdraw = input.try_into()?;
        let id = command.proposal;
        let said = service::withdraw(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match said {
            Ok(id) => WithdrawChangeProposalPayload {
                change_proposal: Some(ChangeProposal::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => WithdrawChangeProposalPayload {
                change_proposal: as_it_stays(ChangeProposal::find(ctx, id).await)?,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Decides on what a patient asks for, field by field. What is accepted is made with the decision, as if you had made it
    /// yourself, or the whole is refused; the history of the entry names the proposal. Doctors who may change it may; of who a
    /// patient is, those of the care team and administrators. Nobody may in their own record.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn decide_change_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "On which, the word on each field, and why.")]
        input: DecideChangeProposalInput,
    ) -> ApiResult<DecideChangeProposalPayload> {
        let command: Decide = input.try_into()?;
        let id = command.proposal;
        let fields: Vec<_> = command.fields.iter().map(|(field, _)| *field).collect();
        let said = service::decide(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match said {
            Ok(id) => DecideChangeProposalPayload {
                change_proposal: Some(ChangeProposal::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => DecideChangeProposalPayload {
                change_proposal: as_it_stays(ChangeProposal::find(ctx, id).await)?,
                user_errors: DecideChangeProposalError::all(Refused::of(refusal, &fields)),
            },
        })
    }
}
