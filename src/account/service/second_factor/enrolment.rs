//! Enrolling a second factor, the first one or the one of another device.
//!
//! A seed is worth nothing before its owner has shown a code of it: until then whatever was enrolled before goes on, so
//! that a picture not taken shuts nobody out. Enrolling ends the account's other sessions, which had proved less.

use super::super::super::client::Client;
use super::super::super::person::Account;
use super::super::super::store;
use super::super::admission::{admit, subject_of};
use super::super::tell_ended;
use super::proof::RECENT;
use super::{
    StepUpRequired, WrongPassword, check_password, own, recovery_codes, require_recent_proof,
};
use crate::access::Viewer;
use crate::auth::{RecoveryCode, Seed};
use crate::error::{Fault, Outcome};
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::UserStatus;
use zeroize::Zeroizing;

/// What an authenticator calls the other side.
const ISSUER: &str = "Patient Tracker";
/// For how long a seed awaits its first code.
const PENDING: TimeDelta = TimeDelta::minutes(15);

/// Asks for a seed.
#[derive(Clone)]
pub struct BeginMfaEnrolment {
    /// The account's password.
    pub password: String,
}

/// Why no seed was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginMfaEnrolmentRefusal {
    /// The password is not that.
    WrongPassword,
    /// Too many wrong passwords of this account or address lately.
    TryLater,
    /// The password is one that somebody else has chosen.
    PasswordNotChosen,
    /// There is a second factor already, and it was not proved moments ago.
    StepUpRequired,
}

impl From<WrongPassword> for BeginMfaEnrolmentRefusal {
    fn from(wrong: WrongPassword) -> Self {
        match wrong {
            WrongPassword::Wrong => Self::WrongPassword,
            WrongPassword::TryLater => Self::TryLater,
        }
    }
}

impl From<StepUpRequired> for BeginMfaEnrolmentRefusal {
    fn from(_: StepUpRequired) -> Self {
        Self::StepUpRequired
    }
}

/// A seed on its way into an authenticator, to be shown once.
#[derive(Clone)]
pub struct Enrolment {
    /// The seed, in base32.
    pub secret: Zeroizing<String>,
    /// The same as a URI, for a QR code.
    pub uri: Zeroizing<String>,
    /// Until when it awaits its first code.
    pub expires_at: DateTime<Utc>,
}

/// Gives the viewer a seed that is good for nothing until they show a code of it.
///
/// # Errors
/// [`Fault::Unauthenticated`] when nobody is signed in; [`Fault::Unavailable`] when too many passwords wait to be checked.
pub async fn begin_mfa_enrolment(
    state: &State,
    client: &Client,
    viewer: &Viewer,
    command: BeginMfaEnrolment,
) -> Outcome<Enrolment, BeginMfaEnrolmentRefusal> {
    let (account, granted) = own(state, viewer).await?;
    if account.0.status == UserStatus::Invited {
        return Ok(Err(BeginMfaEnrolmentRefusal::PasswordNotChosen));
    }
    // Before the password: whoever has only that learns here not even whether it is right.
    if account.0.mfa_enrolled_at.is_some() {
        crate::accept!(require_recent_proof(state, viewer, RECENT).await?);
    }
    let checked = check_password(state, client, &account, &command.password).await?;
    let subject = crate::accept!(checked);
    let seed = Seed::generate();
    let cell = account.seal_seed(&state.vault, &seed)?;
    let uri = seed.uri(ISSUER, &account.email(&state.vault)?);
    let expires_at = state.clock.now() + PENDING;
    let verified = account.0;
    let begun = state.write(viewer, move |tx| {
        let (verified, subject, cell) = (verified.clone(), subject.clone(), cell.clone());
        Box::pin(async move {
            let held = store::hold(tx, granted, verified.id).await?;
            let same = held.filter(|now| {
                now.password_hash == verified.password_hash
                    && now.mfa_enrolled_at == verified.mfa_enrolled_at
            });
            let Some(held) = same else {
                return Ok(Err(BeginMfaEnrolmentRefusal::WrongPassword));
            };
            store::propose_seed(tx, granted, held.id, cell, expires_at).await?;
            if held.mfa_enrolled_at.is_none() {
                store::clear(tx, &subject).await?;
            }
            Ok(Ok(()))
        })
    });
    crate::accept!(begun.await?);
    Ok(Ok(Enrolment {
        secret: seed.text(),
        uri,
        expires_at,
    }))
}

/// Shows a code of the seed that was given.
#[derive(Clone)]
pub struct ConfirmMfaEnrolment {
    /// The code, as somebody typed it.
    pub code: String,
}

/// Why nothing was enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmMfaEnrolmentRefusal {
    /// No seed was given, or too long ago.
    NotBegun,
    /// The code is not one of the seed's.
    InvalidCode,
    /// Too many tries of this account or address lately.
    TryLater,
}

/// An account with its second factor.
#[derive(Clone)]
pub struct Enrolled {
    /// The account.
    pub account: Account,
    /// Its recovery codes, to be shown once; those before are void.
    pub recovery_codes: Vec<RecoveryCode>,
}

/// Enrols the second factor whose seed was given. The account's other sessions end; the one that the viewer came with has
/// proved its owner, and has the roles that wanted a second factor from then on.
///
/// # Errors
/// [`Fault::Unauthenticated`] when nobody is signed in; those of the database.
pub async fn confirm_mfa_enrolment(
    state: &State,
    client: &Client,
    viewer: &Viewer,
    command: ConfirmMfaEnrolment,
) -> Outcome<Enrolled, ConfirmMfaEnrolmentRefusal> {
    let session = viewer.signed_in()?.session;
    let (account, granted) = own(state, viewer).await?;
    let factor = store::factor(&state.db, account.0.id).await?;
    let now = state.clock.now();
    let pending = factor
        .filter(|factor| factor.pending_until.is_some_and(|until| now < until))
        .and_then(|factor| factor.pending_seed);
    let Some(cell) = pending else {
        return Ok(Err(ConfirmMfaEnrolmentRefusal::NotBegun));
    };
    let subject = subject_of(state, &account.0.email_index);
    if !admit(state, client, &subject).await? {
        return Ok(Err(ConfirmMfaEnrolmentRefusal::TryLater));
    }
    let seed = account.seed(&state.vault, &cell)?;
    let Some(step) = seed.step_of(&command.code, now) else {
        return Ok(Err(ConfirmMfaEnrolmentRefusal::InvalidCode));
    };
    let codes = recovery_codes();
    let hashes: Vec<_> = codes.iter().map(RecoveryCode::digest).collect();
    let id = account.0.id;
    let enrolled = state.write(viewer, move |tx| {
        let (cell, subject, hashes) = (cell.clone(), subject.clone(), hashes.clone());
        Box::pin(async move {
            let held = store::hold(tx, granted, id).await?;
            let held = held.ok_or(Fault::Unauthenticated)?;
            if !store::confirm_seed(tx, granted, id, &cell, step).await? {
                return Ok(Err(ConfirmMfaEnrolmentRefusal::NotBegun));
            }
            let now = tx.clock().now();
            let user = store::set_enrolled(tx, granted, &held, Some(now)).await?;
            store::replace_recovery_codes(tx, granted, id, hashes).await?;
            if !store::prove_session(tx, id, session).await? {
                return Err(Fault::Unauthenticated);
            }
            store::clear(tx, &subject).await?;
            let ended = store::end_sessions(tx, granted, id, Some(session)).await?;
            let ended: Vec<_> = ended.iter().map(|session| session.id).collect();
            tell_ended(tx, id, ended.iter().copied()).await?;
            Ok(Ok((user, ended)))
        })
    });
    let (user, ended) = crate::accept!(enrolled.await?);
    for session in ended.into_iter().chain([session]) {
        state.standings.forget(session);
    }
    tracing::info!(user.id = %id, "Enrolled a second factor");
    Ok(Ok(Enrolled {
        account: Account(user),
        recovery_codes: codes,
    }))
}
