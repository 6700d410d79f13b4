//! Keeping a doctor's hours.

use super::errors::{
    AddAvailabilityExceptionError, AddAvailabilityRuleError, EndAvailabilityRuleError,
    RemoveAvailabilityExceptionError, UpdateAvailabilityRuleError,
};
use super::inputs::{
    AddAvailabilityExceptionInput, AddAvailabilityRuleInput, EndAvailabilityRuleInput,
    RemoveAvailabilityExceptionInput, UpdateAvailabilityRuleInput,
};
use super::types::{AvailabilityException, AvailabilityRule};
use crate::doctor::graphql::Doctor;
use crate::graphql::guard::Role;
use crate::graphql::{ApiResult, Ask, as_it_stays, decode_id};
use crate::schedule::service::{self, HoursRefusal};
use async_graphql::{Context, Object, SimpleObject};
use entity::code::Roles;
use entity::id::AvailabilityRuleId;

macro_rules! rule_payload {
    ($(#[$doc:meta])+ $payload:ident, $error:ident) => {
        $(#[$doc])+
        #[derive(SimpleObject)]
        pub struct $payload {
            /// The hours as they are now, changed or not; absent when they are not there.
            pub availability_rule: Option<AvailabilityRule>,
            /// Why it was refused; empty when it was done.
            pub user_errors: Vec<$error>,
        }

        impl $payload {
            async fn of(
                ctx: &Context<'_>,
                asked: Option<AvailabilityRuleId>,
                done: Result<AvailabilityRuleId, HoursRefusal>,
            ) -> ApiResult<Self> {
                let availability_rule = match done.ok().or(asked) {
                    Some(id) => as_it_stays(AvailabilityRule::find(ctx, id).await)?,
                    None => None,
                };
                Ok(Self {
                    availability_rule,
                    user_errors: done.err().map(Into::into).into_iter().collect(),
                })
            }
        }
    };
}

rule_payload! {
    /// What came of adding hours. Whoever asked for it may read it.
    AddAvailabilityRulePayload, AddAvailabilityRuleError
}
rule_payload! {
    /// What came of changing hours. Whoever asked for it may read it.
    UpdateAvailabilityRulePayload, UpdateAvailabilityRuleError
}
rule_payload! {
    /// What came of ending hours. Whoever asked for it may read it.
    EndAvailabilityRulePayload, EndAvailabilityRuleError
}

/// What came of adding an exception. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct AddAvailabilityExceptionPayload {
    /// The exception, if it was added.
    pub availability_exception: Option<AvailabilityException>,
    /// Why it was not.
    pub user_errors: Vec<AddAvailabilityExceptionError>,
}

/// What came of taking an exception away. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct RemoveAvailabilityExceptionPayload {
    /// Whose it was.
    pub doctor: Option<Doctor>,
    /// Why it was refused; empty when it was done.
    pub user_errors: Vec<RemoveAvailabilityExceptionError>,
}

/// Keeping a doctor's hours.
#[derive(Default)]
pub struct ScheduleMutation;

/// Keeping a doctor's hours.
#[Object]
impl ScheduleMutation {
    /// Adds hours to a doctor's week. From the first on, patients book with this doctor only what the hours offer. The
    /// doctor and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn add_availability_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hours.")] input: AddAvailabilityRuleInput,
    ) -> ApiResult<AddAvailabilityRulePayload> {
        let command = input.try_into()?;
        let done = service::add_rule(ctx.state()?, &ctx.viewer(), command).await?;
        AddAvailabilityRulePayload::of(ctx, None, done).await
    }

    /// Changes hours of a doctor's week; what is booked stays booked. The doctor and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn update_availability_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hours, and what of them.")] input: UpdateAvailabilityRuleInput,
    ) -> ApiResult<UpdateAvailabilityRulePayload> {
        let command: service::UpdateRule = input.try_into()?;
        let id = command.rule;
        let done = service::update_rule(ctx.state()?, &ctx.viewer(), command).await?;
        UpdateAvailabilityRulePayload::of(ctx, Some(id), done).await
    }

    /// Lets hours of a doctor's week end with a day, or takes them away; what is booked stays booked. The doctor and
    /// administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn end_availability_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hours, and when.")] input: EndAvailabilityRuleInput,
    ) -> ApiResult<EndAvailabilityRulePayload> {
        let command: service::EndRule = input.try_into()?;
        let id = command.rule;
        let done = service::end_rule(ctx.state()?, &ctx.viewer(), command).await?;
        EndAvailabilityRulePayload::of(ctx, Some(id), done).await
    }

    /// Says that a doctor's hours are others on some days; what is booked stays booked. The doctor and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn add_availability_exception(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which days, and how.")] input: AddAvailabilityExceptionInput,
    ) -> ApiResult<AddAvailabilityExceptionPayload> {
        let command = input.try_into()?;
        let done = service::add_exception(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match done {
            Ok(id) => AddAvailabilityExceptionPayload {
                availability_exception: Some(AvailabilityException::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => AddAvailabilityExceptionPayload {
                availability_exception: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Takes an exception away: the doctor's hours are as usual again on its days. The doctor and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn remove_availability_exception(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which exception.")] input: RemoveAvailabilityExceptionInput,
    ) -> ApiResult<RemoveAvailabilityExceptionPayload> {
        let id = decode_id(&input.id)?;
        let doctor = service::remove_exception(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(RemoveAvailabilityExceptionPayload {
            doctor: Some(Doctor::find(ctx, doctor).await?),
            user_errors: Vec::new(),
        })
    }
}
