//! Taking a lost second factor away from somebody else: for administrators, who have made sure otherwise who asks for it.

use super::super::super::person::Account;
use super::super::super::store;
use super::super::another::{KeyReused, Turn, forget, keyed, refused_for, shut_out, turn};
use super::super::still_administrator;
use super::{StepUpRequired, step_up};
use crate::access::{Action, Resource, Viewer, require};
use crate::error::Outcome;
use crate::state::State;
use entity::code::{MailKind, Roles};
use entity::id::UserId;
use std::sync::Arc;

/// Takes somebody's second factor away.
#[derive(Clone, Debug)]
pub struct ResetMfa {
    /// Whose account.
    pub user: UserId,
    /// The version that the administrator has seen.
    pub expected_version: i32,
    /// The same key and input answer the same.
    pub idempotency_key: Option<String>,
}

/// Why it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetMfaRefusal {
    /// The account has changed since it was read.
    Conflict,
    /// One's own goes only with itself.
    OwnAccount,
    /// There is none.
    NotEnrolled,
    /// Who does this must have proved moments ago who they are.
    StepUpRequired,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

refused_for!(ResetMfaRefusal {
    StepUpRequired => StepUpRequired,
    KeyReused => IdempotencyKeyReused,
});

/// Takes somebody else's second factor away, with its recovery codes. All their sessions end, and a letter tells them: of the
/// two things that they proved themselves with one is gone, and whoever has the other must not go unnoticed.
///
/// # Errors
/// [`crate::error::Fault::NotFound`] when there is no account that the viewer may see, [`Fault::Unauthenticated`] when the viewer has
/// just ceased to be an administrator.
pub async fn reset_mfa(
    state: &State,
    viewer: &Viewer,
    command: ResetMfa,
) -> Outcome<Account, ResetMfaRefusal> {
    let actor = viewer.signed_in()?.user;
    let (id, expected) = (command.user, command.expected_version);
    if id == actor && viewer.is(Roles::ADMIN) {
        return Ok(Err(ResetMfaRefusal::OwnAccount));
    }
    let granted = require(viewer, Action::Update, &Resource::Rights(id))?;
    crate::accept!(step_up(state, viewer).await?);
    let key = command.idempotency_key.as_deref();
    let key = keyed(state, actor, "resetMfa", key, &format!("{id}|{expected}"));
    let reset = state.write::<_, ResetMfaRefusal, _>(viewer, move |tx| {
        let key = Arc::clone(&key);
        Box::pin(async move {
            let turn = turn(tx, key.as_ref().as_ref(), granted, id).await?;
            let held = match crate::accept!(turn) {
                Turn::Again(held) => return Ok(Ok((held, Vec::new()))),
                Turn::First(held) => held,
            };
            if held.version != expected {
                return Ok(Err(ResetMfaRefusal::Conflict));
            }
            if held.mfa_enrolled_at.is_none() {
                return Ok(Err(ResetMfaRefusal::NotEnrolled));
            }
            still_administrator(tx, actor).await?;
            let user = store::set_enrolled(tx, granted, &held, None).await?;
            store::delete_factor(tx, granted, id).await?;
            store::replace_recovery_codes(tx, granted, id, Vec::new()).await?;
            let kind = MailKind::SecondFactorRemoved;
            store::insert_mail(tx, user.email_index.clone(), kind).await?;
            let ended = shut_out(tx, granted, &user).await?;
            Ok(Ok((user, ended)))
        })
    });
    let (user, ended) = crate::accept!(reset.await?);
    forget(state, ended);
    state.post.ring();
    tracing::info!(user.id = %id, by = %actor, "Took somebody's second factor away");
    Ok(Ok(Account(user)))
}
