//! What is done at visits: encounters, notes, orders, results.

use super::relations::{by_appointment, care_team, glass, treated_by, treating};
use crate::access::{Action, Actor, PatientFacts, Relationship, Stage};
use entity::id::UserId;

/// Whoever is in the care team works on all of it, whoever has an appointment on what is their own; a note that nobody has
/// signed is for its author and the care team. Each signs their own, and whoever may read what was signed may add to it in
/// their own name, also through broken glass. The patient reads what is shared with them.
pub(super) fn decided(
    actor: &Actor,
    action: Action,
    facts: &PatientFacts,
    (author, stage): (Option<UserId>, Stage),
) -> Option<Relationship> {
    let is_own = author == Some(actor.user);
    let own = |through: Option<Relationship>| through.filter(|_| is_own);
    match (action, stage) {
        (Action::Read, Stage::Draft) => care_team(actor, facts)
            .or_else(|| own(by_appointment(actor, facts)))
            .or_else(|| own(glass(actor, facts))),
        (Action::Read, Stage::Kept) => treating(actor, facts).or_else(|| glass(actor, facts)),
        (Action::Read, Stage::Shared) => treated_by(actor, facts).or_else(|| glass(actor, facts)),
        (Action::Create, _) => treating(actor, facts),
        (Action::Update | Action::Share, _) => {
            care_team(actor, facts).or_else(|| own(by_appointment(actor, facts)))
        }
        (Action::Sign, _) => own(treating(actor, facts)),
        (Action::Amend, Stage::Kept | Stage::Shared) => {
            treating(actor, facts).or_else(|| glass(actor, facts))
        }
        _ => None,
    }
}
