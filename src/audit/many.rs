//! One entry for many of one each: what it can say of all of them, and the ids of those that it stands for. Pure.

use crate::access::{Act, Action, Look};
use entity::id::{AuditEntryId, PatientId};
use uuid::Uuid;

/// Of how many entries of one each the audit makes one of many. Below, it would not be less to keep.
pub const MANY: usize = 4;

/// The bits of an id that count those for whom an entry stands: a `UUIDv7` of ours is random there.
const COUNT: u128 = 0xFFFF_FFFF;

/// Whether an entry of many can say it of each: what was merely looked at, and not through broken glass.
#[must_use]
pub fn is_mere_look(look: &Look) -> bool {
    look.allowed && look.act == Act::Asked(Action::Read) && look.broken_glass.is_none()
}

/// The id of an entry of many, made of a new one: those that it stands for follow it, before any other's.
#[must_use]
pub fn first_of(id: AuditEntryId) -> AuditEntryId {
    AuditEntryId(Uuid::from_u128(id.0.as_u128() & !COUNT))
}

/// The id of the entry for whom an entry of many names at this place.
#[must_use]
pub fn id_at(many: AuditEntryId, place: usize) -> AuditEntryId {
    let count = u128::try_from(place + 1).unwrap_or(COUNT) & COUNT;
    AuditEntryId(Uuid::from_u128(first_of(many).0.as_u128() | count))
}

/// The id of the entry for a patient whom an entry of many names. It tells the patient nothing of the others but that there are
/// some, not how many either: it ends as the patient's own.
#[must_use]
pub fn id_of(many: AuditEntryId, patient: PatientId) -> AuditEntryId {
    AuditEntryId(Uuid::from_u128(first_of(many).0.as_u128() | tail(patient)))
}

/// The end of a patient's id, by which an entry of many tells those apart whom it names: random in ids of ours.
#[must_use]
pub fn tail(patient: PatientId) -> u128 {
    patient.0.as_u128() & COUNT
}

/// The id before all that the row of this one, if it is of many, stands for.
#[must_use]
pub fn just_before(id: AuditEntryId) -> AuditEntryId {
    let first = first_of(id).0.as_u128();
    AuditEntryId(Uuid::from_u128(first.saturating_sub(1)))
}

/// The id after all that a row stands for.
#[must_use]
pub fn just_after(id: AuditEntryId) -> AuditEntryId {
    match first_of(id) == id {
        true => id_at(id, usize::MAX - 1),
        false => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn the_ids_of_many_stand_together_in_order_between_the_one_before_and_the_one_after() {
        let clock = Clock::system();
        for _ in 0..1000 {
            let (before, id, after): (AuditEntryId, AuditEntryId, AuditEntryId) =
                (clock.new_id(), clock.new_id(), clock.new_id());
            let many = first_of(id);
            let ids = [
                before,
                many,
                id_at(many, 0),
                id_at(many, 1),
                id_at(many, 70_000),
                after,
            ];
            assert!(ids.is_sorted(), "{ids:?}");
            assert!(
                ids.iter()
                    .all(|it| *it == before || *it == after || first_of(*it) == many)
            );
        }
    }
}
