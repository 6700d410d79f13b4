//! What the vault promises of a copied, moved or bent cell.

use super::{KeyId, Place, Ring, Unreadable, Vault};
use entity::cell::Sealed;
use proptest::prelude::*;
use uuid::Uuid;

fn vault(byte: u8) -> Vault {
    Vault::new(&[byte; 32], &[byte.wrapping_add(1); 32])
}

fn place() -> Place {
    Place::new("patient", "name", Uuid::from_u128(7))
}

#[test]
fn what_was_sealed_opens_where_it_was_sealed() {
    let (key, wrapped) = vault(1).new_key(Uuid::from_u128(7)).unwrap();
    let cell = key.seal(place(), "Zoë O’Hara").unwrap();
    let again = vault(1).open_key(Uuid::from_u128(7), &wrapped).unwrap();
    assert_eq!(again.open::<String>(place(), &cell).unwrap(), "Zoë O’Hara");
    assert!(!cell.0.windows(4).any(|bytes| bytes == b"Hara"));
}

#[test]
fn a_cell_moved_to_another_row_column_or_table_does_not_open() {
    let (key, _) = vault(1).new_key(Uuid::from_u128(7)).unwrap();
    let cell = key.seal(place(), "x").unwrap();
    for elsewhere in [
        Place::new("patient", "name", Uuid::from_u128(8)),
        Place::new("patient", "mrn", Uuid::from_u128(7)),
        Place::new("doctor", "name", Uuid::from_u128(7)),
    ] {
        assert_eq!(key.open::<String>(elsewhere, &cell), Err(Unreadable));
    }
}

#[test]
fn a_wrapped_key_of_another_owner_or_master_does_not_open() {
    let (_, wrapped) = vault(1).new_key(Uuid::from_u128(7)).unwrap();
    assert!(vault(1).open_key(Uuid::from_u128(8), &wrapped).is_err());
    assert!(vault(2).open_key(Uuid::from_u128(7), &wrapped).is_err());
}

#[test]
fn the_same_value_has_another_index_in_another_column_and_under_another_key() {
    let one = vault(1).index().of("email", b"a@example.org");
    assert_eq!(one, vault(1).index().of("email", b"a@example.org"));
    assert_ne!(one, vault(1).index().of("phone", b"a@example.org"));
    assert_ne!(one, vault(2).index().of("email", b"a@example.org"));
}

/// The master key of this number.
fn master(number: u8) -> [u8; 32] {
    [number; 32]
}

/// A vault whose ring has these masters, the first one current.
fn ringed(masters: &[u8]) -> Vault {
    let keys: Vec<_> = masters.iter().copied().map(master).collect();
    Vault::with_ring(Ring::new(&keys[0], &keys[1..]), &[9; 32])
}

#[test]
fn the_name_of_a_key_reads_back_and_nothing_else_does() {
    let id = KeyId::of(&master(1));
    assert_eq!(id.to_string().parse(), Ok(id));
    for wrong in ["", "1234567", "123456789", "+1234567", "1234567g"] {
        assert!(wrong.parse::<KeyId>().is_err(), "{wrong}");
    }
}

#[test]
fn a_vault_that_meets_an_unknown_master_looks_for_the_ring_anew_and_wraps_with_its_current() {
    let owner = Uuid::from_u128(7);
    let (_, wrapped) = ringed(&[2, 1]).new_key(owner).unwrap();
    assert!(ringed(&[1]).open_key(owner, &wrapped).is_err());
    let found = || Some(Ring::new(&master(2), [&master(1)]));
    let looking = ringed(&[1]).looking_again(Box::new(found));
    assert!(looking.open_key(owner, &wrapped).is_ok());
    assert_eq!(looking.ring().current(), KeyId::of(&master(2)));
    let blind = ringed(&[1]).looking_again(Box::new(|| None));
    assert!(blind.open_key(owner, &wrapped).is_err());
    assert_eq!(blind.ring().current(), KeyId::of(&master(1)));
}

proptest! {
    #[test]
    fn any_key_of_the_ring_opens_and_only_the_current_one_wraps(
        masters in proptest::sample::subsequence(vec![1_u8, 2, 3, 4, 5], 1..=4).prop_shuffle(),
        by in 1_u8..=5,
        text in ".{0,40}",
    ) {
        let owner = Uuid::from_u128(7);
        let (key, wrapped) = ringed(&[by]).new_key(owner).unwrap();
        let cell = key.seal(place(), &text).unwrap();
        let vault = ringed(&masters);
        prop_assert_eq!(KeyId::wrapping(&wrapped), Some(KeyId::of(&master(by))));
        prop_assert_eq!(vault.open_key(owner, &wrapped).is_ok(), masters.contains(&by));
        let current = vault.ring().current();
        prop_assert_eq!(current, KeyId::of(&master(masters[0])));
        let (_, fresh) = vault.new_key(owner).unwrap();
        prop_assert_eq!(KeyId::wrapping(&fresh), Some(current));
        match vault.rewrap(owner, &wrapped) {
            Err(Unreadable) => prop_assert!(!masters.contains(&by)),
            Ok(None) => prop_assert_eq!(masters[0], by),
            Ok(Some(again)) => {
                // The same data key under the current master alone: what was sealed under it reads on.
                prop_assert!(masters[0] != by);
                prop_assert_eq!(KeyId::wrapping(&again), Some(current));
                let opened = ringed(&masters[..1]).open_key(owner, &again).unwrap();
                prop_assert_eq!(opened.open::<String>(place(), &cell).unwrap(), text);
                prop_assert!(vault.open_key(Uuid::from_u128(8), &again).is_err());
            }
        }
        prop_assert!(vault.rewrap(Uuid::from_u128(8), &wrapped).is_err() || masters[0] == by);
    }

    #[test]
    fn any_bent_byte_and_any_cut_is_noticed(text in ".{0,40}", at in 0_usize..200, bit in 0_u8..8) {
        let (key, _) = vault(1).new_key(Uuid::from_u128(7)).unwrap();
        let cell = key.seal(place(), &text).unwrap();
        let mut bent = cell.0.clone();
        let at = at % bent.len();
        bent[at] ^= 1 << bit;
        prop_assert_eq!(key.open::<String>(place(), &Sealed(bent)), Err(Unreadable));
        prop_assert_eq!(key.open::<String>(place(), &Sealed(cell.0[..at].to_vec())), Err(Unreadable));
    }
}

#[test]
fn what_is_at_hand_is_what_lies_there_now_and_opens_nowhere_else() {
    let (key, _) = vault(1).new_key(Uuid::from_u128(7)).unwrap();
    let read = |place, cell| key.at_hand::<String>(place, cell);
    let cells: Vec<_> = (0..9)
        .map(|row| {
            let place = Place::new("patient", "name", Uuid::from_u128(row));
            (place, key.seal(place, &row.to_string()).unwrap())
        })
        .collect();
    for _ in 0..2 {
        for (row, (place, cell)) in cells.iter().enumerate() {
            for _ in 0..2 {
                assert_eq!(*read(*place, cell).unwrap(), row.to_string());
            }
        }
    }
    let [(first, cell), (second, _)] = [&cells[0], &cells[1]];
    assert_eq!(read(*second, cell), Err(Unreadable));
    let changed = key.seal(*first, "changed").unwrap();
    assert_eq!(*read(*first, &changed).unwrap(), "changed");
    assert_eq!(*read(*first, cell).unwrap(), "0");
    assert_eq!(key.at_hand::<u8>(*first, cell), Err(Unreadable));
    let mut bent = changed.clone();
    *bent.0.last_mut().unwrap() ^= 1;
    assert_eq!(read(*first, &bent), Err(Unreadable));
}
