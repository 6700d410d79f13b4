//! Enrolling a second factor, signing in with it, proving it again.

use super::super::mutation::{client, either, shown};
use super::super::types::AuthSession;
use super::shapes::{
    BeginMfaEnrolmentInput, BeginMfaEnrolmentPayload, CompleteSignInInput, CompleteSignInPayload,
    ConfirmMfaEnrolmentInput, ConfirmMfaEnrolmentPayload, DisableMfaInput, DisableMfaPayload,
    ProveIdentityInput, ProveIdentityPayload, RegenerateRecoveryCodesInput,
    RegenerateRecoveryCodesPayload, ResetMfaInput, ResetMfaPayload,
};
use crate::account::service::{
    self, BeginMfaEnrolment, CompleteSignIn, ConfirmMfaEnrolment, DisableMfa,
    RegenerateRecoveryCodes, ResetMfa,
};
use crate::auth::RecoveryCode;
use crate::graphql::guard::{Role, SignedIn};
use crate::graphql::{ApiResult, Ask, decode_id};
use async_graphql::{Context, Object};
use entity::code::Roles;

/// The mutations around the second factor.
#[derive(Default)]
pub struct SecondFactorMutation;

fn legible(codes: &[RecoveryCode]) -> Vec<String> {
    codes.iter().map(RecoveryCode::shown).collect()
}

#[Object]
impl SecondFactorMutation {
    /// Signs in whoever was challenged by signIn, with a code of their second factor. A code is taken once, five wrong ones end
    /// the challenge. Whoever gave the password may.
    async fn complete_sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The answer.")] input: CompleteSignInInput,
    ) -> ApiResult<CompleteSignInPayload> {
        let command = CompleteSignIn {
            challenge: input.challenge,
            code: input.code,
            device_token: input.device_token,
        };
        let completed =
            service::complete_sign_in(ctx.state()?, &client(ctx), &ctx.viewer(), command).await?;
        Ok(match completed {
            Ok(signed_in) => CompleteSignInPayload {
                device_token: signed_in.device_token.clone(),
                auth_session: Some(AuthSession::of(signed_in, &ctx.viewer())),
                user_errors: Vec::new(),
            },
            Err(refusal) => CompleteSignInPayload {
                device_token: None,
                auth_session: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Gives a secret for an authenticator, which counts from its first code on (confirmMfaEnrolment). Whoever has a second
    /// factor must have proved it within five minutes; it goes on until the new one is confirmed. Everybody who is signed in
    /// may.
    #[graphql(guard = "SignedIn")]
    async fn begin_mfa_enrolment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who one is.")] input: BeginMfaEnrolmentInput,
    ) -> ApiResult<BeginMfaEnrolmentPayload> {
        let command = BeginMfaEnrolment {
            password: input.password,
        };
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let begun = service::begin_mfa_enrolment(state, &client(ctx), &viewer, command).await?;
        Ok(match begun {
            Ok(enrolment) => BeginMfaEnrolmentPayload {
                mfa_enrolment: Some(enrolment.into()),
                user_errors: Vec::new(),
            },
            Err(refusal) => BeginMfaEnrolmentPayload {
                mfa_enrolment: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Enrols the second factor whose secret was given, by a code of it. All other sessions end; this one has the roles that
    /// wanted a second factor from then on. Everybody who is signed in may.
    #[graphql(guard = "SignedIn")]
    async fn confirm_mfa_enrolment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first code.")] input: ConfirmMfaEnrolmentInput,
    ) -> ApiResult<ConfirmMfaEnrolmentPayload> {
        let command = ConfirmMfaEnrolment { code: input.code };
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let enrolled =
            service::confirm_mfa_enrolment(state, &client(ctx), &viewer, command).await?;
        Ok(match enrolled {
            Ok(enrolled) => ConfirmMfaEnrolmentPayload {
                recovery_codes: legible(&enrolled.recovery_codes),
                user: Some(enrolled.account.into()),
                user_errors: Vec::new(),
            },
            Err(refusal) => ConfirmMfaEnrolmentPayload {
                recovery_codes: Vec::new(),
                user: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Gives other recovery codes; those before are void. The second factor must have been proved within five minutes.
    /// Everybody who is signed in may.
    #[graphql(guard = "SignedIn")]
    async fn regenerate_recovery_codes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who one is.")] input: RegenerateRecoveryCodesInput,
    ) -> ApiResult<RegenerateRecoveryCodesPayload> {
        let command = RegenerateRecoveryCodes {
            password: input.password,
        };
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let given =
            service::regenerate_recovery_codes(state, &client(ctx), &viewer, command).await?;
        Ok(match given {
            Ok(enrolled) => RegenerateRecoveryCodesPayload {
                recovery_codes: legible(&enrolled.recovery_codes),
                user_errors: Vec::new(),
            },
            Err(refusal) => RegenerateRecoveryCodesPayload {
                recovery_codes: Vec::new(),
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Takes the second factor away, with its recovery codes; all other sessions end. It must have been proved within five
    /// minutes. Everybody who is signed in may, unless one of their roles must have a second factor.
    #[graphql(guard = "SignedIn")]
    async fn disable_mfa(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who one is.")] input: DisableMfaInput,
    ) -> ApiResult<DisableMfaPayload> {
        let command = DisableMfa {
            password: input.password,
        };
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let disabled = service::disable_mfa(state, &client(ctx), &viewer, command).await?;
        Ok(match disabled {
            Ok(account) => DisableMfaPayload {
                user: Some(account.into()),
                user_errors: Vec::new(),
            },
            Err(refusal) => DisableMfaPayload {
                user: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Proves that whoever uses this session is its owner, for what is refused with STEP_UP_REQUIRED otherwise: by a code of
    /// the second factor, or by the password where there is none. It holds for five minutes. Everybody who is signed in may.
    #[graphql(guard = "SignedIn")]
    async fn prove_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proof.")] input: ProveIdentityInput,
    ) -> ApiResult<ProveIdentityPayload> {
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let proved = service::prove_identity(state, &client(ctx), &viewer, input.into()).await?;
        Ok(match proved {
            Ok(row) => ProveIdentityPayload {
                session: shown(ctx, row).await?,
                user_errors: Vec::new(),
            },
            Err(refusal) => ProveIdentityPayload {
                session: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Takes a lost second factor from somebody else, with its recovery codes. All their sessions end everywhere within a
    /// second, and a letter tells them. Their password stays, though it may be shorter than one without a second factor has to
    /// be: see that they change it, or enrol again, where their role does not make them. The administrator must have proved within five minutes who they are, if their role must
    /// have a second factor. Administrators may, but not for themselves.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn reset_mfa(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: ResetMfaInput,
    ) -> ApiResult<ResetMfaPayload> {
        let command = ResetMfa {
            user: decode_id(&input.user_id)?,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let id = command.user;
        let reset = service::reset_mfa(ctx.state()?, &ctx.viewer(), command).await?;
        let (user, user_errors) = either(ctx, id, reset).await?;
        Ok(ResetMfaPayload { user, user_errors })
    }
}
