//! What the mutations around one-time links take and answer. A token is a secret and works once: none takes an idempotency
//! key.

use super::errors::{
    RequestEmailVerificationError, RequestPasswordResetError, ResetPasswordError, VerifyEmailError,
};
use async_graphql::{InputObject, SimpleObject};

/// Which account a link to choose another password is asked for.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// The e-mail address of the account.
    pub email: String,
}

/// What came of asking. It is the same whether or not the address has an account. Whoever asked may read it.
#[derive(SimpleObject)]
pub struct RequestPasswordResetPayload {
    /// Whether it was taken: if the address has an account, a letter goes to it.
    pub accepted: bool,
    /// Why it was not taken; empty when it was.
    pub user_errors: Vec<RequestPasswordResetError>,
}

/// Another password, by the link that was sent.
#[derive(InputObject)]
pub struct ResetPasswordInput {
    /// What stands in the link behind the `#`. It works once.
    pub token: String,
    /// The password to be: 15 to 256 characters (10 beside a second factor), without one's own name in it, and none that many
    /// have.
    pub new_password: String,
}

/// What came of resetting the password. Whoever has the link may read it.
#[derive(SimpleObject)]
pub struct ResetPasswordPayload {
    /// Whether the new password is good now: sign in with it.
    pub reset: bool,
    /// Why it is not; empty when it is.
    pub user_errors: Vec<ResetPasswordError>,
}

/// Which address a link that verifies it is asked for.
#[derive(InputObject)]
pub struct RequestEmailVerificationInput {
    /// The e-mail address of the account.
    pub email: String,
}

/// What came of asking. It is the same whether or not the address has an account. Whoever asked may read it.
#[derive(SimpleObject)]
pub struct RequestEmailVerificationPayload {
    /// Whether it was taken: if the address has an account and is not verified yet, a letter goes to it.
    pub accepted: bool,
    /// Why it was not taken; empty when it was.
    pub user_errors: Vec<RequestEmailVerificationError>,
}

/// The link that was sent.
#[derive(InputObject)]
pub struct VerifyEmailInput {
    /// What stands in the link behind the `#`. It works once.
    pub token: String,
}

/// What came of verifying the address. Whoever has the link may read it.
#[derive(SimpleObject)]
pub struct VerifyEmailPayload {
    /// Whether the address is verified now.
    pub verified: bool,
    /// Why it is not; empty when it is.
    pub user_errors: Vec<VerifyEmailError>,
}
