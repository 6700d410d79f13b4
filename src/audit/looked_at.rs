//! One entry for what one request has looked at alike in the records of many patients: whose they are, and the entries of one
//! each that it stands for. Pure.
//!
//! A day of a doctor's would else be twenty entries that differ in whose record it was. Whoever reads the audit finds an entry for
//! each of them: nothing above the store knows the difference.

use super::many::{MANY, id_of, is_mere_look, tail};
use crate::access::{Look, Object};
use entity::audit_entry;
use entity::id::PatientId;
use uuid::Uuid;

/// At whose records an entry says that somebody has looked: in the order of the ends of their ids, of which no two are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedAt(pub Vec<PatientId>);

impl LookedAt {
    /// As an entry keeps it: the ids, of sixteen bytes each.
    #[must_use]
    pub fn encoded(&self) -> Vec<u8> {
        self.0.iter().flat_map(|id| id.0.into_bytes()).collect()
    }

    /// What an entry keeps; nothing when it was not written by [`Self::encoded`].
    #[must_use]
    pub fn decoded(bytes: &[u8]) -> Option<Self> {
        let (ids, []) = bytes.as_chunks() else {
            return None;
        };
        let ids = ids.iter().map(|id| PatientId(Uuid::from_bytes(*id)));
        Some(Self(ids.collect()))
    }

    /// At whose records an entry says that it was, if it is one of many.
    #[must_use]
    pub fn of(entry: &audit_entry::Model) -> Option<Self> {
        Self::decoded(entry.patients.as_deref()?)
    }
}

/// One look that is kept as one entry, and whose records it was at if they were many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// The look at the first of them.
    pub look: Look,
    /// Nothing for an entry of one.
    pub at: Option<LookedAt>,
}

/// What is kept of the looks of one request, in the order of the first of each.
pub(super) fn kept(looks: &[Look]) -> Vec<Kept> {
    let mut groups: Vec<(Look, Vec<PatientId>)> = Vec::new();
    for look in looks {
        let patient = match look.object {
            Object::Patient(patient) if is_mere_look(look) => Some(patient),
            _ => None,
        };
        let Some(patient) = patient.filter(|patient| tail(*patient) != 0) else {
            groups.push((*look, Vec::new()));
            continue;
        };
        let place = groups.iter_mut().find_map(|(first, patients)| {
            let is_alike = !patients.is_empty()
                && (first.kinds, first.relationship) == (look.kinds, look.relationship);
            let place = patients.binary_search_by_key(&tail(patient), |it| tail(*it));
            Some((patients, place.err().filter(|_| is_alike)?))
        });
        match place {
            Some((patients, place)) => patients.insert(place, patient),
            None => groups.push((*look, vec![patient])),
        }
    }
    let kept = groups.into_iter().flat_map(|(look, patients)| {
        if patients.len() >= MANY {
            let at = Some(LookedAt(patients));
            return vec![Kept { look, at }];
        }
        let one = |object| Kept {
            look: Look { object, ..look },
            at: None,
        };
        match patients.is_empty() {
            true => vec![one(look.object)],
            false => patients
                .into_iter()
                .map(|it| one(Object::Patient(it)))
                .collect(),
        }
    });
    kept.collect()
}

/// The entry of one, for a patient whom an entry of many names.
#[must_use]
pub fn one_of(many: &audit_entry::Model, patient: PatientId) -> audit_entry::Model {
    audit_entry::Model {
        id: id_of(many.id, patient),
        object_id: Some(patient.0),
        patient_id: Some(patient),
        times: 1,
        patients: None,
        ..many.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Act, Action, Kinds, Relationship};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whose_records_an_entry_names_reads_back(ids in prop::collection::vec(any::<u128>(), 0..30)) {
            let at = LookedAt(ids.into_iter().map(|id| PatientId(Uuid::from_u128(id))).collect());
            prop_assert_eq!(LookedAt::decoded(&at.encoded()), Some(at));
        }

        #[test]
        fn whatever_is_no_such_list_is_none(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let at = LookedAt::decoded(&bytes);
            prop_assert_eq!(at.is_some(), bytes.len() % 16 == 0);
            prop_assert_eq!(at.map(|it| it.encoded()).unwrap_or(bytes.clone()), bytes);
        }

        #[test]
        fn nothing_that_was_looked_at_is_lost_or_told_of_otherwise(looks in prop::collection::vec(look(), 0..40)) {
            let kept = kept(&looks);
            let each = kept.iter().flat_map(|kept| match &kept.at {
                None => vec![kept.look],
                Some(LookedAt(patients)) => {
                    let of = |id: &PatientId| Look { object: Object::Patient(*id), ..kept.look };
                    patients.iter().map(of).collect()
                }
            });
            let sorted = |looks: Vec<Look>| {
                let mut texts: Vec<String> = looks.iter().map(|look| format!("{look:?}")).collect();
                texts.sort();
                texts
            };
            prop_assert_eq!(sorted(each.collect()), sorted(looks));
            for Kept { look, at } in kept {
                if let Some(LookedAt(patients)) = at {
                    prop_assert!(patients.len() >= MANY && is_mere_look(&look));
                    let tails = patients.iter().map(|it| tail(*it));
                    prop_assert!(tails.is_sorted_by(|one, next| 0 < *one && one < next));
                }
            }
        }
    }

    fn look() -> impl Strategy<Value = Look> {
        let object = prop_oneof![
            // Some end alike, and one ends in nothing.
            9 => (any::<u8>(), 0..2_u128).prop_map(|(end, begin)| {
                Object::Patient(PatientId(Uuid::from_u128(u128::from(end) | begin << 64)))
            }),
            1 => Just(Object::Clinic),
        ];
        let act = prop_oneof![9 => Just(Action::Read), 1 => Just(Action::Update)];
        let kinds = prop_oneof![Just(Kinds::IDENTITY), Just(Kinds::CONTACT)];
        let relationship = prop_oneof![Just(Relationship::CareTeam), Just(Relationship::Clinician)];
        let allowed = prop::bool::weighted(0.9);
        (object, act, kinds, relationship, allowed).prop_map(|it| {
            let (object, act, kinds, relationship, allowed) = it;
            Look {
                act: Act::Asked(act),
                kinds,
                object,
                relationship: allowed.then_some(relationship),
                broken_glass: None,
                allowed,
                is_kept: false,
            }
        })
    }
}
