//! One entry for what many were shown at once: whom it names, and the entries of one each that it stands for. Pure.
//!
//! A change that thousands follow would else be thousands of entries that differ in who it was. Each follower is written down
//! once ([`audit_follower`]), under a number; the entry holds the numbers and a hash over what was written down, so the chain
//! seals that too. Whoever reads the audit finds an entry for each of them: nothing above the store knows the difference.

use super::chain::{self, Secret};
use super::many::id_at;
use entity::{audit_entry, audit_follower};

/// Whom an entry names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownTo {
    /// The hash over what is written down of them.
    pub digest: [u8; 32],
    /// Their numbers.
    pub numbers: Vec<i32>,
}

impl ShownTo {
    /// These followers, in their order.
    pub fn these<'a>(
        secret: &Secret,
        rows: impl Iterator<Item = &'a audit_follower::Model> + Clone,
    ) -> Self {
        Self {
            digest: chain::followers(secret, rows.clone().map(|row| row.mac.as_slice())),
            numbers: rows.map(|row| row.number).collect(),
        }
    }

    /// As an entry keeps it: the hash, and the numbers of four bytes each, the greatest first.
    #[must_use]
    pub fn encoded(&self) -> Vec<u8> {
        let numbers = self.numbers.iter().flat_map(|number| number.to_be_bytes());
        self.digest.into_iter().chain(numbers).collect()
    }

    /// What an entry keeps; nothing when it was not written by [`Self::encoded`].
    #[must_use]
    pub fn decoded(bytes: &[u8]) -> Option<Self> {
        let (digest, rest) = bytes.split_first_chunk()?;
        let (numbers, []) = rest.as_chunks() else {
            return None;
        };
        Some(Self {
            digest: *digest,
            numbers: numbers.iter().map(|it| i32::from_be_bytes(*it)).collect(),
        })
    }

    /// Whom an entry names, if it is one of many.
    #[must_use]
    pub fn of(entry: &audit_entry::Model) -> Option<Self> {
        Self::decoded(entry.shown_to.as_deref()?)
    }
}

/// The entry of one, for whom an entry of many names at this place. Without the follower, whose row somebody has taken away,
/// it says of nobody.
#[must_use]
pub fn one_of(
    many: &audit_entry::Model,
    place: usize,
    follower: Option<&audit_follower::Model>,
) -> audit_entry::Model {
    audit_entry::Model {
        id: id_at(many.id, place),
        request_id: follower.map_or_else(String::new, |it| it.request_id.clone()),
        actor: follower.and_then(|it| it.actor),
        session: follower.and_then(|it| it.session),
        roles: follower.map_or(0, |it| it.roles),
        times: 1,
        address: follower.and_then(|it| it.address.clone()),
        shown_to: None,
        ..many.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn follower(number: i32) -> audit_follower::Model {
        audit_follower::Model {
            node: Uuid::nil(),
            number,
            stream: "clinic".to_owned(),
            actor: None,
            session: None,
            roles: 0,
            request_id: String::new(),
            address: None,
            mac: number.to_be_bytes().to_vec(),
        }
    }

    proptest! {
        #[test]
        fn whom_an_entry_names_reads_back(numbers in prop::collection::vec(any::<i32>(), 0..30)) {
            let rows: Vec<_> = numbers.iter().copied().map(follower).collect();
            let shown = ShownTo::these(&[7; 32], rows.iter());
            prop_assert_eq!(ShownTo::decoded(&shown.encoded()), Some(shown.clone()));
            prop_assert_eq!(shown.numbers, numbers);
        }

        #[test]
        fn whatever_is_no_such_list_is_none(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let shown = ShownTo::decoded(&bytes);
            prop_assert_eq!(shown.is_some(), bytes.len() >= 32 && bytes.len() % 4 == 0);
            prop_assert_eq!(shown.map(|it| it.encoded()).unwrap_or(bytes.clone()), bytes);
        }
    }
}
