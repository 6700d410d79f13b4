//! The verbs of accounts. A verb asks the policy first (where there is a viewer), hashes outside of any transaction,
//! refuses before it writes, and ends with the events of what it ended.

mod admission;
mod another;
mod erasing;
mod founding;
mod links;
mod opening;
mod passwords;
mod refresh;
mod rights;
mod second_factor;
mod sessions;
mod sign_in;
mod sweep;
mod users;

pub use erasing::{ErasedAccount, erase_patient_account, hold_rights};
pub use founding::{CreateAdmin, CreateAdminRefusal, CreatedAdmin, create_admin};
pub use links::{
    LetterRefusal, LinkRefusal, Registered, Registration, ResetPassword, ResetPasswordRefusal,
    deliver, request_email_verification, request_password_reset, reset_password, verify_email,
};
pub use opening::{
    Invitation, NewAccount, NewUser, PasswordHash, hash_password, insert_invited_user, insert_user,
    invitation,
};
pub use passwords::{ChangePassword, ChangePasswordRefusal, change_password};
pub use refresh::{RefreshRefusal, refresh_session};
pub use rights::{
    AssignRole, AssignRoleRefusal, SetClearance, SetClearanceRefusal, WithdrawRole,
    WithdrawRoleRefusal, assign_role, set_clearance, withdraw_role,
};
pub use second_factor::{
    BeginMfaEnrolment, BeginMfaEnrolmentRefusal, Challenged, CompleteSignIn, CompleteSignInRefusal,
    ConfirmMfaEnrolment, ConfirmMfaEnrolmentRefusal, DisableMfa, DisableMfaRefusal, Enrolled,
    Enrolment, Proof, ProveIdentityRefusal, RegenerateRecoveryCodes,
    RegenerateRecoveryCodesRefusal, ResetMfa, ResetMfaRefusal, StepUpRequired, begin_mfa_enrolment,
    complete_sign_in, confirm_mfa_enrolment, disable_mfa, must_enrol_mfa, prove_identity,
    recovery_codes_left, regenerate_recovery_codes, require_recent_proof, reset_mfa, step_up,
};
pub use sessions::{
    RevokeOtherSessions, RevokeRefusal, RevokeSession, SignOut, revoke_other_sessions,
    revoke_session, session, sessions, sign_out,
};
pub use sign_in::{SignIn, SignInAnswer, SignInRefusal, SignedIn, sign_in};
pub use sweep::sweep;
pub use users::{
    CreateUser, CreateUserRefusal, Created, SetUserStatus, SetUserStatusRefusal, count_users,
    create_user, find, find_many, set_user_status, users,
};

use super::store;
use crate::db::Tx;
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::{self, Fact};
use entity::code::{EventKind, Roles, UserStatus};
use entity::id::{SessionId, UserId};
use entity::user;

/// Ends the transaction of whoever is an administrator no more. What the request was let in on may be half a second old,
/// and of two administrators who shut each other out only one may succeed: so whoever changes what accounts may is looked
/// at once more, behind the lock that all these changes wait for.
///
/// # Errors
/// [`Fault::Unauthenticated`] when the actor is none any more.
pub async fn still_administrator(tx: &Tx, actor: UserId) -> Result<(), Fault> {
    let row = store::within(tx, actor).await?;
    let is = |row: &user::Model| row.status == UserStatus::Active && row.roles.any_of(Roles::ADMIN);
    match row.filter(is) {
        Some(_) => Ok(()),
        None => Err(Fault::Unauthenticated),
    }
}

fn updated(user: UserId, version: i32) -> Fact {
    Fact {
        kind: EventKind::UserUpdated,
        subject: user.0,
        version,
        streams: vec![Stream::User(user), Stream::Clinic],
    }
}

fn ended(user: UserId, session: SessionId) -> Fact {
    Fact {
        kind: EventKind::SessionRevoked,
        subject: session.0,
        version: 1,
        streams: vec![Stream::User(user)],
    }
}

/// Says in the account's stream that these sessions have ended: the last thing a transaction does.
async fn tell_ended(
    tx: &mut Tx,
    user: UserId,
    sessions: impl IntoIterator<Item = SessionId>,
) -> Result<(), Fault> {
    let ended = sessions.into_iter().map(|session| ended(user, session));
    log::append(tx, &ended.collect::<Vec<_>>()).await
}

/// Says that an account may other things than before, to itself and to the clinic, and to itself which of its sessions
/// have ended by that: the last thing a transaction does.
async fn tell_changed(
    tx: &mut Tx,
    user: &user::Model,
    sessions: &[SessionId],
) -> Result<(), Fault> {
    let mut facts = vec![updated(user.id, user.version)];
    facts.extend(sessions.iter().map(|session| ended(user.id, *session)));
    log::append(tx, &facts).await
}
