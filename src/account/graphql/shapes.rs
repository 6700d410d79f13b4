//! What the mutations of accounts take and answer. The verbs that hand out secrets take no idempotency key: a secret is
//! kept nowhere, so it cannot be answered twice.

use super::code::{Confidentiality, Role, UserStatus};
use super::errors::{
    AssignRoleError, ChangePasswordError, CreateUserError, RefreshSessionError,
    RevokeOtherSessionsError, RevokeSessionError, SetClearanceError, SetUserStatusError,
    SignInError, SignOutError, WithdrawRoleError,
};
use super::second_factor::MfaChallenge;
use super::types::{AuthSession, Session, User};
use async_graphql::{ID, InputObject, SimpleObject};

/// Who somebody says they are.
#[derive(InputObject)]
pub struct SignInInput {
    /// The e-mail address of the account.
    pub email: String,
    /// The password.
    pub password: String,
    /// What the device is to be called in the list of sessions; what the client calls itself if absent.
    pub device: Option<String>,
    /// What this device was given (deviceToken) when the account's owner signed in on it last: then strangers who guess at the
    /// account do not make them wait.
    pub device_token: Option<String>,
}

/// What came of signing in. Whoever signed in may read it.
#[derive(SimpleObject)]
pub struct SignInPayload {
    /// The session with its secrets; null when nobody was signed in, or not yet.
    pub auth_session: Option<AuthSession>,
    /// To be kept on this device and given when signing in on it again; good for nothing else. Null when nobody was signed in.
    pub device_token: Option<String>,
    /// What whoever has a second factor is to answer; null for everybody else.
    pub mfa_challenge: Option<MfaChallenge>,
    /// Why nobody was signed in; empty when somebody was, or is about to be.
    pub user_errors: Vec<SignInError>,
}

/// What a session is refreshed with.
#[derive(InputObject)]
pub struct RefreshSessionInput {
    /// The refresh token that was given last. It works once.
    pub refresh_token: String,
}

/// What came of refreshing. Whoever has the refresh token may read it.
#[derive(SimpleObject)]
pub struct RefreshSessionPayload {
    /// The session with its new secrets; null when it was refused.
    pub auth_session: Option<AuthSession>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<RefreshSessionError>,
}

/// How to sign out.
#[derive(InputObject)]
pub struct SignOutInput {
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// What came of signing out. Whoever signed out may read it.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// The session that has ended; null when it was refused.
    pub session: Option<Session>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<SignOutError>,
}

/// Which session to end.
#[derive(InputObject)]
pub struct RevokeSessionInput {
    /// The session.
    pub id: ID,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// What came of ending a session. Whoever ended it may read it.
#[derive(SimpleObject)]
pub struct RevokeSessionPayload {
    /// The session that has ended; null when it was refused.
    pub session: Option<Session>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<RevokeSessionError>,
}

/// Whose sessions to end.
#[derive(InputObject)]
pub struct RevokeOtherSessionsInput {
    /// The account; for administrators. One's own if absent.
    pub user_id: Option<ID>,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// What came of ending sessions. Whoever ended them may read it.
#[derive(SimpleObject)]
pub struct RevokeOtherSessionsPayload {
    /// The sessions that have ended now.
    pub sessions: Vec<Session>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<RevokeOtherSessionsError>,
}

/// One password for another.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password that was good so far.
    pub current_password: String,
    /// The password to be: 15 to 256 characters (10 beside a second factor), without one's own name in it, and none that many
    /// have.
    pub new_password: String,
}

/// What came of changing the password. Whoever changed it may read it.
#[derive(SimpleObject)]
pub struct ChangePasswordPayload {
    /// This session with new secrets, the former being void; null when it was refused.
    pub auth_session: Option<AuthSession>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<ChangePasswordError>,
}

/// An account for a member of staff.
#[derive(InputObject)]
pub struct CreateUserInput {
    /// The e-mail address to sign in with.
    pub email: String,
    /// The name shown to others; 1 to 100 characters.
    pub display_name: String,
    /// What they may be: at least one of ADMIN and ANALYST. Doctors are made by `createDoctor`, patients register.
    pub roles: Vec<Role>,
    /// Up to which confidentiality they may read.
    #[graphql(default_with = "Confidentiality::Normal")]
    pub clearance: Confidentiality,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// What came of making an account. Administrators may read it.
#[derive(SimpleObject)]
pub struct CreateUserPayload {
    /// The account; null when it was refused.
    pub user: Option<User>,
    /// The password to sign in with once and change. It is shown this one time: null when the same key is answered again.
    pub temporary_password: Option<String>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<CreateUserError>,
}

/// Another status for an account.
#[derive(InputObject)]
pub struct SetUserStatusInput {
    /// The account.
    pub id: ID,
    /// ACTIVE lets in, and forgives failures to sign in; LOCKED and DISABLED shut out and end all sessions.
    pub status: UserStatus,
    /// The version that was read; refused when it is not the current one.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// What came of changing a status. Administrators may read it.
#[derive(SimpleObject)]
pub struct SetUserStatusPayload {
    /// The account as it is now.
    pub user: Option<User>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<SetUserStatusError>,
}

/// A role for an account.
#[derive(InputObject)]
pub struct AssignRoleInput {
    /// Whose account.
    pub user_id: ID,
    /// Which: PATIENT for whoever has a record here, DOCTOR for whoever has an entry in the directory.
    pub role: Role,
    /// The version that was read; refused when it is not the current one.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// What came of giving a role. Administrators may read it.
#[derive(SimpleObject)]
pub struct AssignRolePayload {
    /// The account as it is now.
    pub user: Option<User>,
    /// Why it was not given; empty when it was.
    pub user_errors: Vec<AssignRoleError>,
}

/// A role to take from an account.
#[derive(InputObject)]
pub struct WithdrawRoleInput {
    /// Whose account.
    pub user_id: ID,
    /// Which.
    pub role: Role,
    /// The version that was read; refused when it is not the current one.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// What came of taking a role. Administrators may read it.
#[derive(SimpleObject)]
pub struct WithdrawRolePayload {
    /// The account as it is now.
    pub user: Option<User>,
    /// Why it was not taken; empty when it was.
    pub user_errors: Vec<WithdrawRoleError>,
}

/// Another clearance for an account.
#[derive(InputObject)]
pub struct SetClearanceInput {
    /// Whose account.
    pub user_id: ID,
    /// Up to which confidentiality they may read.
    pub clearance: Confidentiality,
    /// The version that was read; refused when it is not the current one.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// What came of setting a clearance. Administrators may read it.
#[derive(SimpleObject)]
pub struct SetClearancePayload {
    /// The account as it is now.
    pub user: Option<User>,
    /// Why it was not set; empty when it was.
    pub user_errors: Vec<SetClearanceError>,
}
