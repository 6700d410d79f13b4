//! A patient registers themselves. Whether the address belongs to somebody already, nobody learns: the answer is the
//! same, and so is the work.

use super::{changed, today};
use crate::accept;
use crate::access::{Act, Action, Kinds, Object, Viewer};
use crate::account::{
    self, Client, EmailTaken, NewAccount, NewUser, Owner, Registered, Registration, Weakness,
};
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::patient::cells::{Contact, Name, Preferences, Profile};
use crate::patient::input::{self, At, Checks, Invalid, Problem};
use crate::patient::sealed::{NewPatient, SealedPatient};
use crate::patient::store;
use crate::state::State;
use chrono::NaiveDate;
use entity::code::{AdministrativeGender, Confidentiality, Roles};
use std::sync::Arc;

/// Register me.
#[derive(Clone)]
pub struct RegisterPatient {
    /// The address to sign in with, and to be reached at.
    pub email: String,
    /// The password, as they chose it.
    pub password: String,
    /// The names.
    pub name: Name,
    /// The date of birth.
    pub birth_date: NaiveDate,
    /// Administrative gender, if they say.
    pub gender: Option<AdministrativeGender>,
    /// The telephone number.
    pub phone: Option<String>,
    /// BCP 47 tag of their language.
    pub language: Option<String>,
}

/// Why somebody is not registered. That they are already is no reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// Too many tries from this place, or with this address.
    TryLater,
    /// The password has fewer characters than it must.
    PasswordTooShort,
    /// The password has more characters than are kept.
    PasswordTooLong,
    /// The password is one that a guesser tries first.
    PasswordGuessable,
}

impl From<Invalid> for RegisterRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<Weakness> for RegisterRefusal {
    fn from(weakness: Weakness) -> Self {
        match weakness {
            Weakness::TooShort => Self::PasswordTooShort,
            Weakness::TooLong => Self::PasswordTooLong,
            Weakness::Guessable => Self::PasswordGuessable,
        }
    }
}

/// The command with every value checked and in its one spelling.
fn checked(command: RegisterPatient, today: NaiveDate) -> Result<RegisterPatient, Invalid> {
    let mut checks = Checks::default();
    let email = checks.take(input::email(&command.email).at("email"));
    let name = checks.take(input::name(&command.name).at("name"));
    let birth_date = checks.take(input::birth_date(command.birth_date, today).at("birthDate"));
    let phone = command.phone.as_deref().map(input::phone).transpose();
    let phone = checks.take(phone.at("phone"));
    let language = command.language.as_deref().map(input::language);
    let language = checks.take(language.transpose().at("language"));
    checks.end(|| {
        Some(RegisterPatient {
            email: email?,
            name: name?,
            birth_date: birth_date?,
            phone: phone?,
            language: language?,
            ..command
        })
    })
}

/// Registers a patient with an account of their own, which can be nothing but a patient's. An address that has an
/// account is left as it is.
///
/// # Errors
/// Those of the database; unavailable when too many passwords wait to be hashed.
pub async fn register_patient(
    state: &State,
    viewer: &Viewer,
    client: &Client,
    command: RegisterPatient,
) -> Outcome<(), RegisterRefusal> {
    let command = accept!(checked(command, today(state)));
    let email = account::Email::parse(&command.email).ok_or(Problem::InvalidEmail);
    let email = accept!(email.at("email"));
    let display_name = account_name(&command.name);
    let owner = Owner {
        email: email.as_str(),
        name: &display_name,
        second_factor: false,
    };
    let password = accept!(account::hash_password(state, &command.password, owner).await?);
    let account = NewAccount {
        email,
        display_name,
        password,
        roles: Roles::PATIENT,
        clearance: Confidentiality::Normal,
        email_verified: false,
    };
    let user = NewUser::seal(state, account)?;
    let patient = NewPatient {
        id: state.clock.new_id(),
        user: Some(user.id()),
        mrn: None,
        name: command.name,
        birth_date: command.birth_date,
        profile: Profile {
            gender: command.gender.unwrap_or(AdministrativeGender::Unknown),
            blood_group: None,
            language: command.language,
            preferences: Preferences::default(),
        },
        contact: Contact {
            email: Some(command.email),
            phone: command.phone,
        },
        address: None,
        emergency_contacts: Vec::new(),
        coverages: Vec::new(),
        confidentiality: Confidentiality::Normal,
        source: None,
        recorded_by: Some(user.id()),
    };
    let sealed = patient.seal(&state.vault, state.clock.now())?;
    let registration = Registration::of(state, client, &user);
    accept!(write(state, viewer, registration, user, sealed).await?);
    state.post.ring();
    Ok(Ok(()))
}

/// What the audit says of it.
fn made(sealed: &SealedPatient) -> (Act, Kinds, Object) {
    let kinds = Kinds::IDENTITY.with(Kinds::ACCOUNT);
    let object = Object::Patient(sealed.row.id);
    (Act::Asked(Action::Create), kinds, object)
}

/// The name of the account: it holds no more than the beginning of a very long one.
fn account_name(name: &Name) -> String {
    let text: String = name.text().chars().take(input::LONGEST_NAME).collect();
    text.trim_end().to_owned()
}

/// Writes account and patient, both or neither, and the letter that asks to verify the address. Where it has an account
/// already, the same is written and taken back, and the letter goes to its owner: statement by statement the same work, so
/// that who measures learns nothing.
async fn write(
    state: &State,
    viewer: &Viewer,
    registration: Registration,
    user: NewUser,
    sealed: SealedPatient,
) -> Outcome<(), RegisterRefusal> {
    let notes = [false, true].map(|done| state.audit.note(viewer, made(&sealed), done));
    let [failed, made] = notes;
    let notes = (failed?, made?);
    let shared = Arc::new((registration, user, sealed));
    let written = state.db.write::<(), Option<EmailTaken>, _>(move |tx| {
        let (notes, shared) = (notes.clone(), Arc::clone(&shared));
        Box::pin(async move {
            let (registration, user, sealed) = &*shared;
            let known = match registration.begin(tx).await? {
                Registered::Known => true,
                Registered::New => false,
                Registered::TooOften => return Ok(Err(None)),
            };
            let user = if known {
                &user.found_by_nothing()
            } else {
                user
            };
            let mark = tx.mark().await?;
            let id = accept!(account::insert_user(tx, user).await?.map_err(Some));
            if store::insert_rows(tx, vec![sealed.clone()]).await?.is_err() {
                return Err(Fault::internal(
                    "a number given out has been taken meanwhile",
                ));
            }
            log::append(tx, &[changed(sealed.row.id, Some(id), 1)]).await?;
            tx.settle(mark, !known).await?;
            let (failed, made) = notes;
            tx.defer(if known { failed } else { made });
            Ok(Ok(()))
        })
    });
    Ok(match written.await? {
        // An account that an administrator made in this very moment: they invite its owner themselves.
        Ok(()) | Err(Some(EmailTaken)) => Ok(()),
        Err(None) => Err(RegisterRefusal::TryLater),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_account_is_cut_where_accounts_cut() {
        let name = |given: &str| Name {
            given: vec![given.to_owned()],
            family: "Lee".to_owned(),
            prefix: None,
        };
        assert_eq!(account_name(&name("Ana")), "Ana Lee");
        let long = account_name(&name(&"x".repeat(99)));
        assert_eq!(long, "x".repeat(99));
    }
}
