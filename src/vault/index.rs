//! Blind indexes, and the other short keyed hashes: cursors, throttle subjects, idempotency keys.

use super::keyed_hash;
use entity::cell::BlindIndex;
use rand::Rng as _;
use zeroize::Zeroizing;

/// The key of the blind indexes.
pub struct IndexKey(Zeroizing<[u8; 32]>);

impl IndexKey {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*key))
    }

    /// The keyed hash of a value in a column, 16 bytes. The caller normalises; equal bytes give equal hashes.
    #[must_use]
    pub fn of(&self, column: &str, value: &[u8]) -> BlindIndex {
        BlindIndex(self.tag(column, value).to_vec())
    }

    /// An index that no value has: for a row that is to be found by nothing any more, where one must be.
    #[must_use]
    pub fn of_nothing() -> BlindIndex {
        let mut hash = [0; 16];
        rand::rng().fill_bytes(&mut hash);
        BlindIndex(hash.to_vec())
    }

    /// The same as [`Self::of`], as an array: to authenticate something short, such as a cursor.
    #[must_use]
    pub fn tag(&self, purpose: &str, value: &[u8]) -> [u8; 16] {
        let full = keyed_hash(&*self.0, &[b"pt1|index", purpose.as_bytes(), value]);
        let mut short = [0; 16];
        short.copy_from_slice(&full[..16]);
        short
    }

    /// A secret of its own for another purpose, such as the passwords' pepper.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        keyed_hash(&*self.0, &[b"pt1|derive", purpose.as_bytes()])
    }
}
