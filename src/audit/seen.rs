//! What patients are told of those who looked at their record (`access:` streams).

use super::looked_at::LookedAt;
use super::many::{id_at, id_of};
use super::shown::ShownTo;
use super::{Audit, store};
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::Fact;
use entity::audit_entry;
use entity::code::EventKind;
use entity::id::{AuditEntryId, PatientId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What patients are told, and how many of each in a row: once a request that somebody else looked.
pub(super) fn seen<'a>(entries: &'a [audit_entry::Model], crowds: &'a Crowds) -> Vec<(Fact, i32)> {
    let most = crowds.values().map(|crowd| crowd.len().max(1)).sum();
    let mut told: HashSet<(PatientId, &str)> = HashSet::with_capacity(most);
    let mut facts = Vec::new();
    let fact = |patient: PatientId, id: AuditEntryId| Fact {
        kind: EventKind::RecordSeen,
        subject: id.0,
        version: 1,
        streams: vec![Stream::Access(patient)],
    };
    for entry in entries.iter().filter(|entry| is_of_others(entry)) {
        for patient in LookedAt::of(entry).map_or_else(Vec::new, |at| at.0) {
            if told.insert((patient, entry.request_id.as_str())) {
                facts.push((fact(patient, id_of(entry.id, patient)), 1));
            }
        }
        let Some(patient) = entry.patient_id else {
            continue;
        };
        let Some(crowd) = crowds.get(&entry.id) else {
            if told.insert((patient, entry.request_id.as_str())) {
                facts.push((fact(patient, entry.id), 1));
            }
            continue;
        };
        let places: Vec<usize> = (0..)
            .zip(crowd)
            .filter(|(_, request)| {
                // Of whom nothing is written down any more, it is told all the same.
                let request = request.as_ref();
                request.is_none_or(|request| told.insert((patient, request)))
            })
            .map(|(place, _)| place)
            .collect();
        // Those who stand in a row are told of in one row.
        for row in places.chunk_by(|place, next| place + 1 == *next) {
            if let (Some(first), Ok(span)) = (row.first(), i32::try_from(row.len())) {
                facts.push((fact(patient, id_at(entry.id, *first)), span));
            }
        }
    }
    facts
}

/// Whether an entry says that somebody else has looked, if it was at a record.
fn is_of_others(entry: &audit_entry::Model) -> bool {
    entry.outcome == "ALLOWED" && entry.relationship.as_deref() != Some("ONESELF")
}

/// The requests of those whom an entry of many names, in its order, by the entry; nothing of whom nothing is written down.
pub(super) type Crowds = HashMap<AuditEntryId, Vec<Option<Arc<str>>>>;

/// The requests of those whom entries name: a follower's stays what it is, so each is read once.
pub(super) async fn crowds(audit: &Audit, entries: &[audit_entry::Model]) -> Result<Crowds, Fault> {
    let known = &audit.inner.requests;
    let mut crowds = Crowds::new();
    let (mut of_many, mut unknown) = (Vec::new(), Vec::new());
    for entry in entries.iter().filter(|entry| is_of_others(entry)) {
        if let Some(shown) = ShownTo::of(entry) {
            let request = |number: &i32| known.get(&(entry.node, *number));
            let crowd: Vec<_> = shown.numbers.iter().map(request).collect();
            let strangers = shown
                .numbers
                .iter()
                .zip(&crowd)
                .filter(|(_, it)| it.is_none());
            unknown.extend(strangers.map(|(number, _)| (entry.node, *number)));
            of_many.push((entry, shown.numbers));
            crowds.insert(entry.id, crowd);
        }
    }
    if unknown.is_empty() {
        return Ok(crowds);
    }
    let mut found: HashMap<_, Arc<str>> = HashMap::new();
    for (key, follower) in store::followers(audit.db(), unknown).await? {
        let request = Arc::from(follower.request_id);
        known.insert(key, Arc::clone(&request));
        found.insert(key, request);
    }
    for (entry, numbers) in of_many {
        for (number, request) in numbers.iter().zip(crowds.entry(entry.id).or_default()) {
            if request.is_none() {
                *request = found.get(&(entry.node, *number)).cloned();
            }
        }
    }
    Ok(crowds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn entry(id: u128, request: &str, shown_to: Option<ShownTo>) -> audit_entry::Model {
        audit_entry::Model {
            place: 1,
            id: AuditEntryId(Uuid::from_u128(id)),
            request_id: request.to_owned(),
            relationship: Some("CARE_TEAM".to_owned()),
            shown_to: shown_to.map(|it| it.encoded()),
            ..crate::audit::chain::tests::entry()
        }
    }

    #[test]
    fn a_patient_is_told_once_a_request_whichever_entries_say_so() {
        const MANY: u128 = 5 << 32;
        let these = |numbers: &[i32]| {
            Some(ShownTo {
                digest: [0; 32],
                numbers: numbers.to_vec(),
            })
        };
        let own = audit_entry::Model {
            relationship: Some("ONESELF".to_owned()),
            ..entry(7, "x", these(&[8, 9]))
        };
        let again = MANY + (1 << 32);
        let entries = [
            entry(1, "a", None),
            entry(2, "a", None),
            entry(MANY, "", these(&[1, 2, 3, 4])),
            // 5 is another subscription of 1's socket.
            entry(again, "", these(&[5, 6, 2, 7, 8])),
            entry(3, "d", None),
            own,
        ];
        let crowd = |requests: &[&str]| requests.iter().map(|it| Some(Arc::from(*it))).collect();
        let crowds = [
            (entries[2].id, crowd(&["b", "c", "a", "d"])),
            (entries[3].id, crowd(&["b", "e", "c", "f", "g"])),
        ];
        let told: Vec<(u128, i32)> = seen(&entries, &Crowds::from(crowds))
            .iter()
            .map(|(fact, span)| (fact.subject.as_u128(), *span))
            .collect();
        let expected = [
            (1, 1),
            (MANY + 1, 2),
            (MANY + 4, 1),
            (again + 2, 1),
            (again + 4, 2),
        ];
        assert_eq!(told, expected);
    }
}
