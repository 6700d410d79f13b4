//! Asking for links, and using them.

use super::super::mutation::client;
use super::shapes::{
    RequestEmailVerificationInput, RequestEmailVerificationPayload, RequestPasswordResetInput,
    RequestPasswordResetPayload, ResetPasswordInput, ResetPasswordPayload, VerifyEmailInput,
    VerifyEmailPayload,
};
use crate::account::service::{self, ResetPassword};
use crate::graphql::{ApiResult, Ask};
use async_graphql::{Context, Object};

/// The mutations around one-time links.
#[derive(Default)]
pub struct LinkMutation;

/// Whether it was done, and why not.
fn done<R, E: From<R>>(outcome: Result<(), R>) -> (bool, Vec<E>) {
    match outcome {
        Ok(()) => (true, Vec::new()),
        Err(refusal) => (false, vec![refusal.into()]),
    }
}

#[Object]
impl LinkMutation {
    /// Sends a link to choose another password with (resetPassword) to this address, if it has an account; whether it has
    /// shows neither in the answer nor in its time. The link works once, for 30 minutes, and ends the one before. Everybody may.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which account.")] input: RequestPasswordResetInput,
    ) -> ApiResult<RequestPasswordResetPayload> {
        let asked =
            service::request_password_reset(ctx.state()?, &client(ctx), &input.email).await?;
        let (accepted, user_errors) = done(asked);
        Ok(RequestPasswordResetPayload {
            accepted,
            user_errors,
        })
    }

    /// Chooses another password by a link. All sessions of the account end everywhere within a second, its failures to sign in
    /// are forgiven, its address is verified; a second factor stays. Whoever has the link may.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link, and the password to be.")] input: ResetPasswordInput,
    ) -> ApiResult<ResetPasswordPayload> {
        let command = ResetPassword {
            token: input.token,
            new_password: input.new_password,
        };
        let (reset, user_errors) = done(
            service::reset_password(ctx.state()?, &ctx.viewer(), &client(ctx), command).await?,
        );
        Ok(ResetPasswordPayload { reset, user_errors })
    }

    /// Sends a link that verifies this address (verifyEmail) to it, if it has an account and is not verified yet; whether it
    /// is shows neither in the answer nor in its time. The link works once, for 24 hours, and ends the one before. Everybody
    /// may.
    async fn request_email_verification(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which account.")] input: RequestEmailVerificationInput,
    ) -> ApiResult<RequestEmailVerificationPayload> {
        let asked =
            service::request_email_verification(ctx.state()?, &client(ctx), &input.email).await?;
        let (accepted, user_errors) = done(asked);
        Ok(RequestEmailVerificationPayload {
            accepted,
            user_errors,
        })
    }

    /// Verifies the address that a link was sent to. Whoever has the link may.
    async fn verify_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] input: VerifyEmailInput,
    ) -> ApiResult<VerifyEmailPayload> {
        let (verified, user_errors) = done(
            service::verify_email(ctx.state()?, &ctx.viewer(), &client(ctx), &input.token).await?,
        );
        Ok(VerifyEmailPayload {
            verified,
            user_errors,
        })
    }
}
