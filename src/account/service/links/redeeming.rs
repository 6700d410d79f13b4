//! Using a link. Whoever has its token reads the mail of the account: that is who they are shown to be, and no more.

use super::super::super::client::Client;
use super::super::super::person::{self, Account};
use super::super::super::store;
use super::super::admission::{admit_stranger, subject_of};
use super::super::opening::hash_password;
use super::super::tell_changed;
use crate::access::{Act, Action, Actor, Granted, Kinds, Object, Resource, Viewer, require};
use crate::auth::{OneTimeToken, Owner, Weakness};
use crate::error::{Fault, Outcome};
use crate::state::State;
use entity::cell::Digest;
use entity::code::{Confidentiality, LinkPurpose, MailKind, Roles};
use entity::id::{SessionId, UserId};
use entity::{one_time_link, user};
use sea_orm::Statement;
use uuid::Uuid;

/// Another password, by a link.
#[derive(Clone)]
pub struct ResetPassword {
    /// The link's token.
    pub token: String,
    /// The password that is good from now on.
    pub new_password: String,
}

/// Why a password was not reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetPasswordRefusal {
    /// The link is none of ours, was used, is over, or a newer one or another password was made since.
    InvalidToken,
    /// Too many tries of this address.
    TryLater,
    /// The new password has too few characters.
    PasswordTooShort,
    /// The new password has more than 256 characters.
    PasswordTooLong,
    /// The new password is among the first that a guesser would try.
    PasswordGuessable,
}

impl From<Weakness> for ResetPasswordRefusal {
    fn from(weakness: Weakness) -> Self {
        match weakness {
            Weakness::TooShort => Self::PasswordTooShort,
            Weakness::TooLong => Self::PasswordTooLong,
            Weakness::Guessable => Self::PasswordGuessable,
        }
    }
}

/// Why an address was not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRefusal {
    /// The link is none of ours, was used, is over, or a newer one was made since.
    InvalidToken,
    /// Too many tries of this address.
    TryLater,
}

impl From<LinkRefusal> for ResetPasswordRefusal {
    fn from(refusal: LinkRefusal) -> Self {
        match refusal {
            LinkRefusal::InvalidToken => Self::InvalidToken,
            LinkRefusal::TryLater => Self::TryLater,
        }
    }
}

/// The link of this token and purpose, if it can be used now. What is none is counted against the client's address.
async fn found(
    state: &State,
    viewer: &Viewer,
    client: &Client,
    token: &str,
    purpose: LinkPurpose,
) -> Outcome<(Digest, user::Model), LinkRefusal> {
    let known = match OneTimeToken::digest_of(token) {
        Some(hash) => store::link(&state.db, &hash, purpose).await?,
        None => None,
    };
    let now = state.clock.now();
    let open = known.filter(|(link, owner)| now < link.expires_at && is_of(link, owner));
    if let Some((link, owner)) = open {
        return Ok(Ok((link.hash, owner)));
    }
    viewer.does(Act::Asked(Action::Update), Kinds::ACCOUNT, Object::Nothing);
    Ok(Err(if admit_stranger(state, client).await? {
        LinkRefusal::InvalidToken
    } else {
        LinkRefusal::TryLater
    }))
}

/// Whether the account still is what the link was made for. Whatever ends all its sessions ends its links to reset the
/// password, above all another password.
fn is_of(link: &one_time_link::Model, owner: &user::Model) -> bool {
    let same = match link.purpose {
        LinkPurpose::PasswordReset => link.auth_epoch == owner.auth_epoch,
        LinkPurpose::EmailVerification => true,
    };
    same && person::may_sign_in(owner.status)
}

/// Leave to change the account of whoever has a link to it.
fn granted_to(state: &State, owner: &user::Model) -> Result<Granted, Fault> {
    let viewer = Viewer::of(Actor {
        user: owner.id,
        session: SessionId(Uuid::nil()),
        roles: Roles::NONE,
        clearance: Confidentiality::Normal,
        patient: None,
        doctor: None,
        expires_at: state.clock.now(),
    });
    require(&viewer, Action::Update, &Resource::Account(owner.id))
}

/// What the audit says of a change by a link: nobody is signed in, and whoever has the link may.
fn changed_by_link(state: &State, viewer: &Viewer, id: UserId) -> Result<Option<Statement>, Fault> {
    let act = Act::Asked(Action::Update);
    let done = (act, Kinds::ACCOUNT, Object::User(id));
    state.audit.note(viewer, done, true)
}

/// The same, with the try on the viewer's trail if it was refused in the last moment: somebody else was faster.
fn noted<T, R>(viewer: &Viewer, id: UserId, done: Result<T, R>) -> Result<T, R> {
    if done.is_err() {
        let act = Act::Asked(Action::Update);
        viewer.does(act, Kinds::ACCOUNT, Object::User(id));
    }
    done
}

/// Chooses another password by a link. All sessions of the account end, its failures to sign in are forgiven, its address is
/// verified; a second factor stays, for reading somebody's mail does not stand in for it.
///
/// # Errors
/// [`Fault::Unavailable`] when too many passwords wait to be hashed.
pub async fn reset_password(
    state: &State,
    viewer: &Viewer,
    client: &Client,
    command: ResetPassword,
) -> Outcome<(), ResetPasswordRefusal> {
    let purpose = LinkPurpose::PasswordReset;
    let (hash, owner) =
        crate::accept!(found(state, viewer, client, &command.token, purpose).await?);
    let granted = granted_to(state, &owner)?;
    let account = Account(owner);
    let (email, name) = (
        account.email(&state.vault)?,
        account.display_name(&state.vault)?,
    );
    let named = Owner {
        email: &email,
        name: &name,
        second_factor: account.0.mfa_enrolled_at.is_some(),
    };
    let password = crate::accept!(hash_password(state, &command.new_password, named).await?).kept();
    let known = account.0;
    let (id, subject) = (known.id, subject_of(state, &known.email_index));
    let note = changed_by_link(state, viewer, id)?;
    let reset = state.db.write::<_, ResetPasswordRefusal, _>(move |tx| {
        tx.defer(note.clone());
        let (known, password) = (known.clone(), password.clone());
        let (hash, subject) = (hash.clone(), subject.clone());
        Box::pin(async move {
            let held = store::hold_proved(tx, known.id).await?.filter(|now| {
                now.auth_epoch == known.auth_epoch && person::may_sign_in(now.status)
            });
            let Some(held) = held else {
                return Ok(Err(ResetPasswordRefusal::InvalidToken));
            };
            if !store::take_link(tx, &hash, purpose).await? {
                return Ok(Err(ResetPasswordRefusal::InvalidToken));
            }
            let user = store::change_password(tx, granted, &held, password).await?;
            store::verify_email(tx, user.id).await?;
            store::clear(tx, &subject).await?;
            store::insert_mail(tx, user.email_index.clone(), MailKind::PasswordChanged).await?;
            let ended = store::end_sessions(tx, granted, user.id, None).await?;
            let ended: Vec<_> = ended.iter().map(|session| session.id).collect();
            tell_changed(tx, &user, &ended).await?;
            Ok(Ok((user.id, ended)))
        })
    });
    let (user, ended) = crate::accept!(noted(viewer, id, reset.await?));
    for session in ended {
        state.standings.forget(session);
    }
    state.post.ring();
    tracing::info!(user.id = %user, "Reset a password by a link");
    Ok(Ok(()))
}

/// Shows by a link that mail to the account's address reaches its owner.
///
/// # Errors
/// Those of the database.
pub async fn verify_email(
    state: &State,
    viewer: &Viewer,
    client: &Client,
    token: &str,
) -> Outcome<(), LinkRefusal> {
    let purpose = LinkPurpose::EmailVerification;
    let (hash, owner) = crate::accept!(found(state, viewer, client, token, purpose).await?);
    let id = owner.id;
    let note = changed_by_link(state, viewer, id)?;
    let verified = state.db.write::<_, LinkRefusal, _>(move |tx| {
        tx.defer(note.clone());
        let hash = hash.clone();
        Box::pin(async move {
            if !store::take_link(tx, &hash, purpose).await? {
                return Ok(Err(LinkRefusal::InvalidToken));
            }
            store::verify_email(tx, id).await?;
            Ok(Ok(()))
        })
    });
    crate::accept!(noted(viewer, id, verified.await?));
    tracing::info!(user.id = %id, "Verified an e-mail address");
    Ok(Ok(()))
}
