//! Breaking the glass, closing what was opened, and reviewing it.

use super::codes::{BreakGlassOutcome, BreakGlassReason};
use super::grant::BreakGlassGrant;
use crate::care::service::{
    self, BreakGlass, BreakGlassRefusal, EndBreakGlass, EndBreakGlassRefusal, ReviewBreakGlass,
    ReviewBreakGlassRefusal,
};
use crate::graphql::guard::Role;
use crate::graphql::{ApiResult, Ask, decode_id};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::code::Roles;

crate::refusals! {
    /// Why a record is not opened. Whoever asked for it may read it.
    BreakGlassError, BreakGlassErrorCode from BreakGlassRefusal {
        /// The justification has fewer than 20 characters.
        JustificationTooShort => ("Say why in at least 20 characters.", ["input", "justification"]),
        /// The justification has more than 1,000 characters.
        JustificationTooLong => ("Say why in at most 1,000 characters.", ["input", "justification"]),
        /// The justification has a control character.
        InvalidCharacter => ("The text has a character that is not kept.", ["input", "justification"]),
        /// Your account has no second factor; enrol one first.
        MfaNotEnrolled => ("Enrol a second factor first (beginMfaEnrolment).", ["input"]),
        /// You have not proved who you are within five minutes.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
        /// You may read the record as it is.
        AlreadyOpen => ("The record is open to you already.", ["input", "patientId"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why a grant is not ended. Whoever asked for it may read it.
    EndBreakGlassError, EndBreakGlassErrorCode from EndBreakGlassRefusal {
        /// It has ended.
        AlreadyEnded => ("The grant has ended.", ["input", "id"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why a grant is not reviewed. Administrators may read it.
    ReviewBreakGlassError, ReviewBreakGlassErrorCode from ReviewBreakGlassRefusal {
        /// Nobody reviews what they did themselves.
        OwnGrant => ("Somebody else must review what you did.", ["input", "id"]),
        /// It is still in force; wait, or revoke it.
        StillInForce => ("The grant is still in force.", ["input", "id"]),
        /// It has been reviewed.
        AlreadyReviewed => ("The grant has been reviewed.", ["input", "id"]),
        /// The note has more than 1,000 characters.
        NoteTooLong => ("A note has at most 1,000 characters.", ["input", "note"]),
        /// The note has a control character.
        InvalidCharacter => ("The text has a character that is not kept.", ["input", "note"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

/// Open the record of a patient whom you do not treat.
#[derive(InputObject)]
pub struct BreakGlassInput {
    /// Whose.
    pub patient_id: ID,
    /// What for.
    pub reason: BreakGlassReason,
    /// Why, in at least 20 characters: it is read by whoever reviews it.
    pub justification: String,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

/// Close a record that you have opened.
#[derive(InputObject)]
pub struct EndBreakGlassInput {
    /// Which grant.
    pub id: ID,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

/// Take a grant from the doctor who has it.
#[derive(InputObject)]
pub struct RevokeBreakGlassInput {
    /// Which grant.
    pub id: ID,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

/// Say what is to be thought of a grant that has ended.
#[derive(InputObject)]
pub struct ReviewBreakGlassInput {
    /// Which grant.
    pub id: ID,
    /// What.
    pub outcome: BreakGlassOutcome,
    /// Why, if there is something to say.
    pub note: Option<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

/// What came of opening a record. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct BreakGlassPayload {
    /// The grant, if the record was opened.
    pub break_glass_grant: Option<BreakGlassGrant>,
    /// Why it was not.
    pub user_errors: Vec<BreakGlassError>,
}

/// What came of closing a record. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct EndBreakGlassPayload {
    /// The grant as it is now, if it was ended.
    pub break_glass_grant: Option<BreakGlassGrant>,
    /// Why it was not.
    pub user_errors: Vec<EndBreakGlassError>,
}

/// What came of taking a grant away. Administrators may read it.
#[derive(SimpleObject)]
pub struct RevokeBreakGlassPayload {
    /// The grant as it is now, if it was taken away.
    pub break_glass_grant: Option<BreakGlassGrant>,
    /// Why it was not.
    pub user_errors: Vec<EndBreakGlassError>,
}

/// What came of reviewing a grant. Administrators may read it.
#[derive(SimpleObject)]
pub struct ReviewBreakGlassPayload {
    /// The grant as it is now, if the review was noted.
    pub break_glass_grant: Option<BreakGlassGrant>,
    /// Why it was not.
    pub user_errors: Vec<ReviewBreakGlassError>,
}

/// What a verb answers with: the grant as it is then, or why not.
async fn shown<E: From<R>, R>(
    ctx: &Context<'_>,
    done: Result<entity::id::BreakGlassGrantId, R>,
) -> ApiResult<(Option<BreakGlassGrant>, Vec<E>)> {
    Ok(match done {
        Ok(id) => (Some(BreakGlassGrant::find(ctx, id).await?), Vec::new()),
        Err(refusal) => (None, vec![refusal.into()]),
    })
}

/// Breaking the glass.
#[derive(Default)]
pub struct BreakGlassMutation;

/// Breaking the glass.
#[Object]
impl BreakGlassMutation {
    /// Opens the record of one patient whom you do not treat, to read and not to write, in this session, for an hour at
    /// most: demographics, contact, care team, appointments and their reasons. The patient and the administrators are told
    /// at once, and somebody reviews it. A record that is very restricted stays closed unless your clearance reaches it.
    /// Doctors with a second factor, which they have proved within five minutes, may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn break_glass(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose record, and why.")] input: BreakGlassInput,
    ) -> ApiResult<BreakGlassPayload> {
        let command = BreakGlass {
            patient: decode_id(&input.patient_id)?,
            reason: input.reason.into(),
            justification: input.justification,
            idempotency_key: input.idempotency_key,
        };
        let done = service::break_glass(ctx.state()?, &ctx.viewer(), command).await?;
        let (break_glass_grant, user_errors) = shown(ctx, done).await?;
        Ok(BreakGlassPayload {
            break_glass_grant,
            user_errors,
        })
    }

    /// Closes a record that you have opened: from now on the grant opens nothing. The doctor who has the grant may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn end_break_glass(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which grant.")] input: EndBreakGlassInput,
    ) -> ApiResult<EndBreakGlassPayload> {
        let command = EndBreakGlass {
            grant: decode_id(&input.id)?,
            idempotency_key: input.idempotency_key,
        };
        let done = service::end_break_glass(ctx.state()?, &ctx.viewer(), command).await?;
        let (break_glass_grant, user_errors) = shown(ctx, done).await?;
        Ok(EndBreakGlassPayload {
            break_glass_grant,
            user_errors,
        })
    }

    /// Takes a grant from the doctor who has it: from now on it opens nothing. Administrators may.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn revoke_break_glass(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which grant.")] input: RevokeBreakGlassInput,
    ) -> ApiResult<RevokeBreakGlassPayload> {
        let command = EndBreakGlass {
            grant: decode_id(&input.id)?,
            idempotency_key: input.idempotency_key,
        };
        let done = service::revoke_break_glass(ctx.state()?, &ctx.viewer(), command).await?;
        let (break_glass_grant, user_errors) = shown(ctx, done).await?;
        Ok(RevokeBreakGlassPayload {
            break_glass_grant,
            user_errors,
        })
    }

    /// Says what is to be thought of a grant that has ended, once and never of one's own. Administrators may.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn review_break_glass(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which grant, and what.")] input: ReviewBreakGlassInput,
    ) -> ApiResult<ReviewBreakGlassPayload> {
        let command = ReviewBreakGlass {
            grant: decode_id(&input.id)?,
            outcome: input.outcome.into(),
            note: input.note,
            idempotency_key: input.idempotency_key,
        };
        let done = service::review_break_glass(ctx.state()?, &ctx.viewer(), command).await?;
        let (break_glass_grant, user_errors) = shown(ctx, done).await?;
        Ok(ReviewBreakGlassPayload {
            break_glass_grant,
            user_errors,
        })
    }
}
