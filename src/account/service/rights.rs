//! What accounts may: giving and taking roles, and setting clearances. Administrators do, for others.
//!
//! Whoever's rights change signs in anew: how long a session lasts idle depends on them, and no connection is to go on
//! with what it was opened for. The sessions end in the same transaction, everywhere within a second.
//!
//! The rules are pure: each change says what the account may after it, from [`Found`].

use super::super::person::Account;
use super::super::store;
use super::another::{KeyReused, Turn, forget, keyed, refused_for, shut_out, turn};
use super::second_factor::{StepUpRequired, step_up};
use super::still_administrator;
use crate::access::{Action, Resource, Viewer, require};
use crate::error::Outcome;
use crate::state::State;
use entity::code::{Confidentiality, Roles, UserStatus};
use entity::id::UserId;
use entity::user;
use std::sync::Arc;

/// Gives an account a role.
#[derive(Clone, Debug)]
pub struct AssignRole {
    /// Whose account.
    pub user: UserId,
    /// The one role.
    pub role: Roles,
    /// The version that the administrator has seen.
    pub expected_version: i32,
    /// The same key and input answer the same.
    pub idempotency_key: Option<String>,
}

/// Takes a role from an account.
#[derive(Clone, Debug)]
pub struct WithdrawRole {
    /// Whose account.
    pub user: UserId,
    /// The one role.
    pub role: Roles,
    /// The version that the administrator has seen.
    pub expected_version: i32,
    /// The same key and input answer the same.
    pub idempotency_key: Option<String>,
}

/// Says up to which confidentiality an account may read.
#[derive(Clone, Debug)]
pub struct SetClearance {
    /// Whose account.
    pub user: UserId,
    /// Up to where.
    pub clearance: Confidentiality,
    /// The version that the administrator has seen.
    pub expected_version: i32,
    /// The same key and input answer the same.
    pub idempotency_key: Option<String>,
}

/// Why a role was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignRoleRefusal {
    /// The account has changed since it was read.
    Conflict,
    /// Nobody changes what they themselves may.
    OwnAccount,
    /// A patient is one whose record is kept here.
    NoPatientRecord,
    /// A doctor is one who has an entry in the directory.
    NoDoctorEntry,
    /// Who does this must have proved moments ago who they are.
    StepUpRequired,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Why a role was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithdrawRoleRefusal {
    /// The account has changed since it was read.
    Conflict,
    /// Nobody changes what they themselves may.
    OwnAccount,
    /// Nobody would be left to give it again.
    LastAdministrator,
    /// Whose record is kept here may read it.
    HasPatientRecord,
    /// Who does this must have proved moments ago who they are.
    StepUpRequired,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Why a clearance was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetClearanceRefusal {
    /// The account has changed since it was read.
    Conflict,
    /// Nobody changes what they themselves may.
    OwnAccount,
    /// Who does this must have proved moments ago who they are.
    StepUpRequired,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// What any of these changes can be refused for.
enum Common {
    Conflict,
    OwnAccount,
}

macro_rules! common {
    ($($refusal:ident),+) => {$(
        impl From<Common> for $refusal {
            fn from(common: Common) -> Self {
                match common {
                    Common::Conflict => Self::Conflict,
                    Common::OwnAccount => Self::OwnAccount,
                }
            }
        }

        refused_for!($refusal {
            StepUpRequired => StepUpRequired,
            KeyReused => IdempotencyKeyReused,
        });
    )+};
}

common!(AssignRoleRefusal, WithdrawRoleRefusal, SetClearanceRefusal);

/// What a change depends on, as its transaction sees it.
#[derive(Clone, Copy, Debug)]
struct Found {
    roles: Roles,
    clearance: Confidentiality,
    /// The roles that the account's records call for.
    called_for: Roles,
    /// Somebody else is an active administrator.
    another_administrator: bool,
}

/// One of these changes.
trait Change: Clone + Send + Sync + 'static {
    type Refusal: From<Common> + From<KeyReused> + From<StepUpRequired> + Send + 'static;

    /// The mutation, under whose name its idempotency keys are kept.
    const MUTATION: &'static str;

    /// Whose account, at which version.
    fn target(&self) -> (UserId, i32);

    /// The caller's key, and the rest of the input in words.
    fn repeated(&self) -> (Option<&str>, String);

    /// What the account may after it.
    fn after(&self, found: Found) -> Result<(Roles, Confidentiality), Self::Refusal>;
}

impl Change for AssignRole {
    type Refusal = AssignRoleRefusal;
    const MUTATION: &'static str = "assignRole";

    fn target(&self) -> (UserId, i32) {
        (self.user, self.expected_version)
    }

    fn repeated(&self) -> (Option<&str>, String) {
        (self.idempotency_key.as_deref(), self.role.0.to_string())
    }

    fn after(&self, found: Found) -> Result<(Roles, Confidentiality), AssignRoleRefusal> {
        let missing = self.role.without(found.called_for);
        if missing.any_of(Roles::PATIENT) {
            return Err(AssignRoleRefusal::NoPatientRecord);
        }
        if missing.any_of(Roles::DOCTOR) {
            return Err(AssignRoleRefusal::NoDoctorEntry);
        }
        Ok((found.roles.with(self.role), found.clearance))
    }
}

impl Change for WithdrawRole {
    type Refusal = WithdrawRoleRefusal;
    const MUTATION: &'static str = "withdrawRole";

    fn target(&self) -> (UserId, i32) {
        (self.user, self.expected_version)
    }

    fn repeated(&self) -> (Option<&str>, String) {
        (self.idempotency_key.as_deref(), self.role.0.to_string())
    }

    /// A doctor may cease to treat while their entry, and what they signed, stays. A patient does not cease to be one:
    /// whoever is to be kept out is locked out.
    fn after(&self, found: Found) -> Result<(Roles, Confidentiality), WithdrawRoleRefusal> {
        let taken = self.role;
        if taken.any_of(Roles::PATIENT) && found.called_for.any_of(Roles::PATIENT) {
            return Err(WithdrawRoleRefusal::HasPatientRecord);
        }
        let was_one = found.roles.any_of(Roles::ADMIN);
        if taken.any_of(Roles::ADMIN) && was_one && !found.another_administrator {
            return Err(WithdrawRoleRefusal::LastAdministrator);
        }
        Ok((found.roles.without(taken), found.clearance))
    }
}

impl Change for SetClearance {
    type Refusal = SetClearanceRefusal;
    const MUTATION: &'static str = "setClearance";

    fn target(&self) -> (UserId, i32) {
        (self.user, self.expected_version)
    }

    fn repeated(&self) -> (Option<&str>, String) {
        let words = format!("{:?}", self.clearance);
        (self.idempotency_key.as_deref(), words)
    }

    fn after(&self, found: Found) -> Result<(Roles, Confidentiality), SetClearanceRefusal> {
        Ok((found.roles, self.clearance))
    }
}

/// Gives somebody else a role; one that they have stays as it is.
///
/// # Errors
/// [`crate::error::Fault::NotFound`] when there is no account that the viewer may see, [`Fault::Unauthenticated`] when the viewer has
/// just ceased to be an administrator.
pub async fn assign_role(
    state: &State,
    viewer: &Viewer,
    command: AssignRole,
) -> Outcome<Account, AssignRoleRefusal> {
    change(state, viewer, command).await
}

/// Takes a role from somebody else; one that they do not have is no loss.
///
/// # Errors
/// Those of [`assign_role`].
pub async fn withdraw_role(
    state: &State,
    viewer: &Viewer,
    command: WithdrawRole,
) -> Outcome<Account, WithdrawRoleRefusal> {
    change(state, viewer, command).await
}

/// Says up to which confidentiality somebody else may read.
///
/// # Errors
/// Those of [`assign_role`].
pub async fn set_clearance(
    state: &State,
    viewer: &Viewer,
    command: SetClearance,
) -> Outcome<Account, SetClearanceRefusal> {
    change(state, viewer, command).await
}

async fn change<C: Change>(
    state: &State,
    viewer: &Viewer,
    command: C,
) -> Outcome<Account, C::Refusal> {
    let actor = viewer.signed_in()?.user;
    let (id, expected) = command.target();
    if id == actor && viewer.is(Roles::ADMIN) {
        return Ok(Err(Common::OwnAccount.into()));
    }
    let granted = require(viewer, Action::Update, &Resource::Rights(id))?;
    crate::accept!(step_up(state, viewer).await?);
    let (key, words) = command.repeated();
    let input = format!("{id}|{words}|{expected}");
    let key = keyed(state, actor, C::MUTATION, key, &input);
    let changed = state.write::<_, C::Refusal, _>(viewer, move |tx| {
        let (key, command) = (Arc::clone(&key), command.clone());
        Box::pin(async move {
            // Changes of who may what follow one another, so that the last administrator is counted once.
            let turn = turn(tx, key.as_ref().as_ref(), granted, id).await?;
            let held = match crate::accept!(turn) {
                Turn::Again(held) => return Ok(Ok((held, Vec::new()))),
                Turn::First(held) => held,
            };
            if held.version != expected {
                return Ok(Err(Common::Conflict.into()));
            }
            let others = store::administrators(tx, &[UserStatus::Active], Some(id)).await?;
            let found = Found {
                roles: held.roles,
                clearance: held.clearance,
                called_for: store::called_for(tx, id).await?,
                another_administrator: others > 0,
            };
            let rights = crate::accept!(command.after(found));
            still_administrator(tx, actor).await?;
            if rights == (held.roles, held.clearance) {
                return Ok(Ok((held, Vec::new())));
            }
            let user: user::Model = store::change_rights(tx, granted, &held, rights).await?;
            let ended = shut_out(tx, granted, &user).await?;
            Ok(Ok((user, ended)))
        })
    });
    let (user, ended) = crate::accept!(changed.await?);
    forget(state, ended);
    let (roles, clearance) = (user.roles.0, user.clearance);
    tracing::info!(user.id = %id, by = %actor, roles, ?clearance, "Changed what an account may");
    Ok(Ok(Account(user)))
}

#[cfg(test)]
mod tests;
