//! What something that was made for one viewer depended on of who they are: whoever is alike in all of that would be made
//! the same, and can be given it.
//!
//! Between a viewer and what is made for them stands the policy, which reads their roles, their clearance, and whether they
//! are, or how they are related to, the patients, doctors and accounts that it is asked about. While a recording runs each
//! of these is noted: the one whom the policy is asked about, and the relations that are looked up. Viewers of the same roles
//! and clearance who are alike in each of those are answered alike at each question; so the next question is the same, and
//! so is the whole. Whoever takes the actor itself, and so could read anything of them, ends that: what is made then is the
//! viewer's own. That is the default for whatever is written later, too.

use super::trail::Look;
use super::{Actor, BrokenGlass, PatientFacts, Resource};
use entity::code::{Confidentiality, Roles};
use entity::id::{DoctorId, PatientId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// What is noted while something is made for a viewer.
#[derive(Debug, Default)]
pub struct Recording {
    is_own: bool,
    patients: BTreeSet<PatientId>,
    doctors: BTreeSet<DoctorId>,
    users: BTreeSet<UserId>,
    related: BTreeMap<PatientId, Related>,
    looks: Vec<Look>,
}

/// How a viewer is related to a patient, as far as the policy asks: care team, appointment, broken glass.
type Related = [bool; 3];

fn related(facts: &PatientFacts) -> Related {
    [
        facts.care_team,
        facts.appointment,
        facts.break_glass.is_some(),
    ]
}

impl Recording {
    /// The actor was taken out.
    pub(super) fn own(&mut self) {
        self.is_own = true;
    }

    /// The policy was asked about this.
    pub(super) fn asked(&mut self, resource: &Resource) {
        let (patient, doctor, user) = about(resource);
        self.patients.extend(patient);
        self.doctors.extend(doctor);
        self.users.extend(user);
    }

    /// It was asked whether the viewer is this doctor.
    pub(super) fn met(&mut self, doctor: DoctorId) {
        self.doctors.insert(doctor);
    }

    /// These relations were looked up.
    pub(super) fn found(&mut self, facts: &PatientFacts) {
        let now = related(facts);
        let before = self.related.insert(facts.patient, now);
        if before.is_some_and(|before| before != now) {
            // They have changed on the way: what was made is of neither.
            self.is_own = true;
        }
    }

    /// This was noted on the trail.
    pub(super) fn noted(&mut self, look: Look) {
        self.looks.push(look);
    }

    /// Who is like the one for whom this was recorded; nobody if it is their own.
    pub(super) fn likeness(self, actor: Option<&Actor>) -> Option<Likeness> {
        let actor = actor.filter(|_| !self.is_own)?;
        Some(Likeness {
            roles: actor.roles,
            clearance: actor.clearance,
            is: Is::of(actor, &self.patients, &self.doctors, &self.users),
            patients: self.patients,
            doctors: self.doctors,
            users: self.users,
            related: self.related,
            looks: self.looks,
        })
    }
}

/// Which of the patients, doctors and accounts that were asked about the viewer is.
#[derive(Debug, PartialEq, Eq)]
struct Is(Option<PatientId>, Option<DoctorId>, Option<UserId>);

impl Is {
    fn of(
        actor: &Actor,
        patients: &BTreeSet<PatientId>,
        doctors: &BTreeSet<DoctorId>,
        users: &BTreeSet<UserId>,
    ) -> Self {
        Self(
            actor.patient.filter(|own| patients.contains(own)),
            actor.doctor.filter(|own| doctors.contains(own)),
            Some(actor.user).filter(|own| users.contains(own)),
        )
    }
}

/// What a viewer must be for something to have been made the same for them.
#[derive(Debug)]
pub struct Likeness {
    roles: Roles,
    clearance: Confidentiality,
    is: Is,
    patients: BTreeSet<PatientId>,
    doctors: BTreeSet<DoctorId>,
    users: BTreeSet<UserId>,
    related: BTreeMap<PatientId, Related>,
    looks: Vec<Look>,
}

impl Likeness {
    /// Whether this actor is alike, their relations left aside.
    pub(super) fn is_of(&self, actor: &Actor) -> bool {
        self.roles == actor.roles
            && self.clearance == actor.clearance
            && self.is == Is::of(actor, &self.patients, &self.doctors, &self.users)
    }

    /// The patients whose relations to the viewer are to be compared.
    pub fn related(&self) -> impl Iterator<Item = PatientId> {
        self.related.keys().copied()
    }

    /// Whether relations to one of these patients are alike.
    #[must_use]
    pub fn is_related_as(&self, facts: &PatientFacts) -> bool {
        self.related.get(&facts.patient) == Some(&related(facts))
    }

    /// What whoever is given it has looked at by that: each through their own broken glass, if it was through that.
    pub(super) fn looks(
        &self,
        glass: impl Fn(PatientId) -> Option<BrokenGlass>,
    ) -> impl Iterator<Item = Look> {
        self.looks.iter().map(move |look| match look.object {
            super::Object::Patient(patient) if look.broken_glass.is_some() => Look {
                broken_glass: glass(patient),
                ..*look
            },
            _ => *look,
        })
    }
}

/// Whom a resource is about. Every resource is named, so that a new one is not forgotten.
fn about(resource: &Resource) -> (Option<PatientId>, Option<DoctorId>, Option<UserId>) {
    match resource {
        Resource::Identity(facts)
        | Resource::Demographics(facts)
        | Resource::Confidentiality(facts)
        | Resource::Contact(facts)
        | Resource::Coverage(facts)
        | Resource::CareTeam(facts)
        | Resource::Clinical(facts)
        | Resource::Medications(facts)
        | Resource::MedicationIntake(facts, _)
        | Resource::Vitals(facts, _)
        | Resource::Document(facts, _)
        | Resource::DocumentContent(facts, _)
        | Resource::Alerts(facts)
        | Resource::Proposal(facts, _)
        | Resource::BreakGlassLog(facts)
        | Resource::WholeRecord(facts)
        | Resource::AccessLog(facts) => (Some(facts.patient), None, None),
        Resource::BreakGlass(facts, doctor)
        | Resource::Appointment(facts, doctor)
        | Resource::VisitReason(facts, doctor) => (Some(facts.patient), Some(*doctor), None),
        Resource::VisitRecord(facts, author, _) => (Some(facts.patient), None, *author),
        Resource::Waiting(facts, doctor) => (Some(facts.patient), *doctor, None),
        Resource::BreakGlassJustification(doctor)
        | Resource::DoctorSchedule(doctor)
        | Resource::Absence(doctor) => (None, Some(*doctor), None),
        Resource::BreakGlassReview(user)
        | Resource::Account(user)
        | Resource::AccountEmail(user, _)
        | Resource::Rights(user)
        | Resource::Sessions(user) => (None, None, Some(*user)),
        Resource::PatientList | Resource::Directory | Resource::Clinic | Resource::Audit => {
            (None, None, None)
        }
    }
}

#[cfg(test)]
mod tests;
