//! Making accounts: what every verb that makes one shares, here and in the rooms of patients and doctors.
//!
//! Hashing and sealing happen before the transaction, so that what is written in it is ready: `hash_password` or
//! [`invitation`], then [`NewUser::seal`], then [`insert_user`] in the transaction of whoever makes the person.

use super::super::email::Email;
use super::super::person;
use super::super::store::{self, EmailTaken};
use crate::auth::{Owner, Passwords, Weakness, check_strength};
use crate::db::Tx;
use crate::error::{Fault, Outcome};
use crate::state::State;
use crate::vault::IndexKey;
use entity::cell::BlindIndex;
use entity::code::{Confidentiality, Roles, UserStatus};
use entity::id::UserId;
use entity::user;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
use zeroize::Zeroizing;

/// Characters that a name has at most.
const LONGEST_NAME: usize = 100;

/// The hash of a password, and who chose it.
#[derive(Clone)]
pub struct PasswordHash {
    phc: String,
    temporary: bool,
}

/// Checks a password that its owner has chosen, and hashes it.
///
/// # Errors
/// [`Fault::Unavailable`] when too many passwords wait to be hashed; the refusal says what is wrong with this one.
pub async fn hash_password(
    state: &State,
    password: &str,
    owner: Owner<'_>,
) -> Outcome<PasswordHash, Weakness> {
    crate::accept!(check_chosen(password, owner).await?);
    Ok(Ok(PasswordHash {
        phc: state.passwords.hash(password).await?,
        temporary: false,
    }))
}

/// Checks a password that its owner has chosen.
///
/// # Errors
/// None but mistakes of ours; the refusal says what is wrong with it.
pub(super) async fn check_chosen(password: &str, owner: Owner<'_>) -> Outcome<(), Weakness> {
    // Far from the threads that serve: the estimate takes its time.
    let (text, email, name) = (
        Zeroizing::new(password.to_owned()),
        owner.email.to_owned(),
        owner.name.to_owned(),
    );
    let second_factor = owner.second_factor;
    let checked = tokio::task::spawn_blocking(move || {
        let owner = Owner {
            email: &email,
            name: &name,
            second_factor,
        };
        check_strength(&text, owner)
    });
    checked.await.map_err(Fault::internal)
}

impl PasswordHash {
    /// What the row keeps.
    pub(super) fn kept(&self) -> String {
        if self.temporary {
            person::temporary(&self.phc)
        } else {
            self.phc.clone()
        }
    }
}

/// What an account is made of.
#[derive(Clone)]
pub struct NewAccount {
    /// The address it signs in with.
    pub email: Email,
    /// The name shown to others: 1 to 100 characters, none of them a control character; the caller has made sure.
    pub display_name: String,
    /// The hash of its password.
    pub password: PasswordHash,
    /// What it may be.
    pub roles: Roles,
    /// Up to which confidentiality it may read.
    pub clearance: Confidentiality,
    /// Somebody answers for it that its mail reaches its owner.
    pub email_verified: bool,
}

/// An account that is ready to be written.
#[derive(Clone)]
pub struct NewUser(user::Model);

impl NewUser {
    /// Seals a new account. Whoever did not choose the password themselves is invited, anybody else is active.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no input of this size.
    pub fn seal(state: &State, account: NewAccount) -> Result<Self, Fault> {
        let id: UserId = state.clock.new_id();
        let (key, data_key) = state.vault.new_key(id.0)?;
        let email = key.seal(person::email_place(id), account.email.as_str())?;
        let display_name = key.seal(person::name_place(id), &account.display_name)?;
        let status = if account.password.temporary {
            UserStatus::Invited
        } else {
            UserStatus::Active
        };
        Ok(Self(user::Model {
            id,
            data_key,
            email,
            email_index: account.email.index(&state.vault),
            display_name,
            password_hash: account.password.kept(),
            status,
            roles: account.roles,
            clearance: account.clearance,
            auth_epoch: 0,
            mfa_enrolled_at: None,
            email_verified_at: account.email_verified.then(|| state.clock.now()),
            version: 1,
            created_at: state.clock.now(),
        }))
    }

    /// The id it will have.
    #[must_use]
    pub fn id(&self) -> UserId {
        self.0.id
    }

    /// The address, for look-ups.
    #[must_use]
    pub fn email_index(&self) -> &BlindIndex {
        &self.0.email_index
    }

    /// The same account, found by nothing: to be written and taken back, at the cost of one that stays.
    #[must_use]
    pub fn found_by_nothing(&self) -> Self {
        Self(user::Model {
            email_index: IndexKey::of_nothing(),
            ..self.0.clone()
        })
    }

    /// The row, as it will be written.
    pub(super) fn row(&self) -> &user::Model {
        &self.0
    }
}

/// Writes a new account in the transaction of whoever makes the person.
///
/// # Errors
/// Those of the database; the refusal ends the transaction, for PostgreSQL goes on with none after a broken rule.
pub async fn insert_user(tx: &Tx, new: &NewUser) -> Outcome<UserId, EmailTaken> {
    let row = new.0.clone().into_active_model().reset_all();
    Ok(store::insert(tx, row).await?.map(|()| new.0.id))
}

/// An account that is ready to be written, with the password that its owner will sign in with once.
#[derive(Clone)]
pub struct Invitation {
    /// The account.
    pub user: NewUser,
    /// The password, to be shown once and kept nowhere.
    pub temporary_password: String,
}

/// Prepares an account for somebody else: they will have no role until they have chosen a password of their own.
///
/// # Errors
/// [`Fault::Unavailable`] when too many passwords wait to be hashed.
pub async fn invitation(
    state: &State,
    email: Email,
    display_name: String,
    roles: Roles,
    clearance: Confidentiality,
) -> Result<Invitation, Fault> {
    let temporary_password = Passwords::temporary();
    let password = PasswordHash {
        phc: state.passwords.hash(&temporary_password).await?,
        temporary: true,
    };
    let account = NewAccount {
        email,
        display_name,
        password,
        roles,
        clearance,
        // Whoever invites them answers for it.
        email_verified: true,
    };
    Ok(Invitation {
        user: NewUser::seal(state, account)?,
        temporary_password,
    })
}

/// Writes an invited account in the transaction of whoever makes the person.
///
/// # Errors
/// Those of [`insert_user`].
pub async fn insert_invited_user(tx: &Tx, invitation: &Invitation) -> Outcome<UserId, EmailTaken> {
    insert_user(tx, &invitation.user).await
}

/// The name as it is kept, or none when it is empty, longer than 100 characters or has control characters.
pub(super) fn fit_name(name: &str) -> Option<String> {
    let name = name.trim();
    let fits = !name.is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::fit_name;

    #[test]
    fn a_name_is_short_visible_and_not_empty() {
        assert_eq!(fit_name(" Ana López "), Some("Ana López".to_owned()));
        for bad in ["", "   ", "a\u{0}b", "a\nb", &"x".repeat(101)] {
            assert_eq!(fit_name(bad), None, "{bad}");
        }
        assert!(fit_name(&"õ".repeat(100)).is_some());
    }
}
