//! Changing one's password.

use super::super::client::Client;
use super::super::person::{self, Account};
use super::super::store;
use super::admission::{admit, subject_of};
use super::opening::hash_password;
use super::sign_in::{SignedIn, idle, issue};
use super::tell_ended;
use crate::access::{Action, Resource, Viewer, require};
use crate::auth::{Owner, RefreshToken, Verdict, Weakness};
use crate::error::{Fault, Outcome};
use crate::state::State;
use entity::refresh_token;

/// One password for another.
#[derive(Clone)]
pub struct ChangePassword {
    /// The password that was good so far.
    pub current_password: String,
    /// The password that is good from now on.
    pub new_password: String,
}

/// Why a password was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangePasswordRefusal {
    /// The current password is not that.
    WrongPassword,
    /// Too many wrong passwords of this account or address lately.
    TryLater,
    /// The new password is the current one.
    PasswordUnchanged,
    /// The new password has fewer than 15 characters, or than 10 beside a second factor.
    PasswordTooShort,
    /// The new password has more than 256 characters.
    PasswordTooLong,
    /// The new password is among the first that a guesser would try.
    PasswordGuessable,
}

impl From<Weakness> for ChangePasswordRefusal {
    fn from(weakness: Weakness) -> Self {
        match weakness {
            Weakness::TooShort => Self::PasswordTooShort,
            Weakness::TooLong => Self::PasswordTooLong,
            Weakness::Guessable => Self::PasswordGuessable,
        }
    }
}

/// Changes the viewer's password. All their other sessions end; the one they came with goes on under two new secrets.
/// Somebody invited has their roles from then on.
///
/// # Errors
/// [`Fault::Unauthenticated`] when nobody is signed in; [`Fault::Unavailable`] when too many passwords wait to be hashed.
pub async fn change_password(
    state: &State,
    client: &Client,
    viewer: &Viewer,
    command: ChangePassword,
) -> Outcome<SignedIn, ChangePasswordRefusal> {
    let actor = viewer.signed_in()?;
    let granted = require(viewer, Action::Update, &Resource::Account(actor.user))?;
    let user = store::by_id(&state.db, granted, actor.user).await?;
    let account = Account(user.ok_or(Fault::Unauthenticated)?);
    // A stolen session must not be a way to guess the password faster than the front door.
    let subject = subject_of(state, &account.0.email_index);
    if !admit(state, client, &subject).await? {
        return Ok(Err(ChangePasswordRefusal::TryLater));
    }
    let known = person::phc(&account.0.password_hash);
    let verdict = state
        .passwords
        .verify(&command.current_password, Some(known))
        .await?;
    if verdict == Verdict::Wrong {
        return Ok(Err(ChangePasswordRefusal::WrongPassword));
    }
    if command.new_password == command.current_password {
        return Ok(Err(ChangePasswordRefusal::PasswordUnchanged));
    }
    let (email, name) = (
        account.email(&state.vault)?,
        account.display_name(&state.vault)?,
    );
    let owner = Owner {
        email: &email,
        name: &name,
        second_factor: account.0.mfa_enrolled_at.is_some(),
    };
    let hash = crate::accept!(hash_password(state, &command.new_password, owner).await?).kept();

    let (own, rules) = (actor.session, state.rules.clone());
    let refresh = RefreshToken::generate();
    let next = refresh.digest();
    let verified = account.0;
    let changed = state.write(viewer, move |tx| {
        let (verified, hash, rules) = (verified.clone(), hash.clone(), rules.clone());
        let (subject, next) = (subject.clone(), next.clone());
        Box::pin(async move {
            let held = store::hold(tx, granted, verified.id).await?;
            let held = held.filter(|now| now.password_hash == verified.password_hash);
            let Some(held) = held else {
                return Ok(Err(ChangePasswordRefusal::WrongPassword));
            };
            let session = store::hold_session(tx, own).await?;
            let Some(mut session) = session.filter(|session| session.revoked_at.is_none()) else {
                return Err(Fault::Unauthenticated);
            };
            let now = tx.clock().now();
            let user = store::change_password(tx, granted, &held, hash).await?;
            session.auth_epoch = user.auth_epoch;
            session.last_used_at = now;
            session.idle_expires_at = (now + idle(&rules, user.roles)).min(session.expires_at);
            store::renew_session(tx, &session).await?;
            store::revoke_tokens(tx, own).await?;
            let token = refresh_token::Model {
                hash: next,
                session_id: own,
                parent: None,
                issued_at: now,
                used_at: None,
                access_used_at: None,
                revoked: false,
            };
            store::insert_token(tx, token).await?;
            // A password that is right pays for no guesses at the second factor.
            if user.mfa_enrolled_at.is_none() {
                store::clear(tx, &subject).await?;
            }
            let ended = store::end_sessions(tx, granted, user.id, Some(own)).await?;
            let ended: Vec<_> = ended.iter().map(|session| session.id).collect();
            tell_ended(tx, user.id, ended.iter().copied()).await?;
            Ok(Ok((user, session, ended)))
        })
    });
    let (user, session, ended) = crate::accept!(changed.await?);
    for session in ended.into_iter().chain([own]) {
        state.standings.forget(session);
    }
    tracing::info!(user.id = %user.id, "Changed a password");
    let name = RefreshToken::companion(&refresh.digest());
    let access = issue(state, &user, &session, name)?;
    Ok(Ok(SignedIn {
        account: Account(user),
        session,
        access,
        refresh,
        device_token: None,
    }))
}
