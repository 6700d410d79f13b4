//! What is tried on accounts and sessions, and what is for administrators.

use super::Expect::{self, Passes, Refused, Told};
use super::{After, Tries, at};
use crate::oracle::world::Thing;
use crate::support::{PASSWORD, Random};
use entity::code::{Confidentiality, Roles};

impl Tries<'_> {
    pub(super) fn revoke(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let whose = match random.below(3) {
            0 => who,
            _ => at(random, world.accounts.len()),
        };
        let expect = match world.knows(who, Thing::User(whose), self.now) {
            true => Passes,
            false => Refused("NOT_FOUND"),
        };
        match name {
            "revokeSession" => {
                let input = format!("id: \"{}\"", world.accounts[whose].session);
                (input, expect, After::SignsInAgain(whose))
            }
            _ => {
                let input = format!("userId: \"{}\"", world.id(Thing::User(whose)));
                let over = if whose == who {
                    After::Nothing
                } else {
                    After::SignsInAgain(whose)
                };
                (input, expect, over)
            }
        }
    }

    pub(super) fn create_patient(&self, who: usize) -> (String, Expect, After) {
        let account = &self.world.accounts[who];
        let above =
            account.clearance < Confidentiality::VeryRestricted && !account.is(Roles::ADMIN);
        // For whom it is not, the name is blank: nobody new comes into the world.
        let family = if above { "Newcomer" } else { "" };
        let input = format!(
            "name: {{ family: \"{family}\" }} birthDate: \"1990-01-01\" confidentiality: VERY_RESTRICTED"
        );
        let expect = match self.is_staff(who) {
            false => Refused("FORBIDDEN"),
            true if above => Told("ABOVE_CLEARANCE"),
            true => Passes,
        };
        (input, expect, After::Nothing)
    }

    pub(super) fn of_administrators(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let whose = at(random, world.accounts.len());
        let user = world.id(Thing::User(whose));
        // Half of them come too late to do anything; who may try shows in either.
        let late = i32::from(random.below(2) == 0);
        let version = world.accounts[whose].version + late * 7;
        let own = match whose == who {
            true => Told("OWN_ACCOUNT"),
            false => Passes,
        };
        let number = random.below(1 << 40);
        let level = *random.pick(&[Confidentiality::Normal, Confidentiality::VeryRestricted]);
        let spelled = if level == Confidentiality::Normal {
            "NORMAL"
        } else {
            "VERY_RESTRICTED"
        };
        match name {
            "createDepartment" => (format!("name: \"Ward {number}\""), Passes, After::Nothing),
            "createUser" => {
                let input =
                    format!("email: \"new{number}@clinic.test\" displayName: \"New\" roles: []");
                (input, Passes, After::Nothing)
            }
            "createDoctor" => ("name: { family: \"\" }".to_owned(), Passes, After::Nothing),
            "createVisitType" => {
                let input =
                    format!("code: \"visit-{number}\" name: \"V\" minutes: 1 modality: VIDEO");
                (input, Passes, After::Nothing)
            }
            "updateDoctor" => {
                let doctor = world.id(Thing::Doctor(at(random, world.doctors.len())));
                let input = format!("id: \"{doctor}\" expectedVersion: 99 zone: \"UTC\"");
                (input, Passes, After::Nothing)
            }
            "assignRole" => {
                let input = format!("userId: \"{user}\" expectedVersion: {version} role: ANALYST");
                (
                    input,
                    own,
                    After::Role(whose, world.accounts[whose].roles.with(Roles::ANALYST)),
                )
            }
            "withdrawRole" => {
                let input = format!("userId: \"{user}\" expectedVersion: {version} role: ANALYST");
                (
                    input,
                    own,
                    After::Role(whose, world.accounts[whose].roles.without(Roles::ANALYST)),
                )
            }
            // Nobody here has a second factor to lose.
            "resetMfa" => {
                let input = format!("userId: \"{user}\" expectedVersion: {version}");
                (input, own, After::Nothing)
            }
            // Of another number than theirs: nobody leaves the world.
            "erasePatient" => {
                let patient = world.id(Thing::Patient(at(random, world.patients.len())));
                let input = format!("id: \"{patient}\" mrn: \"none\" reason: MISTAKE");
                (input, Passes, After::Nothing)
            }
            "reviewBreakGlass" => {
                let input = format!("id: \"{NO_GRANT}\" outcome: JUSTIFIED");
                (input, Refused("NOT_FOUND"), After::Nothing)
            }
            "revokeBreakGlass" => {
                let input = format!("id: \"{NO_GRANT}\"");
                (input, Refused("NOT_FOUND"), After::Nothing)
            }
            "setClearance" => {
                let input =
                    format!("userId: \"{user}\" expectedVersion: {version} clearance: {spelled}");
                (input, own, After::Cleared(whose, level))
            }
            _ => {
                // Whoever is active stays so.
                let input = format!("id: \"{user}\" expectedVersion: {version} status: ACTIVE");
                (input, own, After::Nothing)
            }
        }
    }
}

/// The id of a grant that there is not.
const NO_GRANT: &str = "btg_00000000000000000000000000000001";

impl Tries<'_> {
    /// The glass stays whole: a word is no justification.
    pub(super) fn of_doctors(&self, name: &str, random: &mut Random) -> (String, Expect) {
        let world = self.world;
        match name {
            "breakGlass" => {
                let patient = world.id(Thing::Patient(at(random, world.patients.len())));
                let input =
                    format!("patientId: \"{patient}\" reason: DISASTER justification: \"short\"");
                (input, Passes)
            }
            _ => (format!("id: \"{NO_GRANT}\""), Refused("NOT_FOUND")),
        }
    }
}

/// What is tried on one's own account, and by nobody in particular.
pub(super) fn of_oneself(name: &str) -> String {
    match name {
        "changePassword" => format!("currentPassword: \"{PASSWORD}\" newPassword: \"short\""),
        "beginMfaEnrolment" | "disableMfa" | "regenerateRecoveryCodes" => {
            format!("password: \"{PASSWORD}\"")
        }
        "confirmMfaEnrolment" => "code: \"000000\"".to_owned(),
        "proveIdentity" => "code: \"000000\"".to_owned(),
        "signIn" => "email: \"nobody@clinic.test\" password: \"no such password\"".to_owned(),
        "completeSignIn" => "challenge: \"none\" code: \"000000\"".to_owned(),
        "refreshSession" => "refreshToken: \"none\"".to_owned(),
        "requestPasswordReset" | "requestEmailVerification" => {
            "email: \"nobody@clinic.test\"".to_owned()
        }
        "resetPassword" => "token: \"none\" newPassword: \"no such password\"".to_owned(),
        "verifyEmail" => "token: \"none\"".to_owned(),
        "registerPatient" => {
            "name: { family: \"X\" } birthDate: \"1990-01-01\" email: \"none\" password: \"no such password\"".to_owned()
        }
        _ => String::new(),
    }
}
