//! Proving again who one is, for what is dangerous.

use super::super::super::client::Client;
use super::super::super::store;
use super::super::admission::{admit, subject_of};
use super::code::Typed;
use super::{WrongPassword, check_password, own};
use crate::access::Viewer;
use crate::error::{Fault, Outcome};
use crate::state::State;
use chrono::TimeDelta;
use entity::session;

/// For how long a proof is recent enough for what is dangerous.
pub(super) const RECENT: TimeDelta = TimeDelta::minutes(5);

/// Whoever does this must have proved moments ago who they are; let their client prove it and try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepUpRequired;

/// Asks that the viewer's session has proved its owner within this time: with the second factor if they have one, else
/// with the password. It is read from the session's row, for what was proved on one copy holds at once on the others.
///
/// # Errors
/// [`Fault::Unauthenticated`] when nobody is signed in; those of the database.
pub async fn require_recent_proof(
    state: &State,
    viewer: &Viewer,
    within: TimeDelta,
) -> Outcome<(), StepUpRequired> {
    let id = viewer.signed_in()?.session;
    let session = store::session(&state.db, id).await?;
    let proved_at = session.and_then(|session| session.proved_at);
    let recent = proved_at.is_some_and(|at| state.clock.now() - at <= within);
    Ok(if recent { Ok(()) } else { Err(StepUpRequired) })
}

/// The same within five minutes, of whoever is of a role that must have a second factor.
///
/// # Errors
/// Those of [`require_recent_proof`].
pub async fn step_up(state: &State, viewer: &Viewer) -> Outcome<(), StepUpRequired> {
    if viewer.is(state.rules.mfa_required) {
        require_recent_proof(state, viewer, RECENT).await
    } else {
        Ok(Ok(()))
    }
}

/// What somebody proves themselves with.
#[derive(Clone)]
pub enum Proof {
    /// A one-time code or a recovery code.
    Code(String),
    /// The password, of whoever has no second factor.
    Password(String),
}

/// Why nothing was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProveIdentityRefusal {
    /// The code is not the account's, or was used before.
    InvalidCode,
    /// The password is not that.
    WrongPassword,
    /// The account has a second factor, beside which its password proves nothing.
    CodeRequired,
    /// The account has no second factor to prove.
    PasswordRequired,
    /// Too many tries of this account or address; it may be as right as can be.
    TryLater,
}

impl From<WrongPassword> for ProveIdentityRefusal {
    fn from(wrong: WrongPassword) -> Self {
        match wrong {
            WrongPassword::Wrong => Self::WrongPassword,
            WrongPassword::TryLater => Self::TryLater,
        }
    }
}

/// Proves that whoever uses the viewer's session is its owner, for the next minutes.
///
/// # Errors
/// [`Fault::Unauthenticated`] when nobody is signed in; [`Fault::Unavailable`] when too many passwords wait to be checked.
pub async fn prove_identity(
    state: &State,
    client: &Client,
    viewer: &Viewer,
    proof: Proof,
) -> Outcome<session::Model, ProveIdentityRefusal> {
    let id = viewer.signed_in()?.session;
    let (account, granted) = own(state, viewer).await?;
    let enrolled = account.0.mfa_enrolled_at.is_some();
    let (subject, typed) = match &proof {
        Proof::Code(_) if !enrolled => return Ok(Err(ProveIdentityRefusal::PasswordRequired)),
        Proof::Password(_) if enrolled => return Ok(Err(ProveIdentityRefusal::CodeRequired)),
        Proof::Code(code) => {
            let subject = subject_of(state, &account.0.email_index);
            if !admit(state, client, &subject).await? {
                return Ok(Err(ProveIdentityRefusal::TryLater));
            }
            let typed = Typed::read(state, &account, code).await?;
            (subject, Some(typed))
        }
        Proof::Password(password) => {
            let checked = check_password(state, client, &account, password).await?;
            (crate::accept!(checked), None)
        }
    };
    let verified = account.0;
    let proved = state.write(viewer, move |tx| {
        let (verified, subject, typed) = (verified.clone(), subject.clone(), typed.clone());
        Box::pin(async move {
            let held = store::hold(tx, granted, verified.id).await?;
            let held = held.filter(|now| now.auth_epoch == verified.auth_epoch);
            let held = held.ok_or(Fault::Unauthenticated)?;
            let enrolled = held.mfa_enrolled_at.is_some();
            if let Some(typed) = typed {
                if !enrolled || !typed.take(tx, held.id).await? {
                    return Ok(Err(ProveIdentityRefusal::InvalidCode));
                }
            } else if enrolled {
                return Ok(Err(ProveIdentityRefusal::CodeRequired));
            }
            if !store::prove_session(tx, held.id, id).await? {
                return Err(Fault::Unauthenticated);
            }
            store::clear(tx, &subject).await?;
            Ok(Ok(()))
        })
    });
    crate::accept!(proved.await?);
    let session = store::session(&state.db, id).await?;
    Ok(Ok(session.ok_or(Fault::Unauthenticated)?))
}
