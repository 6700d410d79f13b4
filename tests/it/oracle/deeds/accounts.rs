//! What is tried on accounts and sessions, and what is for administrators.

use super::Expect::{self, Done, Refused, Stuck, Told};
use super::{After, Tries, at};
use crate::oracle::world::Thing;
use crate::support::{PASSWORD, Random};
use entity::code::{Confidentiality, Roles, UserStatus};

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
            true => Done(&[]),
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
            true => Told("BLANK"),
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
            false if late > 0 => Told("CONFLICT"),
            false => Done(&[]),
        };
        let number = random.below(1 << 40);
        let level = *random.pick(&[Confidentiality::Normal, Confidentiality::VeryRestricted]);
        let spelled = if level == Confidentiality::Normal {
            "NORMAL"
        } else {
            "VERY_RESTRICTED"
        };
        match name {
            "createDepartment" => (
                format!("name: \"Ward {number}\""),
                Done(&[]),
                After::Nothing,
            ),
            "createUser" => {
                let input =
                    format!("email: \"new{number}@clinic.test\" displayName: \"New\" roles: []");
                (input, Told("INVALID_ROLES"), After::Nothing)
            }
            "createDoctor" => (
                "name: { family: \"\" }".to_owned(),
                Told("BLANK"),
                After::Nothing,
            ),
            "createVisitType" => {
                let input =
                    format!("code: \"visit-{number}\" name: \"V\" minutes: 1 modality: VIDEO");
                (input, Told("INVALID_MINUTES"), After::Nothing)
            }
            "updateDoctor" => {
                let doctor = world.id(Thing::Doctor(at(random, world.doctors.len())));
                let input = format!("id: \"{doctor}\" expectedVersion: 99 zone: \"UTC\"");
                (input, Told("CONFLICT"), After::Nothing)
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
            "resetMfa" => {
                let input = format!("userId: \"{user}\" expectedVersion: {version}");
                let expect = match own {
                    Done(_) if !world.accounts[whose].proved => Told("NOT_ENROLLED"),
                    expect => expect,
                };
                (input, expect, After::Disarmed(whose))
            }
            // Of another number than theirs: nobody leaves the world.
            "erasePatient" => {
                let patient = world.id(Thing::Patient(at(random, world.patients.len())));
                let input = format!("id: \"{patient}\" mrn: \"none\" reason: MISTAKE");
                (input, Told("OTHER_MRN"), After::Nothing)
            }
            "reviewBreakGlass" | "revokeBreakGlass" => {
                let (input, expect) = self.of_reviewers(who, name, random);
                (input, expect, After::Nothing)
            }
            "setClearance" => {
                let input =
                    format!("userId: \"{user}\" expectedVersion: {version} clearance: {spelled}");
                (input, own, After::Cleared(whose, level))
            }
            _ => {
                // Whoever is active stays so, and whoever is not becomes it.
                let input = format!("id: \"{user}\" expectedVersion: {version} status: ACTIVE");
                (input, own, After::SignsInAgain(whose))
            }
        }
    }
}

impl Tries<'_> {
    /// What is tried on one's own account, and by nobody in particular.
    pub(super) fn of_oneself(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect) {
        let nobody = "email: \"nobody@clinic.test\"";
        let with = |input: String, expect| (input, expect);
        let proved = self.world.accounts[who].proved;
        let invited = self.world.accounts[who].status == UserStatus::Invited;
        match name {
            "changePassword" => with(
                format!("currentPassword: \"{PASSWORD}\" newPassword: \"short\""),
                Told("PASSWORD_TOO_SHORT"),
            ),
            "beginMfaEnrolment" => with(
                format!("password: \"{PASSWORD}\""),
                if invited { Told("PASSWORD_NOT_CHOSEN") } else { Done(&[]) },
            ),
            "disableMfa" | "regenerateRecoveryCodes" => with(
                format!("password: \"{PASSWORD}\""),
                if proved { Done(&[]) } else { Told("NOT_ENROLLED") },
            ),
            "confirmMfaEnrolment" => with(
                "code: \"000000\"".to_owned(),
                Stuck(&["INVALID_CODE", "NOT_BEGUN"]),
            ),
            "proveIdentity" => with(
                "code: \"000000\"".to_owned(),
                if proved { Stuck(&["INVALID_CODE", "TRY_LATER"]) } else { Told("PASSWORD_REQUIRED") },
            ),
            "signIn" => {
                let whose = &self.world.accounts[at(random, self.world.accounts.len())];
                let right = whose.comes_in();
                with(
                    format!("email: \"{}\" password: \"{PASSWORD}\"", whose.email),
                    if right { Done(&[]) } else { Told("INVALID_CREDENTIALS") },
                )
            }
            "completeSignIn" => with(
                "challenge: \"none\" code: \"000000\"".to_owned(),
                Told("INVALID_CHALLENGE"),
            ),
            "refreshSession" => with(
                "refreshToken: \"none\"".to_owned(),
                Told("INVALID_REFRESH_TOKEN"),
            ),
            "requestPasswordReset" | "requestEmailVerification" => {
                with(nobody.to_owned(), Done(&["TRY_LATER"]))
            }
            "resetPassword" => with(
                "token: \"none\" newPassword: \"no such password\"".to_owned(),
                Told("INVALID_TOKEN"),
            ),
            "markNotificationRead" => with(
                format!("id: \"ntf_{}\"", "7".repeat(32)),
                Refused("NOT_FOUND"),
            ),
            "updateNotificationPreferences" => {
                with("expectedVersion: 99".to_owned(), Told("CONFLICT"))
            }
            "createCalendarFeed" => {
                let account = &self.world.accounts[who];
                let is_patient = account.is(Roles::PATIENT) && account.patient.is_some();
                let is_doctor = account.is(Roles::DOCTOR) && account.doctor.is_some();
                let expect = match is_patient || is_doctor {
                    true => Done(&["ALREADY_THERE"]),
                    false => Told("NO_APPOINTMENTS"),
                };
                with(String::new(), expect)
            }
            "verifyEmail" => with("token: \"none\"".to_owned(), Told("INVALID_TOKEN")),
            "registerPatient" => with(
                "name: { family: \"X\" } birthDate: \"1990-01-01\" email: \"none\" password: \"no such password\"".to_owned(),
                Told("INVALID_EMAIL"),
            ),
            _ => with(String::new(), Done(&[])),
        }
    }
}
