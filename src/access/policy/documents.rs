//! Files in a patient's record.

use super::relations::{administration, glass, oneself, treated_by, treating};
use crate::access::{Action, Actor, PatientFacts, Relationship, Stage};

/// That there is a file, of what kind, how long, and who brought it when: for whoever runs the clinic too. The patient knows of
/// those that are shared with them, and brings their own; who treats them works on all of it.
pub(super) fn known(
    actor: &Actor,
    action: Action,
    facts: &PatientFacts,
    stage: Stage,
) -> Option<Relationship> {
    match action {
        Action::Read => content(actor, action, facts, stage).or_else(|| administration(actor)),
        Action::Create => oneself(actor, facts).or_else(|| treating(actor, facts)),
        Action::Update | Action::Share => treating(actor, facts),
        _ => None,
    }
}

/// What it is called and what it says: that is clinical.
pub(super) fn content(
    actor: &Actor,
    action: Action,
    facts: &PatientFacts,
    stage: Stage,
) -> Option<Relationship> {
    match (action, stage) {
        (Action::Read, Stage::Shared) => treated_by(actor, facts).or_else(|| glass(actor, facts)),
        (Action::Read, _) => treating(actor, facts).or_else(|| glass(actor, facts)),
        _ => None,
    }
}
