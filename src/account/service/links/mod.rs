//! One-time links: showing that an address is one's own, and choosing another password without the one before.
//!
//! Asking for a link writes one row, whoever the address belongs to: nothing about accounts is looked up while somebody waits
//! for the answer. Whose it is, and whether there is anything to send, is found out when the letter is written (`delivery`).

mod delivery;
mod redeeming;

pub use delivery::deliver;
pub use redeeming::{
    LinkRefusal, ResetPassword, ResetPasswordRefusal, reset_password, verify_email,
};

use super::super::client::Client;
use super::super::{email, store};
use super::admission::{count_letter, letters_of};
use super::opening::NewUser;
use crate::auth::{OneTimeToken, Throttle};
use crate::db::Tx;
use crate::error::{Fault, Outcome};
use crate::state::State;
use chrono::TimeDelta;
use entity::cell::BlindIndex;
use entity::code::{LinkPurpose, MailKind};
use entity::{one_time_link, user};

/// For how long another password can be chosen by a link.
const RESET: TimeDelta = TimeDelta::minutes(30);
/// For how long an address can be verified by a link.
const VERIFICATION: TimeDelta = TimeDelta::hours(24);

/// Why no letter is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterRefusal {
    /// Too many were asked for from this place, or for this address.
    TryLater,
}

/// Asks for a link to choose another password with, sent to this address if it has an account.
///
/// # Errors
/// Those of the database.
pub async fn request_password_reset(
    state: &State,
    client: &Client,
    address: &str,
) -> Outcome<(), LetterRefusal> {
    request(state, client, address, MailKind::PasswordReset).await
}

/// Asks for a link that verifies this address, sent to it if it has an account and was not verified yet.
///
/// # Errors
/// Those of the database.
pub async fn request_email_verification(
    state: &State,
    client: &Client,
    address: &str,
) -> Outcome<(), LetterRefusal> {
    request(state, client, address, MailKind::EmailVerification).await
}

async fn request(
    state: &State,
    client: &Client,
    address: &str,
    kind: MailKind,
) -> Outcome<(), LetterRefusal> {
    let index = email::index_of(&state.vault, address);
    let subjects = letters_of(state, client, &index);
    let rules = state.rules.throttle.clone();
    let asked = state.db.write(move |tx| {
        let (index, subjects, rules) = (index.clone(), subjects.clone(), rules.clone());
        Box::pin(async move {
            // A try that is refused is not counted: the bucket is as full as it gets.
            if !count_letter(tx, &rules, &subjects).await? {
                return Ok(Err(LetterRefusal::TryLater));
            }
            store::insert_mail(tx, index, kind).await?;
            Ok(Ok(()))
        })
    });
    crate::accept!(asked.await?);
    state.post.ring();
    Ok(Ok(()))
}

/// What a registration does about its address.
#[derive(Clone)]
pub struct Registration {
    email: BlindIndex,
    subjects: (Option<BlindIndex>, BlindIndex),
    rules: Throttle,
}

/// Whether there is an account of the address that somebody registers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// There is none: a letter asks to verify it.
    New,
    /// There is one: a letter tells its owner.
    Known,
    /// Too many tries from this place, or with this address: nothing was written.
    TooOften,
}

impl Registration {
    /// The registration of this account, from this place.
    #[must_use]
    pub fn of(state: &State, client: &Client, user: &NewUser) -> Self {
        let email = user.email_index().clone();
        Self {
            subjects: letters_of(state, client, &email),
            rules: state.rules.throttle.clone(),
            email,
        }
    }

    /// Finds out whether the address is known, behind a lock, so that of two at once one finds it so; and writes that a letter
    /// is to be sent to it. The statements are the same either way.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(&self, tx: &Tx) -> Result<Registered, Fault> {
        if !count_letter(tx, &self.rules, &self.subjects).await? {
            return Ok(Registered::TooOften);
        }
        let (kind, registered) = if store::is_known(tx, &self.email).await? {
            (MailKind::AlreadyRegistered, Registered::Known)
        } else {
            (MailKind::EmailVerification, Registered::New)
        };
        store::insert_mail(tx, self.email.clone(), kind).await?;
        Ok(registered)
    }
}

/// Writes a link for this account, which ends the one before, and gives its token.
async fn issue_link(
    tx: &Tx,
    owner: &user::Model,
    purpose: LinkPurpose,
) -> Result<OneTimeToken, Fault> {
    let token = OneTimeToken::generate();
    let life = match purpose {
        LinkPurpose::PasswordReset => RESET,
        LinkPurpose::EmailVerification => VERIFICATION,
    };
    let row = one_time_link::Model {
        hash: token.digest(),
        user_id: owner.id,
        purpose,
        auth_epoch: owner.auth_epoch,
        expires_at: tx.clock().now() + life,
    };
    store::replace_link(tx, row).await?;
    Ok(token)
}
