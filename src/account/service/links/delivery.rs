//! Writing and sending the letters that were asked for.
//!
//! A row is taken on by moving the time at which it is due, in the transaction that makes its link: so one copy sends it, and
//! if that copy dies in between another does later, under a link of its own. What a letter says exists in no table.

use super::super::super::person::{self, Account};
use super::super::super::store;
use super::issue_link;
use crate::db::Tx;
use crate::error::Fault;
use crate::mail::{ATTEMPTS, Letter, pause};
use crate::state::State;
use entity::code::{LinkPurpose, MailKind};
use entity::{outgoing_mail, user};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked for letters that nobody rang for: another copy's, or those to be tried again.
const LOOK: Duration = Duration::from_secs(5);
/// The pause after a bell: whether there is a letter to write must not be felt in the answer to whoever has just asked.
const MOMENT: Duration = Duration::from_millis(200);
/// Letters that are sent before looking again.
const MOST: u64 = 20;

/// What becomes of a row that was taken on.
enum Taken {
    /// Another copy has it.
    ByAnother,
    /// Nothing is to be sent: nobody has the address, or there is no need any more.
    Needless,
    /// A letter to this account.
    Letter(user::Model, Box<Letter>),
}

/// Sends letters as they are asked for, for as long as the server runs.
pub async fn deliver(state: Arc<State>) {
    loop {
        if let Err(fault) = deliver_due(&state).await {
            tracing::warn!(
                ?fault,
                "Could not look for letters to be sent; trying again"
            );
        }
        // Until somebody rings, or it is time to look.
        if tokio::time::timeout(LOOK, state.post.rung()).await.is_ok() {
            tokio::time::sleep(MOMENT).await;
        }
    }
}

async fn deliver_due(state: &Arc<State>) -> Result<(), Fault> {
    loop {
        let due = store::due_mail(&state.db, MOST).await?;
        if due.is_empty() {
            return Ok(());
        }
        for row in due {
            let (id, kind) = (row.id, row.kind);
            if let Err(fault) = deliver_one(state, row.clone()).await {
                tracing::error!(mail.id = %id, ?kind, ?fault, "Could not make a letter");
                put_off(state, row).await?;
            }
        }
    }
}

/// After a letter could not even be made: the next time counts as the next attempt, and after the last one it is given up.
async fn put_off(state: &Arc<State>, row: outgoing_mail::Model) -> Result<(), Fault> {
    if row.attempts + 1 >= ATTEMPTS {
        tracing::error!(mail.id = %row.id, kind = ?row.kind, "Gave a letter up");
        return forget(state, row.id).await;
    }
    let put_off = state.db.write::<bool, Infallible, _>(move |tx| {
        let row = row.clone();
        // Not taken on again if it was before: then its attempts are another number.
        Box::pin(async move { Ok(Ok(store::claim_mail(tx, &row, pause(row.attempts)).await?)) })
    });
    let Ok(_) = put_off.await?;
    Ok(())
}

async fn deliver_one(state: &Arc<State>, row: outgoing_mail::Model) -> Result<(), Fault> {
    let (id, kind, attempts) = (row.id, row.kind, row.attempts + 1);
    let (owner, letter) = match take_on(state, row).await? {
        Taken::ByAnother => return Ok(()),
        Taken::Needless => return forget(state, id).await,
        Taken::Letter(owner, letter) => (owner, letter),
    };
    let user = owner.id;
    let address = Account(owner).email(&state.vault)?;
    match state.post.send(&address, &letter).await {
        Ok(()) => {
            tracing::info!(mail.id = %id, user.id = %user, ?kind, "Sent a letter");
            forget(state, id).await
        }
        Err(fault) if attempts >= ATTEMPTS => {
            tracing::error!(mail.id = %id, user.id = %user, ?kind, ?fault, "Gave a letter up");
            forget(state, id).await
        }
        Err(fault) => {
            tracing::warn!(mail.id = %id, user.id = %user, ?kind, attempts, ?fault, "Could not send a letter; trying again");
            Ok(())
        }
    }
}

async fn take_on(state: &Arc<State>, row: outgoing_mail::Model) -> Result<Taken, Fault> {
    let floor = Arc::clone(state);
    let taken = state.db.write::<Taken, Infallible, _>(move |tx| {
        let (floor, row) = (Arc::clone(&floor), row.clone());
        Box::pin(async move {
            if !store::claim_mail(tx, &row, pause(row.attempts)).await? {
                return Ok(Ok(Taken::ByAnother));
            }
            let owner = store::hold_by_email(tx, &row.email_index).await?;
            let owner = owner.filter(|owner| person::may_sign_in(owner.status));
            let Some(owner) = owner.filter(|_| !floor.post.is_off()) else {
                return Ok(Ok(Taken::Needless));
            };
            let letter = letter(&floor, tx, &owner, row.kind).await?;
            Ok(Ok(match letter {
                Some(letter) => Taken::Letter(owner, Box::new(letter)),
                None => Taken::Needless,
            }))
        })
    });
    let Ok(taken) = taken.await?;
    Ok(taken)
}

/// What is to be written to this account, if anything.
async fn letter(
    state: &State,
    tx: &Tx,
    owner: &user::Model,
    kind: MailKind,
) -> Result<Option<Letter>, Fault> {
    let links = state.post.links();
    Ok(match kind {
        MailKind::PasswordReset => {
            let token = issue_link(tx, owner, LinkPurpose::PasswordReset).await?;
            Some(Letter::password_reset(links, token.expose()))
        }
        MailKind::EmailVerification if owner.email_verified_at.is_some() => None,
        MailKind::EmailVerification => {
            let token = issue_link(tx, owner, LinkPurpose::EmailVerification).await?;
            Some(Letter::email_verification(links, token.expose()))
        }
        MailKind::AlreadyRegistered => Some(Letter::already_registered()),
        MailKind::PasswordChanged => Some(Letter::password_changed()),
        MailKind::SecondFactorRemoved => Some(Letter::second_factor_removed()),
    })
}

async fn forget(state: &State, id: entity::id::MailId) -> Result<(), Fault> {
    let done = state.db.write::<(), Infallible, _>(move |tx| {
        Box::pin(async move { Ok(Ok(store::delete_mail(tx, id).await?)) })
    });
    let Ok(()) = done.await?;
    Ok(())
}
