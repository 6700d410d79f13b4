//! Every mutation of the schema, tried by anybody on anything, and whether the oracle would let them.

mod accounts;
mod appointments;
mod chart;
mod hours;
mod records;

use super::alerts::ALERTS;
use super::documents::DOCUMENTS;
use super::proposals::PROPOSALS;
use super::waits;
use super::world::{Thing, World};
use crate::support::Random;
use chrono::{DateTime, Utc};
use entity::code::{Confidentiality, Roles};

/// How a mutation is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Refused at the top, with this code.
    Refused(&'static str),
    /// Refused in the payload, with this code, for want of a right.
    Told(&'static str),
    /// Let through, and refused in the payload for one of these reasons, none of which is access.
    Stuck(&'static [&'static str]),
    /// Let through: done, unless for one of these reasons, none of which is access.
    Done(&'static [&'static str]),
}

/// What a mutation that was done has changed, beyond what stands in plain columns.
#[derive(Clone, Debug)]
pub enum After {
    Nothing,
    Phone(usize, String),
    Blood(usize),
    Sensitivity(usize, Confidentiality),
    Noted(usize, String),
    Number(usize, usize, String),
    Remarked(usize, String),
    /// A file is called so.
    Titled(usize, String),
    Removed(usize, usize),
    Cleared(usize, Confidentiality),
    /// The sessions of this account are over.
    SignsInAgain(usize),
    Role(usize, Roles),
    /// The second factor of this account is gone, and with it every other session; or, if it is another's, every one.
    Disarmed(usize),
}

/// One mutation, ready to be sent.
pub struct Try {
    pub name: &'static str,
    /// The input, written out.
    pub input: String,
    pub expect: Expect,
    pub after: After,
}

use Expect::{Done, Refused};

const WORK: &[&str] = &[
    "acceptAppointment",
    "arriveAppointment",
    "checkInAppointment",
    "callAppointment",
    "completeAppointment",
    "enterAppointmentInError",
    "markNoShow",
    "undoNoShow",
];
const WITHDRAW: &[&str] = &[
    "confirmAppointment",
    "cancelAppointment",
    "cancelSeries",
    "changeSeries",
    "rescheduleAppointment",
    "rerouteAppointment",
];
const OTHERS: &[&str] = &[
    "bookAppointment",
    "bookSeries",
    "holdSlot",
    "requestAppointment",
    "updatePatient",
    "setPatientConfidentiality",
    "addCoverage",
    "updateCoverage",
    "removeCoverage",
    "addCareTeamMember",
    "endCareTeamMember",
    "createPatient",
    "revokeSession",
    "revokeOtherSessions",
];
const ADMINISTRATORS: &[&str] = &[
    "createDepartment",
    "createUser",
    "createDoctor",
    "createVisitType",
    "updateDoctor",
    "assignRole",
    "withdrawRole",
    "setClearance",
    "setUserStatus",
    "resetMfa",
    "erasePatient",
    "reviewBreakGlass",
    "revokeBreakGlass",
];
const HOURS: &[&str] = &[
    "addAvailabilityException",
    "addAvailabilityRule",
    "endAbsence",
    "endAvailabilityRule",
    "markAbsence",
    "removeAvailabilityException",
    "resolveAbsence",
    "updateAbsence",
    "updateAvailabilityRule",
];
const DOCTORS: &[&str] = &["breakGlass", "endBreakGlass"];
const ONES_OWN: &[&str] = &[
    "signOut",
    "changePassword",
    "beginMfaEnrolment",
    "confirmMfaEnrolment",
    "disableMfa",
    "regenerateRecoveryCodes",
    "proveIdentity",
    "markNotificationRead",
    "updateNotificationPreferences",
    "createCalendarFeed",
    "revokeCalendarFeed",
];
const EVERYBODYS: &[&str] = &[
    "signIn",
    "completeSignIn",
    "refreshSession",
    "registerPatient",
    "requestPasswordReset",
    "resetPassword",
    "requestEmailVerification",
    "verifyEmail",
];

/// Every mutation that is tried.
pub fn all() -> Vec<&'static str> {
    [
        WORK,
        WITHDRAW,
        OTHERS,
        ADMINISTRATORS,
        HOURS,
        DOCTORS,
        chart::TREATING,
        chart::TELLING,
        waits::VERBS,
        ALERTS,
        PROPOSALS,
        DOCUMENTS,
        ONES_OWN,
        EVERYBODYS,
    ]
    .concat()
}

/// One who tries, at one moment.
pub struct Tries<'a> {
    pub world: &'a World,
    /// Nobody in particular, if none.
    pub who: Option<usize>,
    pub now: DateTime<Utc>,
}

fn at(random: &mut Random, length: usize) -> usize {
    usize::try_from(random.below(length as u64)).unwrap()
}

impl Tries<'_> {
    /// A random mutation.
    pub fn random(&self, random: &mut Random) -> Try {
        let of = *random.pick(&[
            WORK,
            WITHDRAW,
            WITHDRAW,
            OTHERS,
            OTHERS,
            OTHERS,
            ADMINISTRATORS,
            HOURS,
            DOCTORS,
            chart::TREATING,
            chart::TELLING,
            waits::VERBS,
            ALERTS,
            PROPOSALS,
            DOCUMENTS,
            ONES_OWN,
            EVERYBODYS,
        ]);
        let name = *random.pick(of);
        let who = self.who.filter(|who| self.world.accounts[*who].comes_in());
        let mut tried = match (who, of == EVERYBODYS) {
            (Some(who), _) => self.by(who, name, random),
            // What they would do does not matter: it is what somebody else would.
            (None, _) => self.by(0, name, random),
        };
        if who.is_none() && of != EVERYBODYS {
            (tried.expect, tried.after) = (Refused("UNAUTHENTICATED"), After::Nothing);
        }
        tried
    }

    fn by(&self, who: usize, name: &'static str, random: &mut Random) -> Try {
        let world = self.world;
        let account = &world.accounts[who];
        let (input, expect, after) = if WORK.contains(&name) || WITHDRAW.contains(&name) {
            self.on_appointment(who, name, random)
        } else if ADMINISTRATORS.contains(&name) {
            let (input, expect, after) = self.of_administrators(who, name, random);
            match account.is(Roles::ADMIN) {
                true => (input, expect, after),
                false => (input, Refused("FORBIDDEN"), After::Nothing),
            }
        } else if DOCTORS.contains(&name) {
            let (input, expect) = self.of_doctors(who, name, random);
            match account.is(Roles::DOCTOR) {
                true => (input, expect, After::Nothing),
                false => (input, Refused("FORBIDDEN"), After::Nothing),
            }
        } else if HOURS.contains(&name) {
            let (input, expect) = self.on_hours(who, name, random);
            (input, expect, After::Nothing)
        } else if ALERTS.contains(&name) {
            self.on_alert(who, name, random)
        } else if PROPOSALS.contains(&name) {
            self.on_proposal(who, name, random)
        } else if DOCUMENTS.contains(&name) {
            self.on_file(who, name, random)
        } else if chart::TREATING.contains(&name) || chart::TELLING.contains(&name) {
            self.on_chart(who, name, random)
        } else if ONES_OWN.contains(&name) || EVERYBODYS.contains(&name) {
            let after = match name {
                "signOut" => After::SignsInAgain(who),
                "disableMfa" => After::Disarmed(who),
                _ => After::Nothing,
            };
            let (input, expect) = self.of_oneself(who, name, random);
            (input, expect, after)
        } else {
            match name {
                "bookAppointment" | "bookSeries" | "holdSlot" | "requestAppointment" => {
                    self.book(who, name, random)
                }
                "addCareTeamMember" | "endCareTeamMember" => self.on_team(who, name, random),
                "revokeSession" | "revokeOtherSessions" => self.revoke(who, name, random),
                "createPatient" => self.create_patient(who),
                verb if waits::VERBS.contains(&verb) => self.on_waitlist(who, verb, random),
                _ => self.on_record(who, name, random),
            }
        };
        let (expect, after) = match expect {
            Done(_) => (expect, after),
            _ => (expect, After::Nothing),
        };
        Try {
            name,
            input,
            expect,
            after,
        }
    }

    /// A thing that they may know of or not, and may change or not.
    pub(super) fn on(
        &self,
        who: usize,
        thing: Thing,
        may: bool,
        unless: &'static [&'static str],
    ) -> Expect {
        match self.world.knows(who, thing, self.now) {
            _ if !self.world.accounts[who].is_of_the_clinic() => Refused("FORBIDDEN"),
            true if may => Done(unless),
            true => Refused("FORBIDDEN"),
            false => Refused("NOT_FOUND"),
        }
    }

    fn is_staff(&self, who: usize) -> bool {
        self.world.accounts[who].is(Roles::DOCTOR.with(Roles::ADMIN))
    }

    /// A patient and a doctor; now and then those that the viewer is.
    pub fn pair(&self, who: usize, random: &mut Random) -> (usize, usize) {
        let world = self.world;
        let mut patient = at(random, world.patients.len());
        let mut doctor = at(random, world.doctors.len());
        let account = &world.accounts[who];
        if random.below(2) == 0 {
            patient = account.patient.unwrap_or(patient);
            doctor = account.doctor.unwrap_or(doctor);
        } else if random.below(2) == 0 {
            let with = world.met_by(who);
            if !with.is_empty() {
                patient = *random.pick(&with);
            }
        }
        (patient, doctor)
    }
}
