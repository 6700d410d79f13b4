//! Who works on the waiting list.

use super::relations::{administration, by_appointment, care_team, cleared, oneself, own_schedule};
use crate::access::{Action, Actor, PatientFacts, Relationship};
use entity::id::DoctorId;

/// What waits for a time becomes an appointment: whoever may book one puts the patient on the list, and whoever may move one
/// works on it.
pub(super) fn waiting(
    actor: &Actor,
    action: Action,
    facts: &PatientFacts,
    doctor: Option<DoctorId>,
) -> Option<Relationship> {
    let own_list = || doctor.and_then(|doctor| own_schedule(actor, doctor));
    let own_list = || match action {
        Action::Create => own_list().and_then(|_| by_appointment(actor, facts)),
        _ => own_list().filter(|_| cleared(actor, facts)),
    };
    match action {
        Action::Read | Action::Create | Action::Update => oneself(actor, facts)
            .or_else(own_list)
            .or_else(|| care_team(actor, facts))
            .or_else(|| administration(actor)),
        _ => None,
    }
}
