//! Accounts to try a sample clinic with: three of each role, under passwords made at that moment and kept as any other
//! password is.

use crate::account::{self, Email, NewAccount, NewUser};
use crate::auth::{Owner, Passwords};
use crate::error::Fault;
use crate::sample::{Clinic, DEMO};
use crate::state::State;
use entity::code::{Confidentiality, Roles};

/// What an account may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A patient.
    Patient,
    /// A doctor.
    Doctor,
    /// An administrator.
    Admin,
    /// An analyst.
    Analyst,
}

impl Role {
    /// Every role, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Patient, Self::Doctor, Self::Admin, Self::Analyst];

    /// As the graph calls it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Patient => "PATIENT",
            Self::Doctor => "DOCTOR",
            Self::Admin => "ADMIN",
            Self::Analyst => "ANALYST",
        }
    }

    const fn roles(self) -> Roles {
        match self {
            Self::Patient => Roles::PATIENT,
            Self::Doctor => Roles::DOCTOR,
            Self::Admin => Roles::ADMIN,
            Self::Analyst => Roles::ANALYST,
        }
    }
}

/// What somebody signs in with.
#[derive(Clone)]
pub struct Access {
    /// What they are.
    pub role: Role,
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
}

/// The accounts, ready to be written.
#[derive(Clone)]
pub(super) struct Accounts {
    pub(super) patients: Vec<NewUser>,
    pub(super) doctors: Vec<NewUser>,
    /// Administrators and analysts, who are nobody else.
    pub(super) others: Vec<NewUser>,
}

/// Who an account is for: the first patients and doctors of the clinic, or somebody made up.
fn person(clinic: &Clinic, role: Role, place: usize) -> (String, String) {
    let nth = place + 1;
    match role {
        Role::Patient => clinic.patients.get(place).map(|patient| {
            let email = patient.email.clone();
            let email = email.unwrap_or_else(|| format!("patient{nth}@mail.example"));
            (email, format!("{} {}", patient.given, patient.family))
        }),
        Role::Doctor => clinic.doctors.get(place).map(|doctor| {
            let name = format!("{} {} {}", doctor.prefix, doctor.given, doctor.family);
            (doctor.email.clone(), name.trim().to_owned())
        }),
        Role::Admin => Some((
            format!("admin{nth}@clinic.example"),
            format!("Front desk {nth}"),
        )),
        Role::Analyst => Some((
            format!("analyst{nth}@clinic.example"),
            format!("Statistics {nth}"),
        )),
    }
    .unwrap_or_default()
}

/// Makes passwords and hashes them, before anything is written.
pub(super) async fn prepare(
    state: &State,
    clinic: &Clinic,
) -> Result<(Vec<Access>, Accounts), Fault> {
    let mut shown = Vec::new();
    let mut accounts = Accounts {
        patients: Vec::new(),
        doctors: Vec::new(),
        others: Vec::new(),
    };
    for role in Role::ALL {
        for place in 0..DEMO {
            let (email, name) = person(clinic, role, place);
            let email = Email::parse(&email)
                .ok_or_else(|| Fault::internal("the sample clinic lacks an address"))?;
            let password = Passwords::temporary();
            // Theirs from the start: nobody who tries the clinic should have to choose another first.
            let owner = Owner {
                email: email.as_str(),
                name: &name,
                second_factor: false,
            };
            let hash = account::hash_password(state, &password, owner)
                .await?
                .map_err(|_| Fault::internal("a random password is too weak"))?;
            shown.push(Access {
                role,
                email: email.as_str().to_owned(),
                password,
            });
            let user = NewUser::seal(
                state,
                NewAccount {
                    email,
                    display_name: name,
                    password: hash,
                    roles: role.roles(),
                    clearance: Confidentiality::Normal,
                    email_verified: true,
                },
            )?;
            match role {
                Role::Patient => accounts.patients.push(user),
                Role::Doctor => accounts.doctors.push(user),
                Role::Admin | Role::Analyst => accounts.others.push(user),
            }
        }
    }
    Ok((shown, accounts))
}
