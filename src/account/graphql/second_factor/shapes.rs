//! What the mutations around the second factor take and answer. All of them are tries at a secret or hand one out, so none
//! takes an idempotency key: a secret is kept nowhere, so it cannot be answered twice.

use super::super::types::{AuthSession, Session, User};
use super::errors::{
    BeginMfaEnrolmentError, CompleteSignInError, ConfirmMfaEnrolmentError, DisableMfaError,
    ProveIdentityError, RegenerateRecoveryCodesError, ResetMfaError,
};
use crate::account::service::{Challenged, Enrolment, Proof};
use async_graphql::{ID, InputObject, OneofObject, SimpleObject};
use chrono::{DateTime, Utc};

/// What awaits a second factor: answer it with completeSignIn. Whoever gave the password may read it.
#[derive(SimpleObject)]
pub struct MfaChallenge {
    /// To be sent with the code. It opens nothing by itself. Whoever gave the password may read it.
    pub token: String,
    /// Until when it can be answered; five wrong codes end it before. Whoever gave the password may read it.
    pub expires_at: DateTime<Utc>,
}

impl From<Challenged> for MfaChallenge {
    fn from(challenged: Challenged) -> Self {
        Self {
            token: challenged.token.expose().to_owned(),
            expires_at: challenged.expires_at,
        }
    }
}

/// The answer to a challenge.
#[derive(InputObject)]
pub struct CompleteSignInInput {
    /// The token of the challenge that signIn answered with.
    pub challenge: String,
    /// Six digits of the authenticator, or a recovery code.
    pub code: String,
    /// What this device was given (deviceToken) when the account's owner signed in on it last.
    pub device_token: Option<String>,
}

/// What came of answering. Whoever answered may read it.
#[derive(SimpleObject)]
pub struct CompleteSignInPayload {
    /// The session with its secrets; null when nobody was signed in.
    pub auth_session: Option<AuthSession>,
    /// To be kept on this device and given when signing in on it again; good for nothing else. Null when nobody was signed in.
    pub device_token: Option<String>,
    /// Why nobody was signed in; empty when somebody was.
    pub user_errors: Vec<CompleteSignInError>,
}

/// What a second factor is begun with.
#[derive(InputObject)]
pub struct BeginMfaEnrolmentInput {
    /// The password of the account.
    pub password: String,
}

/// A secret on its way into an authenticator, shown this one time. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct MfaEnrolment {
    /// The secret in base32, to be typed. Whoever asked for it may read it.
    pub secret: String,
    /// The same as an `otpauth://` URI, to be shown as a QR code. Whoever asked for it may read it.
    pub otpauth_uri: String,
    /// Until when it awaits its first code (confirmMfaEnrolment). Whoever asked for it may read it.
    pub expires_at: DateTime<Utc>,
}

impl From<Enrolment> for MfaEnrolment {
    fn from(enrolment: Enrolment) -> Self {
        Self {
            secret: enrolment.secret.to_string(),
            otpauth_uri: enrolment.uri.to_string(),
            expires_at: enrolment.expires_at,
        }
    }
}

/// What came of beginning. Whoever began may read it.
#[derive(SimpleObject)]
pub struct BeginMfaEnrolmentPayload {
    /// The secret; null when it was refused.
    pub mfa_enrolment: Option<MfaEnrolment>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<BeginMfaEnrolmentError>,
}

/// The first code of a secret.
#[derive(InputObject)]
pub struct ConfirmMfaEnrolmentInput {
    /// Six digits of the authenticator that was given the secret.
    pub code: String,
}

/// What came of confirming. Whoever confirmed may read it.
#[derive(SimpleObject)]
pub struct ConfirmMfaEnrolmentPayload {
    /// The account; null when it was refused.
    pub user: Option<User>,
    /// Ten codes that stand in for the authenticator, once each, to be kept elsewhere than it. They are shown this one time.
    pub recovery_codes: Vec<String>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<ConfirmMfaEnrolmentError>,
}

/// What other recovery codes are asked for with.
#[derive(InputObject)]
pub struct RegenerateRecoveryCodesInput {
    /// The password of the account.
    pub password: String,
}

/// What came of asking for other recovery codes. Whoever asked may read it.
#[derive(SimpleObject)]
pub struct RegenerateRecoveryCodesPayload {
    /// Ten codes, those before being void. They are shown this one time.
    pub recovery_codes: Vec<String>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<RegenerateRecoveryCodesError>,
}

/// What a second factor is taken away with.
#[derive(InputObject)]
pub struct DisableMfaInput {
    /// The password of the account.
    pub password: String,
}

/// What came of taking it away. Whoever asked may read it.
#[derive(SimpleObject)]
pub struct DisableMfaPayload {
    /// The account; null when it was refused.
    pub user: Option<User>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<DisableMfaError>,
}

/// What somebody proves themselves with.
#[derive(OneofObject)]
pub enum ProveIdentityInput {
    /// Six digits of the authenticator, or a recovery code; for accounts with a second factor.
    Code(String),
    /// The password; for accounts without a second factor.
    Password(String),
}

impl From<ProveIdentityInput> for Proof {
    fn from(input: ProveIdentityInput) -> Self {
        match input {
            ProveIdentityInput::Code(code) => Self::Code(code),
            ProveIdentityInput::Password(password) => Self::Password(password),
        }
    }
}

/// What came of proving. Whoever proved may read it.
#[derive(SimpleObject)]
pub struct ProveIdentityPayload {
    /// The session of this request, whose `provedAt` is now; null when it was refused.
    pub session: Option<Session>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<ProveIdentityError>,
}

/// Whose lost second factor is to go.
#[derive(InputObject)]
pub struct ResetMfaInput {
    /// Whose account.
    pub user_id: ID,
    /// The version that was read; refused when it is not the current one.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// What came of taking somebody's second factor away. Administrators may read it.
#[derive(SimpleObject)]
pub struct ResetMfaPayload {
    /// The account as it is now.
    pub user: Option<User>,
    /// Why it stays; empty when it does not.
    pub user_errors: Vec<ResetMfaError>,
}
