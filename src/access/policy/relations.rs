//! How somebody stands to a patient, a doctor or the clinic: what every rule is made of.

use crate::access::{Actor, PatientFacts, Relationship};
use entity::code::{RecordSource, Roles};
use entity::id::DoctorId;

pub(super) fn any(actor: &Actor, roles: Roles, relationship: Relationship) -> Option<Relationship> {
    actor.roles.any_of(roles).then_some(relationship)
}

pub(super) fn administration(actor: &Actor) -> Option<Relationship> {
    any(actor, Roles::ADMIN, Relationship::Administration)
}

pub(super) fn cleared(actor: &Actor, facts: &PatientFacts) -> bool {
    facts.confidentiality <= actor.clearance
}

pub(super) fn oneself(actor: &Actor, facts: &PatientFacts) -> Option<Relationship> {
    (actor.roles.any_of(Roles::PATIENT) && actor.patient == Some(facts.patient))
        .then_some(Relationship::OneSelf)
}

pub(super) fn care_team(actor: &Actor, facts: &PatientFacts) -> Option<Relationship> {
    (actor.roles.any_of(Roles::DOCTOR) && facts.care_team && cleared(actor, facts))
        .then_some(Relationship::CareTeam)
}

pub(super) fn by_appointment(actor: &Actor, facts: &PatientFacts) -> Option<Relationship> {
    (actor.roles.any_of(Roles::DOCTOR) && facts.appointment && cleared(actor, facts))
        .then_some(Relationship::Appointment)
}

pub(super) fn own_schedule(actor: &Actor, doctor: DoctorId) -> Option<Relationship> {
    one_doctor(actor, doctor, Relationship::Appointment)
}

/// The one who is this doctor.
pub(super) fn one_doctor(
    actor: &Actor,
    doctor: DoctorId,
    relation: Relationship,
) -> Option<Relationship> {
    (actor.roles.any_of(Roles::DOCTOR) && actor.doctor == Some(doctor)).then_some(relation)
}

/// Whether breaking the glass would open this record to them.
pub(super) fn breakable(actor: &Actor, facts: &PatientFacts) -> bool {
    facts.confidentiality <= actor.reach_through_glass()
}

pub(super) fn glass(actor: &Actor, facts: &PatientFacts) -> Option<Relationship> {
    (actor.roles.any_of(Roles::DOCTOR) && facts.break_glass.is_some() && breakable(actor, facts))
        .then_some(Relationship::BreakGlass)
}

/// Any doctor cleared for this record.
pub(super) fn clinician(actor: &Actor, facts: &PatientFacts) -> Option<Relationship> {
    any(actor, Roles::DOCTOR, Relationship::Clinician).filter(|_| cleared(actor, facts))
}

/// The patient, of what is their own word.
pub(super) fn own_word(
    actor: &Actor,
    facts: &PatientFacts,
    source: RecordSource,
) -> Option<Relationship> {
    oneself(actor, facts).filter(|_| source == RecordSource::Patient)
}

/// Those who treat the patient.
pub(super) fn treating(actor: &Actor, facts: &PatientFacts) -> Option<Relationship> {
    care_team(actor, facts).or_else(|| by_appointment(actor, facts))
}

/// Whoever's word it would be: nobody speaks for another.
pub(super) fn on_their_word(
    actor: &Actor,
    facts: &PatientFacts,
    source: RecordSource,
) -> Option<Relationship> {
    match source {
        RecordSource::Patient => oneself(actor, facts),
        RecordSource::Clinic => treating(actor, facts),
    }
}

/// The patient, and those who treat them.
pub(super) fn treated_by(actor: &Actor, facts: &PatientFacts) -> Option<Relationship> {
    oneself(actor, facts).or_else(|| treating(actor, facts))
}

/// Those who may read what describes this patient.
pub(super) fn this_patient(actor: &Actor, facts: &PatientFacts) -> Option<Relationship> {
    treated_by(actor, facts)
        .or_else(|| glass(actor, facts))
        .or_else(|| administration(actor))
}

pub(super) fn treating_or_administration(
    actor: &Actor,
    facts: &PatientFacts,
) -> Option<Relationship> {
    care_team(actor, facts).or_else(|| administration(actor))
}
