//! Accounts in the hands of administrators: making, seeing, shutting out and letting in again.

use super::super::email::Email;
use super::super::person::{self, Account};
use super::super::store::{self, EmailTaken};
use super::admission::subject_of;
use super::another::{KeyReused, Turn, forget, keyed, refused_for, shut_out, turn};
use super::founding::ADMINISTRATORS;
use super::opening::{fit_name, insert_invited_user, invitation};
use super::second_factor::{StepUpRequired, step_up};
use super::{still_administrator, tell_changed};
use crate::access::{Action, Resource, Viewer, decide, look, require};
use crate::db::{Stretch, Window};
use crate::error::{Fault, Outcome};
use crate::idempotency::claimed;
use crate::state::State;
use entity::code::{Confidentiality, Roles, UserStatus};
use entity::id::UserId;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// An account for a member of staff.
#[derive(Clone, Debug)]
pub struct CreateUser {
    /// The address to sign in with.
    pub email: String,
    /// The name shown to others.
    pub display_name: String,
    /// At least one of administrator, analyst: a patient has a record first, and a doctor an entry in the directory.
    pub roles: Roles,
    /// Up to which confidentiality they may read.
    pub clearance: Confidentiality,
    /// The same key and input answer the same.
    pub idempotency_key: Option<String>,
}

/// Why no account was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateUserRefusal {
    /// The address has not the shape of one.
    InvalidEmail,
    /// Another account has the address.
    EmailTaken,
    /// The name is empty, has more than 100 characters, or control characters.
    InvalidName,
    /// No role.
    InvalidRoles,
    /// Patients register themselves: the account comes with the record.
    NoPatientRecord,
    /// The account of a doctor is made with their entry in the directory.
    NoDoctorEntry,
    /// Who does this must have proved moments ago who they are.
    StepUpRequired,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

refused_for!(CreateUserRefusal {
    EmailTaken => EmailTaken,
    StepUpRequired => StepUpRequired,
    KeyReused => IdempotencyKeyReused,
});

/// An account that was made.
#[derive(Clone)]
pub struct Created {
    /// The account.
    pub account: Account,
    /// The password to sign in with once; absent when the same request is answered again, for it is kept nowhere.
    pub temporary_password: Option<String>,
}

/// What an account is made of, every value checked.
struct Fit {
    email: Email,
    display_name: String,
    roles: Roles,
    clearance: Confidentiality,
    idempotency_key: Option<String>,
}

/// The command with every value checked; else all that is wrong with it.
fn checked(command: CreateUser) -> Result<Fit, Vec<CreateUserRefusal>> {
    let roles = command.roles;
    let email = Email::parse(&command.email).ok_or(CreateUserRefusal::InvalidEmail);
    let display_name = fit_name(&command.display_name).ok_or(CreateUserRefusal::InvalidName);
    let mut wrong: Vec<_> = email.as_ref().err().copied().into_iter().collect();
    wrong.extend(display_name.as_ref().err());
    let odd = [
        (roles == Roles::NONE, CreateUserRefusal::InvalidRoles),
        (
            roles.any_of(Roles::PATIENT),
            CreateUserRefusal::NoPatientRecord,
        ),
        (
            roles.any_of(Roles::DOCTOR),
            CreateUserRefusal::NoDoctorEntry,
        ),
    ];
    wrong.extend(
        odd.iter()
            .filter(|(is, _)| *is)
            .map(|(_, refusal)| *refusal),
    );
    match (email, display_name) {
        (Ok(email), Ok(display_name)) if wrong.is_empty() => Ok(Fit {
            email,
            display_name,
            roles,
            clearance: command.clearance,
            idempotency_key: command.idempotency_key,
        }),
        _ => Err(wrong),
    }
}

/// Makes an account for a member of staff, who signs in with a password that is good for choosing another. Of values that are
/// not taken all are told.
///
/// # Errors
/// Those of the policy; [`Fault::Unavailable`] when too many passwords wait to be hashed.
pub async fn create_user(
    state: &State,
    viewer: &Viewer,
    command: CreateUser,
) -> Outcome<Created, Vec<CreateUserRefusal>> {
    let actor = viewer.signed_in()?.user;
    // Of an account that does not exist only an administrator may say anything.
    let nobody = UserId(Uuid::nil());
    let anybody = Resource::Account(nobody);
    if !decide(viewer, Action::Create, &anybody).is_allowed() {
        require(viewer, Action::Create, &anybody)?;
    }
    if let Err(refusal) = step_up(state, viewer).await? {
        return Ok(Err(vec![refusal.into()]));
    }
    let fit = match checked(command) {
        Ok(fit) => fit,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let made = make(state, viewer, actor, fit).await?;
    Ok(made.map_err(|refusal| vec![refusal]))
}

async fn make(
    state: &State,
    viewer: &Viewer,
    actor: UserId,
    fit: Fit,
) -> Outcome<Created, CreateUserRefusal> {
    let Fit {
        email,
        display_name,
        roles,
        clearance,
        idempotency_key,
    } = fit;
    let input = format!(
        "{}|{display_name}|{}|{clearance:?}",
        email.as_str(),
        roles.0
    );
    let key = keyed(
        state,
        actor,
        "createUser",
        idempotency_key.as_deref(),
        &input,
    );
    let invitation = invitation(state, email, display_name, roles, clearance).await?;
    let temporary_password = invitation.temporary_password.clone();
    let granted = require(
        viewer,
        Action::Create,
        &Resource::Account(invitation.user.id()),
    )?;
    let made = state.write::<_, CreateUserRefusal, _>(viewer, move |tx| {
        let (key, invitation) = (Arc::clone(&key), invitation.clone());
        Box::pin(async move {
            let id = invitation.user.id();
            let before = crate::accept!(claimed(tx, key.as_ref().as_ref(), id.0, KeyReused).await?);
            if let Some(before) = before {
                return Ok(Ok((UserId(before), None)));
            }
            tx.lock(&[ADMINISTRATORS.to_owned()]).await?;
            still_administrator(tx, actor).await?;
            crate::accept!(insert_invited_user(tx, &invitation).await?);
            Ok(Ok((id, Some(invitation.user.row().clone()))))
        })
    });
    let (id, row) = crate::accept!(made.await?);
    let Some(row) = row else {
        let found = store::by_id(&state.db, granted, id).await?;
        return Ok(Ok(Created {
            account: Account(found.ok_or(Fault::NotFound)?),
            temporary_password: None,
        }));
    };
    tracing::info!(user.id = %id, by = %actor, "Made account {id}");
    Ok(Ok(Created {
        account: Account(row),
        temporary_password: Some(temporary_password),
    }))
}

/// An account: the viewer's own, or (for administrators) anyone's.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that the viewer may see.
pub async fn find(state: &State, viewer: &Viewer, id: UserId) -> Result<Account, Fault> {
    let granted = require(viewer, Action::Read, &Resource::Account(id))?;
    let found = store::by_id(&state.db, granted, id).await?;
    found.map(Account).ok_or(Fault::NotFound)
}

/// Those of these accounts that there are and that the viewer may see, read at once.
///
/// # Errors
/// Those of the database.
pub async fn find_many(
    state: &State,
    viewer: &Viewer,
    ids: &[UserId],
) -> Result<HashMap<UserId, Arc<Account>>, Fault> {
    let mut granted = None;
    let mut seen = Vec::with_capacity(ids.len());
    for id in ids {
        if let Ok(leave) = require(viewer, Action::Read, &Resource::Account(*id)) {
            granted = Some(leave);
            seen.push(*id);
        }
    }
    let Some(granted) = granted else {
        return Ok(HashMap::new());
    };
    let found = store::by_ids(&state.db, granted, seen).await?;
    let found = found.into_iter();
    Ok(found.map(|row| (row.id, Arc::new(Account(row)))).collect())
}

/// Accounts in the order in which they were made.
///
/// # Errors
/// [`Fault::NotFound`] for whoever is no administrator.
pub async fn users(
    state: &State,
    viewer: &Viewer,
    window: &Window<UserId>,
) -> Result<Stretch<Account>, Fault> {
    let granted = require(viewer, Action::Read, &Resource::Clinic)?;
    let found = store::list(&state.db, granted, window).await?;
    for row in &found.rows {
        let _each_is_noted = look(viewer, Action::Read, &Resource::Account(row.id));
    }
    Ok(found.map(Account))
}

/// How many accounts there are.
///
/// # Errors
/// [`Fault::NotFound`] for whoever is no administrator.
pub async fn count_users(state: &State, viewer: &Viewer) -> Result<i64, Fault> {
    let granted = require(viewer, Action::Read, &Resource::Clinic)?;
    store::count(&state.db, granted).await
}

/// Another status for an account.
#[derive(Clone, Debug)]
pub struct SetUserStatus {
    /// Whose.
    pub user: UserId,
    /// Which: active lets in, locked and disabled shut out.
    pub status: UserStatus,
    /// The version that the administrator has seen.
    pub expected_version: i32,
    /// The same key and input answer the same.
    pub idempotency_key: Option<String>,
}

/// Why a status was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUserStatusRefusal {
    /// The account has changed since it was read.
    Conflict,
    /// An administrator cannot shut themselves out.
    OwnAccount,
    /// Nobody would be left to let anybody in.
    LastAdministrator,
    /// Nobody becomes invited again.
    InvalidStatus,
    /// Who does this must have proved moments ago who they are.
    StepUpRequired,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

refused_for!(SetUserStatusRefusal {
    StepUpRequired => StepUpRequired,
    KeyReused => IdempotencyKeyReused,
});

/// Shuts an account out, ending all its sessions, or lets it in again, forgiving its failures to sign in. Whoever had not
/// chosen a password of their own is invited again.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that the viewer may see, [`Fault::Forbidden`] for whoever is no administrator.
pub async fn set_user_status(
    state: &State,
    viewer: &Viewer,
    command: SetUserStatus,
) -> Outcome<Account, SetUserStatusRefusal> {
    let actor = viewer.signed_in()?.user;
    let id = command.user;
    if viewer.is(Roles::ADMIN) {
        crate::accept!(step_up(state, viewer).await?);
    }
    if id == actor && viewer.is(Roles::ADMIN) {
        return Ok(Err(SetUserStatusRefusal::OwnAccount));
    }
    let granted = require(viewer, Action::Update, &Resource::Rights(id))?;
    let (status, expected) = (command.status, command.expected_version);
    let shuts_out = match status {
        UserStatus::Active => false,
        UserStatus::Locked | UserStatus::Disabled => true,
        UserStatus::Invited => return Ok(Err(SetUserStatusRefusal::InvalidStatus)),
    };
    let input = format!("{id}|{status:?}|{expected}");
    let key = command.idempotency_key.as_deref();
    let key = keyed(state, actor, "setUserStatus", key, &input);
    let known = store::by_id(&state.db, granted, id)
        .await?
        .ok_or(Fault::NotFound)?;
    let subject = subject_of(state, &known.email_index);
    let changed = state.write::<_, SetUserStatusRefusal, _>(viewer, move |tx| {
        let (key, subject) = (Arc::clone(&key), subject.clone());
        Box::pin(async move {
            let turn = turn(tx, key.as_ref().as_ref(), granted, id).await?;
            let held = match crate::accept!(turn) {
                Turn::Again(held) => return Ok(Ok((held, Vec::new()))),
                Turn::First(held) => held,
            };
            if held.version != expected {
                return Ok(Err(SetUserStatusRefusal::Conflict));
            }
            if shuts_out
                && held.roles.any_of(Roles::ADMIN)
                && store::administrators(tx, &[UserStatus::Active], Some(id)).await? == 0
            {
                return Ok(Err(SetUserStatusRefusal::LastAdministrator));
            }
            still_administrator(tx, actor).await?;
            let status = match status {
                UserStatus::Active if person::is_temporary(&held.password_hash) => {
                    UserStatus::Invited
                }
                status => status,
            };
            let user = store::change_status(tx, granted, &held, status, shuts_out).await?;
            if !shuts_out {
                store::clear(tx, &subject).await?;
                tell_changed(tx, &user, &[]).await?;
                return Ok(Ok((user, Vec::new())));
            }
            let ended = shut_out(tx, granted, &user).await?;
            Ok(Ok((user, ended)))
        })
    });
    let (user, ended) = crate::accept!(changed.await?);
    forget(state, ended);
    tracing::info!(user.id = %id, by = %actor, status = ?user.status, "Changed an account's status");
    Ok(Ok(Account(user)))
}
