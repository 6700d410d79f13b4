//! Signing in and out, and looking after accounts.

use super::code::Role as GraphRole;
use super::shapes::{
    AssignRoleInput, AssignRolePayload, ChangePasswordInput, ChangePasswordPayload,
    CreateUserInput, CreateUserPayload, RefreshSessionInput, RefreshSessionPayload,
    RevokeOtherSessionsInput, RevokeOtherSessionsPayload, RevokeSessionInput, RevokeSessionPayload,
    SetClearanceInput, SetClearancePayload, SetUserStatusInput, SetUserStatusPayload, SignInInput,
    SignInPayload, SignOutInput, SignOutPayload, WithdrawRoleInput, WithdrawRolePayload,
};
use super::types::{AuthSession, Session, User};
use crate::account::service::{
    self, AssignRole, ChangePassword, CreateUser, RevokeOtherSessions, RevokeSession, SetClearance,
    SetUserStatus, SignIn, SignInAnswer, SignOut, WithdrawRole,
};
use crate::account::{Account, Client};
use crate::error::Fault;
use crate::graphql::guard::{Role, SignedIn};
use crate::graphql::{ApiResult, Ask, decode_id};
use async_graphql::{Context, Object};
use entity::code::Roles;
use entity::id::UserId;
use entity::session;
use std::sync::Arc;

/// The mutations of accounts.
#[derive(Default)]
pub struct AccountMutation;

/// Where the request comes from; a request that was built without saying so comes from nowhere.
pub(super) fn client(ctx: &Context<'_>) -> Client {
    ctx.data_opt::<Client>().cloned().unwrap_or_default()
}

/// The account, if the viewer may (still) see it.
async fn account(ctx: &Context<'_>, id: UserId) -> ApiResult<Option<Arc<Account>>> {
    match service::find(ctx.state()?, &ctx.viewer(), id).await {
        Ok(account) => Ok(Some(Arc::new(account))),
        Err(Fault::NotFound) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// The account as it is after a change, or as it stays with what the change was refused for.
pub(super) async fn either<R, E: From<R>>(
    ctx: &Context<'_>,
    id: UserId,
    changed: Result<Account, R>,
) -> ApiResult<(Option<User>, Vec<E>)> {
    Ok(match changed {
        Ok(changed) => (Some(changed.into()), Vec::new()),
        Err(refusal) => {
            let stays = account(ctx, id).await?;
            (stays.map(User::from), vec![refusal.into()])
        }
    })
}

pub(super) async fn shown(ctx: &Context<'_>, row: session::Model) -> ApiResult<Option<Session>> {
    let owner = account(ctx, row.user_id).await?;
    Ok(owner.map(|owner| Session::of(owner, row, &ctx.viewer())))
}

#[Object]
impl AccountMutation {
    /// Signs in, or answers with a challenge to whoever has a second factor (completeSignIn). Whether there is such an account
    /// shows neither in the answer nor in its time. Everybody may.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who one is.")] input: SignInInput,
    ) -> ApiResult<SignInPayload> {
        let command = SignIn {
            email: input.email,
            password: input.password,
            device: input.device,
            device_token: input.device_token,
        };
        let signed_in =
            service::sign_in(ctx.state()?, &client(ctx), &ctx.viewer(), command).await?;
        Ok(match signed_in {
            Ok(SignInAnswer::SignedIn(signed_in)) => SignInPayload {
                device_token: signed_in.device_token.clone(),
                auth_session: Some(AuthSession::of(signed_in, &ctx.viewer())),
                mfa_challenge: None,
                user_errors: Vec::new(),
            },
            Ok(SignInAnswer::Challenged(challenged)) => SignInPayload {
                device_token: None,
                auth_session: None,
                mfa_challenge: Some(challenged.into()),
                user_errors: Vec::new(),
            },
            Err(refusal) => SignInPayload {
                device_token: None,
                auth_session: None,
                mfa_challenge: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Exchanges a refresh token for the next one and an access token. A token works once: when it comes a second time, and
    /// not from a client that lost the answer moments ago, the session ends. Whoever has the token may.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to refresh with.")] input: RefreshSessionInput,
    ) -> ApiResult<RefreshSessionPayload> {
        let (from, viewer) = (client(ctx), ctx.viewer());
        let refreshed =
            service::refresh_session(ctx.state()?, &from, &viewer, &input.refresh_token).await?;
        Ok(match refreshed {
            Ok(signed_in) => RefreshSessionPayload {
                auth_session: Some(AuthSession::of(signed_in, &ctx.viewer())),
                user_errors: Vec::new(),
            },
            Err(refusal) => RefreshSessionPayload {
                auth_session: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Ends the session of this request, everywhere within a second. Everybody who is signed in may.
    #[graphql(guard = "SignedIn")]
    async fn sign_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How.")] input: SignOutInput,
    ) -> ApiResult<SignOutPayload> {
        let command = SignOut {
            idempotency_key: input.idempotency_key,
        };
        let ended = service::sign_out(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match ended {
            Ok(row) => SignOutPayload {
                session: shown(ctx, row).await?,
                user_errors: Vec::new(),
            },
            Err(refusal) => SignOutPayload {
                session: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Ends a session, everywhere within a second; one that is over stays as it is. Its owner and administrators may.
    #[graphql(guard = "SignedIn")]
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RevokeSessionInput,
    ) -> ApiResult<RevokeSessionPayload> {
        let command = RevokeSession {
            session: decode_id(&input.id)?,
            idempotency_key: input.idempotency_key,
        };
        let ended = service::revoke_session(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match ended {
            Ok(row) => RevokeSessionPayload {
                session: shown(ctx, row).await?,
                user_errors: Vec::new(),
            },
            Err(refusal) => RevokeSessionPayload {
                session: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Ends all sessions of an account but the one of this request. Everybody may end their own, administrators anyone's.
    #[graphql(guard = "SignedIn")]
    async fn revoke_other_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: RevokeOtherSessionsInput,
    ) -> ApiResult<RevokeOtherSessionsPayload> {
        let viewer = ctx.viewer();
        let user = input.user_id.as_ref().map(decode_id).transpose()?;
        let command = RevokeOtherSessions {
            user,
            idempotency_key: input.idempotency_key,
        };
        let ended = service::revoke_other_sessions(ctx.state()?, &viewer, command).await?;
        let (rows, user_errors) = match ended {
            Ok(rows) => (rows, Vec::new()),
            Err(refusal) => (Vec::new(), vec![refusal.into()]),
        };
        let sessions = match rows.first().map(|row| row.user_id) {
            None => Vec::new(),
            Some(owner) => {
                let owner = account(ctx, owner).await?.ok_or(Fault::NotFound)?;
                rows.into_iter()
                    .map(|row| Session::of(Arc::clone(&owner), row, &viewer))
                    .collect()
            }
        };
        Ok(RevokeOtherSessionsPayload {
            sessions,
            user_errors,
        })
    }

    /// Changes one's password. All other sessions end; this one goes on with the new secrets of the answer. Whoever was
    /// invited has their roles from then on. Everybody who is signed in may.
    #[graphql(guard = "SignedIn")]
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From what to what.")] input: ChangePasswordInput,
    ) -> ApiResult<ChangePasswordPayload> {
        let command = ChangePassword {
            current_password: input.current_password,
            new_password: input.new_password,
        };
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let changed = service::change_password(state, &client(ctx), &viewer, command).await?;
        Ok(match changed {
            Ok(signed_in) => ChangePasswordPayload {
                auth_session: Some(AuthSession::of(signed_in, &ctx.viewer())),
                user_errors: Vec::new(),
            },
            Err(refusal) => ChangePasswordPayload {
                auth_session: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Makes an account for a member of staff. They sign in with a password that is shown here once, and have no role until
    /// they have chosen another. The administrator must have proved within five minutes who they are, if their role must have a
    /// second factor. Administrators may.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn create_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: CreateUserInput,
    ) -> ApiResult<CreateUserPayload> {
        let command = CreateUser {
            email: input.email,
            display_name: input.display_name,
            roles: GraphRole::set(&input.roles),
            clearance: input.clearance.into(),
            idempotency_key: input.idempotency_key,
        };
        let created = service::create_user(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match created {
            Ok(created) => CreateUserPayload {
                user: Some(created.account.into()),
                temporary_password: created.temporary_password,
                user_errors: Vec::new(),
            },
            Err(refusals) => CreateUserPayload {
                user: None,
                temporary_password: None,
                user_errors: refusals.into_iter().map(Into::into).collect(),
            },
        })
    }

    /// Shuts an account out, ending all its sessions everywhere within a second, or lets it in again. Whoever had not chosen
    /// a password of their own is INVITED again. The administrator must have proved within five minutes who they are, if their
    /// role must have a second factor. Administrators may, but not for themselves.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn set_user_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and which.")] input: SetUserStatusInput,
    ) -> ApiResult<SetUserStatusPayload> {
        let command = SetUserStatus {
            user: decode_id(&input.id)?,
            status: input.status.into(),
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let id = command.user;
        let changed = service::set_user_status(ctx.state()?, &ctx.viewer(), command).await?;
        let (user, user_errors) = either(ctx, id, changed).await?;
        Ok(SetUserStatusPayload { user, user_errors })
    }

    /// Gives an account a role. Its sessions end everywhere within a second: whoever may other things than before signs in
    /// anew. The administrator must have proved within five minutes who they are, if their role must have a second factor.
    /// Administrators may, but not for themselves.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn assign_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and which.")] input: AssignRoleInput,
    ) -> ApiResult<AssignRolePayload> {
        let command = AssignRole {
            user: decode_id(&input.user_id)?,
            role: input.role.bit(),
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let id = command.user;
        let changed = service::assign_role(ctx.state()?, &ctx.viewer(), command).await?;
        let (user, user_errors) = either(ctx, id, changed).await?;
        Ok(AssignRolePayload { user, user_errors })
    }

    /// Takes a role from an account. Its sessions end everywhere within a second. A patient stays one as long as there is
    /// their record, and somebody stays administrator. The administrator must have proved within five minutes who they
    /// are, if their role must have a second factor. Administrators may, but not for themselves.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn withdraw_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and which.")] input: WithdrawRoleInput,
    ) -> ApiResult<WithdrawRolePayload> {
        let command = WithdrawRole {
            user: decode_id(&input.user_id)?,
            role: input.role.bit(),
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let id = command.user;
        let changed = service::withdraw_role(ctx.state()?, &ctx.viewer(), command).await?;
        let (user, user_errors) = either(ctx, id, changed).await?;
        Ok(WithdrawRolePayload { user, user_errors })
    }

    /// Says up to which confidentiality an account may read. Its sessions end everywhere within a second. The
    /// administrator must have proved within five minutes who they are, if their role must have a second factor. Administrators
    /// may, but not for themselves.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn set_clearance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and up to where.")] input: SetClearanceInput,
    ) -> ApiResult<SetClearancePayload> {
        let command = SetClearance {
            user: decode_id(&input.user_id)?,
            clearance: input.clearance.into(),
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let id = command.user;
        let changed = service::set_clearance(ctx.state()?, &ctx.viewer(), command).await?;
        let (user, user_errors) = either(ctx, id, changed).await?;
        Ok(SetClearancePayload { user, user_errors })
    }
}
