//! What patients are told of those who looked at their record (`access:` streams).

use super::shown::{self, ShownTo};
use super::{Audit, store};
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::Fact;
use entity::audit_entry;
use entity::code::EventKind;
use entity::id::{AuditEntryId, PatientId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// What patients are told, and how many of each in a row: once a request that somebody else looked.
pub(super) fn seen<'a>(entries: &'a [audit_entry::Model], known: &'a Requests) -> Vec<(Fact, i32)> {
    let mut told: HashSet<(PatientId, &str)> = HashSet::new();
    let mut facts = Vec::new();
    for (patient, entry) in entries.iter().filter_map(of_others) {
        let fact = |id: AuditEntryId| Fact {
            kind: EventKind::RecordSeen,
            subject: id.0,
            version: 1,
            streams: vec![Stream::Access(patient)],
        };
        let Some(shown) = ShownTo::of(entry) else {
            if told.insert((patient, entry.request_id.as_str())) {
                facts.push((fact(entry.id), 1));
            }
            continue;
        };
        let places: Vec<usize> = (0..)
            .zip(&shown.numbers)
            .filter(|(_, number)| {
                let request = known.get(&(entry.node, **number));
                // Of whom nothing is written down any more, it is told all the same.
                request.is_none_or(|request| told.insert((patient, request)))
            })
            .map(|(place, _)| place)
            .collect();
        // Those who stand in a row are told of in one row.
        for row in places.chunk_by(|place, next| place + 1 == *next) {
            if let (Some(first), Ok(span)) = (row.first(), i32::try_from(row.len())) {
                facts.push((fact(shown::id_at(entry.id, *first)), span));
            }
        }
    }
    facts
}

/// Whose record an entry says that somebody else has looked at.
fn of_others(entry: &audit_entry::Model) -> Option<(PatientId, &audit_entry::Model)> {
    let is_so = entry.outcome == "ALLOWED" && entry.relationship.as_deref() != Some("ONESELF");
    is_so.then_some((entry.patient_id?, entry))
}

/// The requests of followers, by their numbers.
pub(super) type Requests = HashMap<(Uuid, i32), Arc<str>>;

/// The requests of those whom entries name: a follower's stays what it is, so each is read once.
pub(super) async fn requests(
    audit: &Audit,
    entries: &[audit_entry::Model],
) -> Result<Requests, Fault> {
    let known = &audit.inner.requests;
    let mut all = Requests::new();
    let mut unknown = Vec::new();
    for (_, entry) in entries.iter().filter_map(of_others) {
        for number in ShownTo::of(entry).map_or_else(Vec::new, |it| it.numbers) {
            let key = (entry.node, number);
            match known.get(&key) {
                Some(request) => _ = all.insert(key, request),
                None => unknown.push(key),
            }
        }
    }
    if !unknown.is_empty() {
        for (key, follower) in store::followers(audit.db(), unknown).await? {
            let request: Arc<str> = follower.request_id.into();
            known.insert(key, Arc::clone(&request));
            all.insert(key, request);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let requests = [
            (1, "b"),
            (2, "c"),
            (3, "a"),
            (4, "d"),
            (5, "b"),
            (6, "e"),
            (7, "f"),
            (8, "g"),
        ];
        let requests =
            requests.map(|(number, request)| ((Uuid::nil(), number), Arc::from(request)));
        let told: Vec<(u128, i32)> = seen(&entries, &Requests::from(requests))
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
