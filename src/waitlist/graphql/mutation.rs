//! Joining the waiting list, leaving it, and answering offers.

use super::shapes::{
    AcceptOfferInput, AcceptOfferPayload, DeclineOfferInput, DeclineOfferPayload,
    JoinWaitlistInput, JoinWaitlistPayload, LeaveWaitlistInput, LeaveWaitlistPayload,
    UpdateWaitlistEntryInput, UpdateWaitlistEntryPayload,
};
use crate::graphql::guard::SignedIn;
use crate::graphql::{ApiResult, Ask};
use crate::waitlist::service::{self, Answer, Leave, Update};
use async_graphql::{Context, Object};

/// The mutations of the waiting list.
#[derive(Default)]
pub struct WaitlistMutation;

#[Object]
impl WaitlistMutation {
    /// Puts a patient on the waiting list: a time that is or becomes free and fits is offered to the most urgent, and of the
    /// equally urgent to who waits longest. Only times that the doctor's published hours offer are. Patients may for
    /// themselves; doctors who treat them and administrators for the patient.
    #[graphql(guard = "SignedIn")]
    async fn join_waitlist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who waits for what.")] input: JoinWaitlistInput,
    ) -> ApiResult<JoinWaitlistPayload> {
        let command = input.try_into()?;
        let done = service::join(ctx.state()?, &ctx.viewer(), command).await?;
        JoinWaitlistPayload::of(ctx, None, done).await
    }

    /// Says anew when a patient could come, how urgent it is, or what should be known. The patient (but for the urgency), the
    /// doctor who is waited for, the care team and administrators may.
    #[graphql(guard = "SignedIn")]
    async fn update_waitlist_entry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entry, and what of it.")] input: UpdateWaitlistEntryInput,
    ) -> ApiResult<UpdateWaitlistEntryPayload> {
        let command: Update = input.try_into()?;
        let id = command.entry;
        let done = service::update(ctx.state()?, &ctx.viewer(), command).await?;
        UpdateWaitlistEntryPayload::of(ctx, Some(id), done).await
    }

    /// Takes a patient off the waiting list; a time that is held for them goes on to the next. The patient, the doctor who is
    /// waited for, the care team and administrators may.
    #[graphql(guard = "SignedIn")]
    async fn leave_waitlist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entry.")] input: LeaveWaitlistInput,
    ) -> ApiResult<LeaveWaitlistPayload> {
        let command: Leave = input.try_into()?;
        let id = command.entry;
        let done = service::leave(ctx.state()?, &ctx.viewer(), command).await?;
        LeaveWaitlistPayload::of(ctx, Some(id), done).await
    }

    /// Takes the time that is offered: from now on it is booked. The patient, the doctor who is waited for, the care team and
    /// administrators may.
    #[graphql(guard = "SignedIn")]
    async fn accept_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose offer.")] input: AcceptOfferInput,
    ) -> ApiResult<AcceptOfferPayload> {
        let command: Answer = input.try_into()?;
        let id = command.entry;
        let done = service::accept(ctx.state()?, &ctx.viewer(), command).await?;
        AcceptOfferPayload::of(ctx, Some(id), done).await
    }

    /// Declines the time that is offered: it goes on to the next, is not offered to this patient again, and they wait for
    /// another. The patient, the doctor who is waited for, the care team and administrators may.
    #[graphql(guard = "SignedIn")]
    async fn decline_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose offer.")] input: DeclineOfferInput,
    ) -> ApiResult<DeclineOfferPayload> {
        let command: Answer = input.try_into()?;
        let id = command.entry;
        let done = service::decline(ctx.state()?, &ctx.viewer(), command).await?;
        DeclineOfferPayload::of(ctx, Some(id), done).await
    }
}
