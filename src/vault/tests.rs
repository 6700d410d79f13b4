//! What the vault promises of a copied, moved or bent cell.

use super::{Place, Unreadable, Vault};
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

proptest! {
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
