//! Saying that doctors are away.

use super::absence::{Absence, AbsenceKind};
use crate::error::Fault;
use crate::graphql::guard::Role;
use crate::graphql::{ApiResult, Ask, as_it_stays, decode_id};
use crate::schedule::service::{self, AbsenceRefusal, EndAbsence, MarkAbsence, UpdateAbsence};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::code::Roles;
use entity::id::AbsenceId;

/// That a doctor is away.
#[derive(InputObject)]
pub struct MarkAbsenceInput {
    /// Who.
    pub doctor_id: ID,
    /// What for.
    pub kind: AbsenceKind,
    /// From when; at most two years ahead.
    pub starts_at: DateTime<Utc>,
    /// Until when; at most two years later, and not in the past.
    pub ends_at: DateTime<Utc>,
    /// Why, in words; at most 500 characters.
    pub reason: Option<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<MarkAbsenceInput> for MarkAbsence {
    type Error = Fault;

    fn try_from(input: MarkAbsenceInput) -> Result<Self, Fault> {
        Ok(Self {
            doctor: decode_id(&input.doctor_id)?,
            kind: input.kind.into(),
            starts_at: input.starts_at,
            ends_at: input.ends_at,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Change that a doctor is away. What is absent stays; null clears what can be absent.
#[derive(InputObject)]
pub struct UpdateAbsenceInput {
    /// Which absence.
    pub id: ID,
    /// Its version as it was read.
    pub expected_version: i32,
    /// What for.
    pub kind: Option<AbsenceKind>,
    /// From when; at most two years ahead.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when; at most two years later, and not in the past.
    pub ends_at: Option<DateTime<Utc>>,
    /// Why, in words; at most 500 characters.
    pub reason: MaybeUndefined<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<UpdateAbsenceInput> for UpdateAbsence {
    type Error = Fault;

    fn try_from(input: UpdateAbsenceInput) -> Result<Self, Fault> {
        Ok(Self {
            absence: decode_id(&input.id)?,
            expected_version: input.expected_version,
            kind: input.kind.map(Into::into),
            starts_at: input.starts_at,
            ends_at: input.ends_at,
            reason: match input.reason {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(String::new()),
                MaybeUndefined::Value(words) => Some(words),
            },
            idempotency_key: input.idempotency_key,
        })
    }
}

/// An absence that is to end now.
#[derive(InputObject)]
pub struct EndAbsenceInput {
    /// Which absence.
    pub id: ID,
    /// Its version as it was read.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<EndAbsenceInput> for EndAbsence {
    type Error = Fault;

    fn try_from(input: EndAbsenceInput) -> Result<Self, Fault> {
        Ok(Self {
            absence: decode_id(&input.id)?,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        })
    }
}

macro_rules! absence_answers {
    ($(#[$doc:meta])+ $error:ident, $code:ident, $(#[$payload_doc:meta])+ $payload:ident) => {
        crate::refusals! {
            $(#[$doc])+
            $error, $code from AbsenceRefusal {
                /// The end is not after the beginning, or has passed; or one of them is too far away.
                InvalidPeriod => ("The end is after the beginning and now, and both within two years.", ["input", "endsAt"]),
                /// The reason has more than 500 characters, or control characters.
                InvalidReason => ("The reason is too long or has control characters.", ["input", "reason"]),
                /// The absence is over, or was ended.
                Over => ("The absence is over.", ["input", "id"]),
                /// The doctor has as many as there can be.
                TooMany => ("The doctor has as many as there can be.", ["input"]),
                /// It has changed since it was read.
                Conflict => ("It has changed; read it again.", ["input", "expectedVersion"]),
                /// The idempotency key was used with another input.
                IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
            }
        }

        $(#[$payload_doc])+
        #[derive(SimpleObject)]
        pub struct $payload {
            /// The absence as it is now, changed or not; absent when it is not there.
            pub absence: Option<Absence>,
            /// Why it was refused; empty when it was done.
            pub user_errors: Vec<$error>,
        }

        impl $payload {
            async fn of(
                ctx: &Context<'_>,
                asked: Option<AbsenceId>,
                done: Result<AbsenceId, AbsenceRefusal>,
            ) -> ApiResult<Self> {
                let absence = match done.ok().or(asked) {
                    Some(id) => as_it_stays(Absence::find(ctx, id).await)?,
                    None => None,
                };
                Ok(Self {
                    absence,
                    user_errors: done.err().map(Into::into).into_iter().collect(),
                })
            }
        }
    };
}

absence_answers! {
    /// Why an absence is not marked. Whoever asked for it may read it.
    MarkAbsenceError, MarkAbsenceErrorCode,
    /// What came of marking an absence. Whoever asked for it may read it.
    MarkAbsencePayload
}
absence_answers! {
    /// Why an absence is not changed. Whoever asked for it may read it.
    UpdateAbsenceError, UpdateAbsenceErrorCode,
    /// What came of changing an absence. Whoever asked for it may read it.
    UpdateAbsencePayload
}
absence_answers! {
    /// Why an absence is not ended. Whoever asked for it may read it.
    EndAbsenceError, EndAbsenceErrorCode,
    /// What came of ending an absence. Whoever asked for it may read it.
    EndAbsencePayload
}

/// Saying that doctors are away.
#[derive(Default)]
pub struct AbsenceMutation;

/// Saying that doctors are away.
#[Object]
impl AbsenceMutation {
    /// Says that a doctor is away: from now on nobody is given a time of it. What is booked stays booked, and is `affected`
    /// until it is resolved. The doctor and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn mark_absence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is away, and when.")] input: MarkAbsenceInput,
    ) -> ApiResult<MarkAbsencePayload> {
        let command = input.try_into()?;
        let done = service::mark_absence(ctx.state()?, &ctx.viewer(), command).await?;
        MarkAbsencePayload::of(ctx, None, done).await
    }

    /// Changes an absence: what is taken off it is open again at once, what is added is closed. The doctor and administrators
    /// may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn update_absence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which absence, and what of it.")] input: UpdateAbsenceInput,
    ) -> ApiResult<UpdateAbsencePayload> {
        let command: UpdateAbsence = input.try_into()?;
        let id = command.absence;
        let done = service::update_absence(ctx.state()?, &ctx.viewer(), command).await?;
        UpdateAbsencePayload::of(ctx, Some(id), done).await
    }

    /// Lets an absence end now: the doctor's hours are open again. One that has not begun is called off. The doctor and
    /// administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn end_absence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which absence.")] input: EndAbsenceInput,
    ) -> ApiResult<EndAbsencePayload> {
        let command: EndAbsence = input.try_into()?;
        let id = command.absence;
        let done = service::end_absence(ctx.state()?, &ctx.viewer(), command).await?;
        EndAbsencePayload::of(ctx, Some(id), done).await
    }
}
