//! The policy: one pure function.
//!
//! Order of the questions: signed in, role, relationship, sensitivity against clearance. (A live session with the
//! current epoch is a condition of there being an actor at all.)
//!
//! Breaking the glass stands in for the relationship and, up to *restricted*, for the clearance: whoever lies unconscious
//! is treated by whoever is there. What is *very restricted* it opens only to those whose clearance reaches it. It opens
//! for reading, for recording vital signs, which whoever treats in an emergency must, and for adding to a signed note; for no
//! other writing, and no insurance.
//!
//! What is clinical is for the patient and those who treat them: whoever runs the clinic is no clinician. The patient reads
//! all of it but what is done at visits, of which they read what is shared with them, and writes what is their own word:
//! readings that they took, and what they take.

mod documents;
mod proposals;
mod relations;
mod visits;
mod waiting;

use super::{Action, Actor, Mask, PatientFacts, Relationship, Resource, Viewer};
use entity::code::{RecordSource, Roles};
use entity::id::DoctorId;
use relations::{
    administration, any, breakable, by_appointment, care_team, cleared, clinician, glass,
    on_their_word, one_doctor, oneself, own_schedule, own_word, this_patient, treated_by, treating,
    treating_or_administration,
};
use waiting::waiting;

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes, through this relationship, with these parts masked.
    Allow {
        /// Through what.
        relationship: Relationship,
        /// What is shown only in part.
        mask: Mask,
    },
    /// No.
    Deny,
}

impl Decision {
    /// Whether the answer is yes.
    #[must_use]
    pub fn is_allowed(self) -> bool {
        matches!(self, Self::Allow { .. })
    }

    /// What is shown only in part, if the answer is yes.
    #[must_use]
    pub fn mask(self) -> Option<Mask> {
        match self {
            Self::Allow { mask, .. } => Some(mask),
            Self::Deny => None,
        }
    }
}

/// Whether the viewer may do this to that. What no line below allows is denied.
#[must_use]
pub fn decide(viewer: &Viewer, action: Action, resource: &Resource) -> Decision {
    viewer.note(|recording| recording.asked(resource));
    let relationship = match viewer.known() {
        None => None,
        Some(actor) => allowed(actor, action, resource),
    };
    let decision = match relationship {
        Some(relationship) => Decision::Allow {
            relationship,
            mask: mask(action, resource, relationship),
        },
        None => Decision::Deny,
    };
    #[cfg(feature = "mutation")]
    let decision = super::mutation::decision(viewer, action, resource, decision);
    decision
}

/// What of it this relationship shows only in part. How somebody is reached, and their insurance number, are whole for
/// themselves and for those who treat them; whoever runs the clinic, or is a doctor and no more, can check by the end of
/// it that they speak of the same person. That an administrator may write it does not show it: what they wrote they
/// know, and what others wrote stays with those.
fn mask(action: Action, resource: &Resource, relationship: Relationship) -> Mask {
    let in_part = match resource {
        Resource::Contact(_) | Resource::Coverage(_) => matches!(
            relationship,
            Relationship::Clinician | Relationship::Administration
        ),
        // Staff are made by administrators, with an address of the clinic; a patient's is that of their record.
        Resource::AccountEmail(_, roles) => {
            relationship == Relationship::Administration && roles.any_of(Roles::PATIENT)
        }
        _ => false,
    };
    if action == Action::Read && in_part {
        Mask::Contact
    } else {
        Mask::Nothing
    }
}

fn allowed(actor: &Actor, action: Action, resource: &Resource) -> Option<Relationship> {
    match resource {
        Resource::Identity(facts) => match action {
            Action::Read => this_patient(actor, facts).or_else(|| clinician(actor, facts)),
            Action::Update => treating_or_administration(actor, facts),
            Action::Create => clinician(actor, facts).or_else(|| administration(actor)),
            Action::Erase => administration(actor),
            _ => None,
        },
        Resource::Demographics(facts) => match action {
            Action::Read => this_patient(actor, facts),
            Action::Update => treating_or_administration(actor, facts),
            _ => None,
        },
        Resource::Confidentiality(_) => match action {
            Action::Update => administration(actor),
            _ => None,
        },
        Resource::Contact(facts) => match action {
            Action::Read => this_patient(actor, facts).or_else(|| clinician(actor, facts)),
            Action::Update => {
                oneself(actor, facts).or_else(|| treating_or_administration(actor, facts))
            }
            _ => None,
        },
        Resource::Coverage(facts) => match action {
            Action::Read => treated_by(actor, facts)
                .or_else(|| administration(actor))
                .or_else(|| clinician(actor, facts)),
            Action::Create | Action::Update => {
                oneself(actor, facts).or_else(|| administration(actor))
            }
            _ => None,
        },
        Resource::CareTeam(facts) => match action {
            Action::Read => this_patient(actor, facts),
            Action::Create | Action::Update => treating_or_administration(actor, facts),
            _ => None,
        },
        Resource::Appointment(facts, doctor) => appointment(actor, action, facts, *doctor),
        Resource::Waiting(facts, doctor) => waiting(actor, action, facts, *doctor),
        Resource::VisitReason(facts, doctor) => match action {
            Action::Read | Action::Update => oneself(actor, facts)
                .or_else(|| care_team(actor, facts))
                .or_else(|| own_schedule(actor, *doctor).filter(|_| cleared(actor, facts)))
                .or_else(|| glass(actor, facts).filter(|_| action == Action::Read)),
            _ => None,
        },
        Resource::Clinical(facts) => match action {
            Action::Read => treated_by(actor, facts).or_else(|| glass(actor, facts)),
            Action::Create | Action::Update => treating(actor, facts),
            _ => None,
        },
        Resource::Medications(facts) => match action {
            Action::Read => treated_by(actor, facts).or_else(|| glass(actor, facts)),
            Action::Create | Action::Update | Action::Override => treating(actor, facts),
            _ => None,
        },
        Resource::Alerts(facts) => match action {
            Action::Read => treated_by(actor, facts).or_else(|| glass(actor, facts)),
            Action::Update => treating(actor, facts),
            // By which bounds somebody is called is for those who go on treating the patient.
            Action::Create => care_team(actor, facts),
            _ => None,
        },
        Resource::Proposal(facts, of) => proposals::decided(actor, action, facts, *of),
        Resource::MedicationIntake(facts, source) => match action {
            Action::Read => treated_by(actor, facts).or_else(|| glass(actor, facts)),
            Action::Create => on_their_word(actor, facts, *source),
            Action::Update => own_word(actor, facts, *source).or_else(|| treating(actor, facts)),
            _ => None,
        },
        Resource::Vitals(facts, source) => match action {
            Action::Read => treated_by(actor, facts).or_else(|| glass(actor, facts)),
            Action::Create => on_their_word(actor, facts, *source)
                .or_else(|| glass(actor, facts).filter(|_| *source == RecordSource::Clinic)),
            Action::Update => own_word(actor, facts, *source)
                .or_else(|| treating(actor, facts))
                .or_else(|| glass(actor, facts)),
            _ => None,
        },
        Resource::VisitRecord(facts, author, stage) => {
            visits::decided(actor, action, facts, (*author, *stage))
        }
        Resource::Document(facts, stage) => documents::known(actor, action, facts, *stage),
        Resource::DocumentContent(facts, stage) => documents::content(actor, action, facts, *stage),
        Resource::BreakGlass(facts, doctor) => match action {
            Action::Create => one_doctor(actor, *doctor, Relationship::Clinician)
                .filter(|_| breakable(actor, facts)),
            Action::Read => oneself(actor, facts)
                .or_else(|| one_doctor(actor, *doctor, Relationship::OneSelf))
                .or_else(|| administration(actor)),
            Action::Update => {
                one_doctor(actor, *doctor, Relationship::OneSelf).or_else(|| administration(actor))
            }
            _ => None,
        },
        Resource::BreakGlassLog(facts) => match action {
            Action::Read => oneself(actor, facts).or_else(|| administration(actor)),
            _ => None,
        },
        // The patient is told what for, and not what was said of them.
        Resource::BreakGlassJustification(doctor) => match action {
            Action::Read => {
                one_doctor(actor, *doctor, Relationship::OneSelf).or_else(|| administration(actor))
            }
            _ => None,
        },
        Resource::BreakGlassReview(user) => match action {
            Action::Read => administration(actor),
            // Nobody reviews what they did themselves.
            Action::Update if actor.user != *user => administration(actor),
            _ => None,
        },
        Resource::DoctorSchedule(doctor) => match action {
            Action::Read | Action::Update => {
                own_schedule(actor, *doctor).or_else(|| administration(actor))
            }
            _ => None,
        },
        Resource::Absence(doctor) => match action {
            Action::Read | Action::Create | Action::Update => {
                own_schedule(actor, *doctor).or_else(|| administration(actor))
            }
            _ => None,
        },
        Resource::PatientList => match action {
            Action::Read => {
                any(actor, Roles::DOCTOR, Relationship::Clinician).or_else(|| administration(actor))
            }
            _ => None,
        },
        Resource::Directory => match action {
            // Neither an analyst nor an account without a role yet (invited, no password of its own).
            Action::Read => any(
                actor,
                Roles::PATIENT.with(Roles::DOCTOR).with(Roles::ADMIN),
                Relationship::Public,
            ),
            Action::Create | Action::Update => administration(actor),
            _ => None,
        },
        Resource::Account(user) => match action {
            Action::Read | Action::Update if actor.user == *user => Some(Relationship::OneSelf),
            Action::Read | Action::Create | Action::Update => administration(actor),
            _ => None,
        },
        Resource::AccountEmail(user, _) => match action {
            Action::Read if actor.user == *user => Some(Relationship::OneSelf),
            Action::Read => administration(actor),
            _ => None,
        },
        Resource::Rights(user) => match action {
            Action::Read if actor.user == *user => Some(Relationship::OneSelf),
            Action::Read => administration(actor),
            // Nobody says what they themselves may.
            Action::Update if actor.user != *user => administration(actor),
            _ => None,
        },
        // A session is made by proving who one is; nobody makes one for another.
        Resource::Sessions(user) => match action {
            Action::Read | Action::Update if actor.user == *user => Some(Relationship::OneSelf),
            Action::Read | Action::Update => administration(actor),
            _ => None,
        },
        Resource::Clinic | Resource::Audit => match action {
            Action::Read => administration(actor),
            _ => None,
        },
        // The patient's right, which whoever runs the clinic carries out for those who ask on paper. Whoever treats them reads
        // what they need, where it stands.
        Resource::WholeRecord(facts) => match action {
            Action::Read => oneself(actor, facts)
                .or_else(|| administration(actor).filter(|_| cleared(actor, facts))),
            _ => None,
        },
        // Not for those who treat the patient: they are whom it is about.
        Resource::AccessLog(facts) => match action {
            Action::Read => oneself(actor, facts).or_else(|| administration(actor)),
            _ => None,
        },
    }
}

fn appointment(
    actor: &Actor,
    action: Action,
    facts: &PatientFacts,
    doctor: DoctorId,
) -> Option<Relationship> {
    let staff = || {
        own_schedule(actor, doctor)
            .filter(|_| cleared(actor, facts))
            .or_else(|| care_team(actor, facts))
            .or_else(|| administration(actor))
    };
    match action {
        // An appointment opens the record: a doctor without a relation does not give themselves one.
        Action::Book => oneself(actor, facts)
            .or_else(|| own_schedule(actor, doctor).and_then(|_| by_appointment(actor, facts)))
            .or_else(|| care_team(actor, facts))
            .or_else(|| administration(actor)),
        Action::Read => oneself(actor, facts)
            .or_else(|| own_schedule(actor, doctor).filter(|_| cleared(actor, facts)))
            .or_else(|| care_team(actor, facts))
            .or_else(|| glass(actor, facts))
            .or_else(|| administration(actor)),
        Action::Confirm | Action::Reschedule | Action::Cancel => {
            oneself(actor, facts).or_else(staff)
        }
        Action::Update | Action::Accept | Action::Attend => staff(),
        Action::Create
        | Action::Erase
        | Action::Sign
        | Action::Amend
        | Action::Share
        | Action::Override => None,
    }
}

#[cfg(test)]
mod tests;
