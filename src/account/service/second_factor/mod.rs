//! The second factor: enrolling it, answering with it at sign-in, and proving it again before what is dangerous.
//!
//! A one-time code is taken in the statement that moves the account's last step, so it works once on however many copies
//! it arrives; a recovery code is taken by deleting it. What a code is worth is found out before the transaction, whether
//! it is still worth that within it. Each try counts as a try at the password does, and only the whole proof clears that
//! count: whoever knows the password alone cannot buy guesses at the rest.

mod challenge;
mod code;
mod enrolment;
mod proof;
mod removal;
mod rescue;

pub(super) use challenge::challenge;
pub use challenge::{Challenged, CompleteSignIn, CompleteSignInRefusal, complete_sign_in};
pub use enrolment::{
    BeginMfaEnrolment, BeginMfaEnrolmentRefusal, ConfirmMfaEnrolment, ConfirmMfaEnrolmentRefusal,
    Enrolled, Enrolment, begin_mfa_enrolment, confirm_mfa_enrolment,
};
pub use proof::step_up;
pub use proof::{
    Proof, ProveIdentityRefusal, StepUpRequired, prove_identity, require_recent_proof,
};
pub use removal::{
    DisableMfa, DisableMfaRefusal, RegenerateRecoveryCodes, RegenerateRecoveryCodesRefusal,
    disable_mfa, must_enrol_mfa, recovery_codes_left, regenerate_recovery_codes,
};

pub use rescue::{ResetMfa, ResetMfaRefusal, reset_mfa};

use super::super::client::Client;
use super::super::person::{self, Account};
use super::super::store;
use super::admission::{admit, subject_of};
use crate::access::{Action, Granted, Resource, Viewer, require};
use crate::auth::{RecoveryCode, Verdict};
use crate::error::{Fault, Outcome};
use crate::state::State;
use entity::cell::BlindIndex;

/// Recovery codes that an account is given.
const CODES: usize = 10;

/// The viewer's own account, and leave to change it.
async fn own(state: &State, viewer: &Viewer) -> Result<(Account, Granted), Fault> {
    let user = viewer.signed_in()?.user;
    let granted = require(viewer, Action::Update, &Resource::Account(user))?;
    let row = store::by_id(&state.db, granted, user).await?;
    Ok((Account(row.ok_or(Fault::Unauthenticated)?), granted))
}

/// Why a password proved nothing.
enum WrongPassword {
    Wrong,
    TryLater,
}

/// Checks the account's password, counting the try; gives the subject under which it was counted.
async fn check_password(
    state: &State,
    client: &Client,
    account: &Account,
    password: &str,
) -> Outcome<BlindIndex, WrongPassword> {
    let subject = subject_of(state, &account.0.email_index);
    if !admit(state, client, &subject).await? {
        return Ok(Err(WrongPassword::TryLater));
    }
    let known = person::phc(&account.0.password_hash);
    let verdict = state.passwords.verify(password, Some(known)).await?;
    Ok(match verdict {
        Verdict::Right { .. } => Ok(subject),
        Verdict::Wrong => Err(WrongPassword::Wrong),
    })
}

/// A fresh set of recovery codes.
fn recovery_codes() -> Vec<RecoveryCode> {
    (0..CODES).map(|_| RecoveryCode::generate()).collect()
}
