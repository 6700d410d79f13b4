//! Fresh recovery codes, and doing without a second factor: both want the second factor itself, moments ago, and the
//! password beside it.

use super::super::super::client::Client;
use super::super::super::person::Account;
use super::super::super::store;
use super::super::opening::check_chosen;
use super::super::tell_ended;
use super::proof::RECENT;
use super::{
    Enrolled, StepUpRequired, WrongPassword, check_password, own, recovery_codes,
    require_recent_proof,
};
use crate::access::{Action, Resource, Viewer, require};
use crate::auth::{Owner, RecoveryCode};
use crate::error::{Fault, Outcome};
use crate::state::State;

/// Asks for other recovery codes.
#[derive(Clone)]
pub struct RegenerateRecoveryCodes {
    /// The account's password.
    pub password: String,
}

/// Why none were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegenerateRecoveryCodesRefusal {
    /// There is no second factor that they could stand in for.
    NotEnrolled,
    /// The second factor was not proved moments ago.
    StepUpRequired,
    /// The password is not that.
    WrongPassword,
    /// Too many wrong passwords of this account or address lately.
    TryLater,
}

/// Asks to do without a second factor.
#[derive(Clone)]
pub struct DisableMfa {
    /// The account's password.
    pub password: String,
}

/// Why it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisableMfaRefusal {
    /// There is none.
    NotEnrolled,
    /// The account is of a role that must have one.
    RequiredByRole,
    /// The second factor was not proved moments ago.
    StepUpRequired,
    /// The password is not that.
    WrongPassword,
    /// The password is good beside a second factor, and too short or too easy to guess without one.
    PasswordTooShort,
    /// Too many wrong passwords of this account or address lately.
    TryLater,
}

macro_rules! from_proofs {
    ($($refusal:ident),+) => {$(
        impl From<WrongPassword> for $refusal {
            fn from(wrong: WrongPassword) -> Self {
                match wrong {
                    WrongPassword::Wrong => Self::WrongPassword,
                    WrongPassword::TryLater => Self::TryLater,
                }
            }
        }

        impl From<StepUpRequired> for $refusal {
            fn from(_: StepUpRequired) -> Self {
                Self::StepUpRequired
            }
        }
    )+};
}

from_proofs!(RegenerateRecoveryCodesRefusal, DisableMfaRefusal);

/// Gives the viewer other recovery codes; those before are void.
///
/// # Errors
/// [`Fault::Unauthenticated`] when nobody is signed in; [`Fault::Unavailable`] when too many passwords wait to be checked.
pub async fn regenerate_recovery_codes(
    state: &State,
    client: &Client,
    viewer: &Viewer,
    command: RegenerateRecoveryCodes,
) -> Outcome<Enrolled, RegenerateRecoveryCodesRefusal> {
    let (account, granted) = own(state, viewer).await?;
    if account.0.mfa_enrolled_at.is_none() {
        return Ok(Err(RegenerateRecoveryCodesRefusal::NotEnrolled));
    }
    crate::accept!(require_recent_proof(state, viewer, RECENT).await?);
    crate::accept!(check_password(state, client, &account, &command.password).await?);
    let codes = recovery_codes();
    let hashes: Vec<_> = codes.iter().map(RecoveryCode::digest).collect();
    let verified = account.0;
    let written = state.write(viewer, move |tx| {
        let (verified, hashes) = (verified.clone(), hashes.clone());
        Box::pin(async move {
            let held = store::hold(tx, granted, verified.id).await?;
            let same = held.filter(|now| now.password_hash == verified.password_hash);
            let Some(held) = same else {
                return Ok(Err(RegenerateRecoveryCodesRefusal::WrongPassword));
            };
            if held.mfa_enrolled_at != verified.mfa_enrolled_at {
                return Ok(Err(RegenerateRecoveryCodesRefusal::StepUpRequired));
            }
            store::replace_recovery_codes(tx, granted, held.id, hashes).await?;
            Ok(Ok(Account(held)))
        })
    });
    let account = crate::accept!(written.await?);
    tracing::info!(user.id = %account.0.id, "Gave other recovery codes");
    Ok(Ok(Enrolled {
        account,
        recovery_codes: codes,
    }))
}

/// Takes the viewer's second factor away, with its recovery codes. The account's other sessions end.
///
/// # Errors
/// [`Fault::Unauthenticated`] when nobody is signed in; [`Fault::Unavailable`] when too many passwords wait to be checked.
pub async fn disable_mfa(
    state: &State,
    client: &Client,
    viewer: &Viewer,
    command: DisableMfa,
) -> Outcome<Account, DisableMfaRefusal> {
    let session = viewer.signed_in()?.session;
    let (account, granted) = own(state, viewer).await?;
    if account.0.mfa_enrolled_at.is_none() {
        return Ok(Err(DisableMfaRefusal::NotEnrolled));
    }
    let required = state.rules.mfa_required;
    if account.0.roles.any_of(required) {
        return Ok(Err(DisableMfaRefusal::RequiredByRole));
    }
    crate::accept!(require_recent_proof(state, viewer, RECENT).await?);
    crate::accept!(check_password(state, client, &account, &command.password).await?);
    let (email, name) = (
        account.email(&state.vault)?,
        account.display_name(&state.vault)?,
    );
    let alone = Owner {
        email: &email,
        name: &name,
        second_factor: false,
    };
    if check_chosen(&command.password, alone).await?.is_err() {
        return Ok(Err(DisableMfaRefusal::PasswordTooShort));
    }
    let verified = account.0;
    let disabled = state.write(viewer, move |tx| {
        let verified = verified.clone();
        Box::pin(async move {
            let held = store::hold(tx, granted, verified.id).await?;
            let same = held.filter(|now| now.password_hash == verified.password_hash);
            let Some(held) = same else {
                return Ok(Err(DisableMfaRefusal::WrongPassword));
            };
            if held.roles.any_of(required) {
                return Ok(Err(DisableMfaRefusal::RequiredByRole));
            }
            if held.mfa_enrolled_at != verified.mfa_enrolled_at {
                return Ok(Err(DisableMfaRefusal::StepUpRequired));
            }
            let user = store::set_enrolled(tx, granted, &held, None).await?;
            store::delete_factor(tx, granted, user.id).await?;
            store::replace_recovery_codes(tx, granted, user.id, Vec::new()).await?;
            let ended = store::end_sessions(tx, granted, user.id, Some(session)).await?;
            let ended: Vec<_> = ended.iter().map(|session| session.id).collect();
            tell_ended(tx, user.id, ended.iter().copied()).await?;
            Ok(Ok((user, ended)))
        })
    });
    let (user, ended) = crate::accept!(disabled.await?);
    for session in ended.into_iter().chain([session]) {
        state.standings.forget(session);
    }
    tracing::info!(user.id = %user.id, "Took a second factor away");
    Ok(Ok(Account(user)))
}

/// How many recovery codes the viewer has left.
///
/// # Errors
/// [`Fault::Unauthenticated`] when nobody is signed in.
pub async fn recovery_codes_left(state: &State, viewer: &Viewer) -> Result<u64, Fault> {
    let user = viewer.signed_in()?.user;
    let granted = require(viewer, Action::Read, &Resource::Account(user))?;
    store::recovery_codes_left(&state.db, granted, user).await
}

/// Whether the account has none of its rights before it has a second factor.
#[must_use]
pub fn must_enrol_mfa(state: &State, account: &Account) -> bool {
    account.0.mfa_enrolled_at.is_none() && account.0.roles.any_of(state.rules.mfa_required)
}
