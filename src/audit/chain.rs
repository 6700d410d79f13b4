//! The proofs: over an entry, and over a link with the one before it. Pure; a proof can be made only with the key.

use crate::vault::keyed_hash;
use entity::audit_entry::Model;
use entity::audit_follower;
use uuid::Uuid;

/// What the first link follows.
pub const BEGINNING: [u8; 32] = [0; 32];

/// The secret that proofs are made with.
pub type Secret = [u8; 32];

/// The proof that the server wrote this entry as it stands. Everything is under it but the place, which the database gives.
#[must_use]
pub fn proof(secret: &Secret, entry: &Model) -> [u8; 32] {
    let id = |id: Option<Uuid>| id.map(|id| *id.as_bytes());
    let (actor, session) = (
        id(entry.actor.map(|it| it.0)),
        id(entry.session.map(|it| it.0)),
    );
    let (object, patient) = (id(entry.object_id), id(entry.patient_id.map(|it| it.0)));
    let grant = id(entry.grant_id);
    let time = entry.occurred_at.timestamp_millis().to_be_bytes();
    let (roles, times) = (entry.roles.to_be_bytes(), entry.times.to_be_bytes());
    let mut parts: Vec<&[u8]> = vec![
        b"pt1|audit entry".as_slice(),
        entry.id.0.as_bytes(),
        &time,
        entry.node.as_bytes(),
        entry.request_id.as_bytes(),
        entry.operation.as_bytes(),
        &roles,
        entry.action.as_bytes(),
        entry.kinds.as_bytes(),
        entry.object_kind.as_bytes(),
        entry.fields.as_bytes(),
        entry.outcome.as_bytes(),
        &times,
    ];
    for id in [&actor, &session, &object, &patient, &grant] {
        parts.extend(maybe(id.as_ref()));
    }
    for word in [&entry.relationship, &entry.purpose, &entry.reason] {
        parts.extend(maybe(word.as_ref()));
    }
    parts.extend(maybe(entry.address.as_ref()));
    // What one was shown of one has no more parts, and had none before there was anything of many.
    if entry.stream.is_some() || entry.shown_to.is_some() {
        parts.extend(maybe(entry.stream.as_ref()));
        parts.extend(maybe(entry.shown_to.as_ref()));
    }
    if entry.patients.is_some() {
        parts.push(b"patients");
        parts.extend(maybe(entry.patients.as_ref()));
    }
    keyed_hash(secret, &parts)
}

/// What is absent and what is empty are not the same.
fn maybe<T: AsRef<[u8]>>(part: Option<&T>) -> [&[u8]; 2] {
    match part {
        Some(part) => [b"1", part.as_ref()],
        None => [b"0", b""],
    }
}

/// The proof that the server wrote down this follower as they stand: all of it.
#[must_use]
pub fn proof_of_follower(secret: &Secret, follower: &audit_follower::Model) -> [u8; 32] {
    let (number, roles) = (follower.number.to_be_bytes(), follower.roles.to_be_bytes());
    let actor = follower.actor.map(|id| *id.0.as_bytes());
    let session = follower.session.map(|id| *id.0.as_bytes());
    let mut parts: Vec<&[u8]> = vec![
        b"pt1|audit follower".as_slice(),
        follower.node.as_bytes(),
        &number,
        follower.stream.as_bytes(),
        &roles,
        follower.request_id.as_bytes(),
    ];
    for id in [&actor, &session] {
        parts.extend(maybe(id.as_ref()));
    }
    parts.extend(maybe(follower.address.as_ref()));
    keyed_hash(secret, &parts)
}

/// The hash over all whom an entry names, in its order, by the proofs of them.
#[must_use]
pub fn followers<'a>(secret: &Secret, proofs: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
    let parts: Vec<&[u8]> = std::iter::once(b"pt1|audit followers".as_slice())
        .chain(proofs)
        .collect();
    keyed_hash(secret, &parts)
}

/// The hash of the link at this place of the chain, after the link with the hash `before`. The entry is taken by the proof
/// that is made of it now, not by the one in its row.
#[must_use]
pub fn link(secret: &Secret, before: &[u8], seq: i64, entry: &Model) -> [u8; 32] {
    let entry = proof(secret, entry);
    keyed_hash(
        secret,
        &[b"pt1|audit link", before, &seq.to_be_bytes(), &entry],
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use chrono::DateTime;
    use entity::id::{AuditEntryId, PatientId};

    /// An entry, for whoever tests what is done with one.
    pub fn entry() -> Model {
        Model {
            place: 1,
            id: AuditEntryId(Uuid::from_u128(1)),
            occurred_at: DateTime::UNIX_EPOCH,
            node: Uuid::nil(),
            request_id: "r".to_owned(),
            operation: "patient".to_owned(),
            actor: None,
            session: None,
            roles: 2,
            action: "READ".to_owned(),
            kinds: "IDENTITY".to_owned(),
            object_kind: "PATIENT".to_owned(),
            object_id: Some(Uuid::from_u128(3)),
            patient_id: Some(PatientId(Uuid::from_u128(3))),
            fields: "Patient.name".to_owned(),
            relationship: None,
            purpose: None,
            grant_id: None,
            reason: None,
            outcome: "ALLOWED".to_owned(),
            times: 1,
            address: None,
            mac: Vec::new(),
            stream: None,
            shown_to: None,
            patients: None,
        }
    }

    /// A change of an entry, one column each.
    type Change = fn(&mut Model);

    #[test]
    fn every_column_is_under_the_proof_and_the_link() {
        let changes: [Change; 26] = [
            |it| it.id = AuditEntryId(Uuid::from_u128(2)),
            |it| it.occurred_at += chrono::TimeDelta::milliseconds(1),
            |it| it.node = Uuid::from_u128(1),
            |it| it.request_id.push('s'),
            |it| it.operation.push('s'),
            |it| it.actor = Some(Uuid::nil().into()),
            |it| it.session = Some(Uuid::nil().into()),
            |it| it.roles = 4,
            |it| it.action.push('s'),
            |it| it.kinds.push('s'),
            |it| it.object_kind.push('s'),
            |it| it.object_id = None,
            |it| it.patient_id = None,
            |it| it.fields.clear(),
            |it| it.relationship = Some(String::new()),
            |it| it.purpose = Some(String::new()),
            |it| it.grant_id = Some(Uuid::nil()),
            |it| it.reason = Some(String::new()),
            |it| it.outcome = "DENIED".to_owned(),
            |it| it.address = Some(Vec::new()),
            |it| it.stream = Some(String::new()),
            |it| it.shown_to = Some(Vec::new()),
            |it| it.stream = Some("s".to_owned()),
            |it| it.shown_to = Some(vec![0]),
            |it| it.patients = Some(Vec::new()),
            |it| it.patients = Some(vec![0]),
        ];
        let secret = [7; 32];
        let mut seen = std::collections::HashSet::new();
        assert!(seen.insert(proof(&secret, &entry())));
        for change in changes {
            let mut changed = entry();
            change(&mut changed);
            assert!(seen.insert(proof(&secret, &changed)));
            assert_ne!(
                link(&secret, &BEGINNING, 1, &changed),
                link(&secret, &BEGINNING, 1, &entry())
            );
        }
        let mut changed = entry();
        changed.times = 2;
        assert!(seen.insert(proof(&secret, &changed)));
        assert_ne!(proof(&[8; 32], &entry()), proof(&secret, &entry()));
    }

    #[test]
    fn every_column_of_a_follower_is_under_the_proof() {
        let follower = audit_follower::Model {
            node: Uuid::nil(),
            number: 1,
            stream: "clinic".to_owned(),
            actor: None,
            session: None,
            roles: 2,
            request_id: "r".to_owned(),
            address: None,
            mac: Vec::new(),
        };
        let changes: [fn(&mut audit_follower::Model); 8] = [
            |it| it.node = Uuid::from_u128(1),
            |it| it.number = 2,
            |it| it.stream.push('s'),
            |it| it.actor = Some(Uuid::nil().into()),
            |it| it.session = Some(Uuid::nil().into()),
            |it| it.roles = 4,
            |it| it.request_id.push('s'),
            |it| it.address = Some(Vec::new()),
        ];
        let secret = [7; 32];
        let mut seen = std::collections::HashSet::new();
        assert!(seen.insert(proof_of_follower(&secret, &follower)));
        for change in changes {
            let mut changed = follower.clone();
            change(&mut changed);
            assert!(seen.insert(proof_of_follower(&secret, &changed)));
        }
    }

    #[test]
    fn a_link_is_bound_to_its_place_and_to_the_one_before() {
        let secret = [7; 32];
        let first = link(&secret, &BEGINNING, 1, &entry());
        assert_ne!(first, link(&secret, &BEGINNING, 2, &entry()));
        assert_ne!(first, link(&secret, &first, 1, &entry()));
    }
}
