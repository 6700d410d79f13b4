//! Changes that patients ask for.

use super::relations::{
    glass, oneself, this_patient, treated_by, treating, treating_or_administration,
};
use crate::access::{Action, Actor, Asked, PatientFacts, Relationship};

/// The patient asks and takes back; whoever reads what would change reads what is asked for, and whoever may change it decides.
/// Nobody decides on what is asked for in their own record, in whatever role.
pub(super) fn decided(
    actor: &Actor,
    action: Action,
    facts: &PatientFacts,
    of: Asked,
) -> Option<Relationship> {
    let is_own = actor.patient == Some(facts.patient);
    match (action, of) {
        (Action::Read, Asked::Demographics) => this_patient(actor, facts),
        (Action::Read, Asked::Clinical | Asked::Medication) => {
            treated_by(actor, facts).or_else(|| glass(actor, facts))
        }
        (Action::Create | Action::Update, _) => oneself(actor, facts),
        (Action::Accept, _) if is_own => None,
        (Action::Accept, Asked::Demographics) => treating_or_administration(actor, facts),
        (Action::Accept, Asked::Clinical | Asked::Medication) => treating(actor, facts),
        _ => None,
    }
}
