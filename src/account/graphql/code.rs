//! Coded values of accounts, as clients read them.

use async_graphql::Enum;
use entity::code::Roles;

/// What a user may be. Whoever sees the user may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// One whose record it is.
    Patient,
    /// One who treats.
    Doctor,
    /// One who runs the clinic; no clinician.
    Admin,
    /// One who counts; sees no person.
    Analyst,
}

impl Role {
    const ALL: [Self; 4] = [Self::Patient, Self::Doctor, Self::Admin, Self::Analyst];

    /// The set of this role alone.
    #[must_use]
    pub fn bit(self) -> Roles {
        match self {
            Self::Patient => Roles::PATIENT,
            Self::Doctor => Roles::DOCTOR,
            Self::Admin => Roles::ADMIN,
            Self::Analyst => Roles::ANALYST,
        }
    }

    /// These roles as a list.
    #[must_use]
    pub fn list(roles: Roles) -> Vec<Self> {
        let among = |role: &Self| roles.any_of(role.bit());
        Self::ALL.into_iter().filter(among).collect()
    }

    /// This list as roles.
    #[must_use]
    pub fn set(list: &[Self]) -> Roles {
        list.iter()
            .fold(Roles::NONE, |roles, role| roles.with(role.bit()))
    }
}

/// Whether an account may sign in. Whoever sees the account may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::UserStatus")]
pub enum UserStatus {
    /// Made by an administrator; must choose a password of their own before anything else.
    Invited,
    /// May sign in.
    Active,
    /// Shut out until an administrator lets them in again.
    Locked,
    /// Shut out for good.
    Disabled,
}

/// FHIR confidentiality: how sensitive a record is, or up to where a user's clearance reaches. Whoever sees the record or
/// the user may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::Confidentiality")]
pub enum Confidentiality {
    /// FHIR `N`: as sensitive as a record usually is.
    Normal,
    /// FHIR `R`: for those who need it.
    Restricted,
    /// FHIR `V`: for the very few.
    VeryRestricted,
}

#[cfg(test)]
mod tests {
    use super::Role;
    use entity::code::Roles;

    #[test]
    fn roles_read_back_as_they_were_written() {
        for bits in 0..16 {
            let roles = Roles(bits);
            assert_eq!(Role::set(&Role::list(roles)), roles);
        }
    }
}
