//! The first administrator, who is made on the command line: a fresh clinic comes with no account and no password.

use super::super::email::Email;
use super::super::store::{self, EmailTaken};
use super::opening::{fit_name, insert_invited_user, invitation};
use crate::access::{Kinds, Object};
use crate::error::Outcome;
use crate::state::State;
use entity::code::{Confidentiality, Roles, UserStatus};
use entity::id::UserId;

/// An administrator to be made by whoever runs the machine.
#[derive(Clone, Debug)]
pub struct CreateAdmin {
    /// The address to sign in with.
    pub email: String,
    /// The name shown to others.
    pub display_name: String,
    /// Make one also when there is an administrator already.
    pub even_if_there_is_one: bool,
}

/// An administrator that was made.
#[derive(Clone)]
pub struct CreatedAdmin {
    /// The account.
    pub user: UserId,
    /// The password to sign in with once, to be shown once and kept nowhere.
    pub password: String,
}

/// Why no administrator was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateAdminRefusal {
    /// There is an administrator already, who can make others.
    AdministratorExists,
    /// The address has not the shape of one.
    InvalidEmail,
    /// Another account has the address.
    EmailTaken,
    /// The name is empty, has more than 100 characters, or control characters.
    InvalidName,
}

impl From<EmailTaken> for CreateAdminRefusal {
    fn from(_: EmailTaken) -> Self {
        Self::EmailTaken
    }
}

/// Makes an administrator, who has to choose a password of their own. It asks no policy: whoever calls it has the machine.
///
/// # Errors
/// Those of the database.
pub async fn create_admin(
    state: &State,
    command: CreateAdmin,
) -> Outcome<CreatedAdmin, CreateAdminRefusal> {
    let Some(email) = Email::parse(&command.email) else {
        return Ok(Err(CreateAdminRefusal::InvalidEmail));
    };
    let Some(name) = fit_name(&command.display_name) else {
        return Ok(Err(CreateAdminRefusal::InvalidName));
    };
    let clearance = Confidentiality::Normal;
    let invitation = invitation(state, email, name, Roles::ADMIN, clearance).await?;
    let password = invitation.temporary_password.clone();
    let another = command.even_if_there_is_one;
    let object = Object::User(invitation.user.id());
    let about = (Kinds::ACCOUNT.with(Kinds::RIGHTS), object);
    let note = state.audit.operation("admin create", about, true)?;
    let made = state.db.write::<_, CreateAdminRefusal, _>(move |tx| {
        tx.defer(note.clone());
        let invitation = invitation.clone();
        Box::pin(async move {
            tx.lock(&[ADMINISTRATORS.to_owned()]).await?;
            let statuses = [UserStatus::Active, UserStatus::Invited];
            if !another && store::administrators(tx, &statuses, None).await? > 0 {
                return Ok(Err(CreateAdminRefusal::AdministratorExists));
            }
            let id = crate::accept!(insert_invited_user(tx, &invitation).await?);
            Ok(Ok(id))
        })
    });
    let user = crate::accept!(made.await?);
    tracing::info!(user.id = %user, "Made an administrator on the command line");
    Ok(Ok(CreatedAdmin { user, password }))
}

/// The lock behind which administrators are counted before one is made or shut out.
pub(super) const ADMINISTRATORS: &str = "administrators";
