//! One person's data key, and the cells sealed under it.

use super::{Unreadable, open, seal};
use aes_gcm::aead::KeyInit;
use aes_gcm::{Aes256Gcm, Key};
use entity::cell::Sealed;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Where a cell lies. A cell opens only where it was sealed.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The table's name.
    pub table: &'static str,
    /// The column's name.
    pub column: &'static str,
    /// The row's id.
    pub row: Uuid,
}

impl Place {
    /// The column of this row in this table.
    #[must_use]
    pub const fn new(table: &'static str, column: &'static str, row: Uuid) -> Self {
        Self { table, column, row }
    }

    fn bytes(&self, key_id: [u8; 4]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(b"pt1|");
        bytes.extend_from_slice(self.table.as_bytes());
        bytes.push(b'|');
        bytes.extend_from_slice(self.column.as_bytes());
        bytes.push(b'|');
        bytes.extend_from_slice(self.row.as_bytes());
        bytes.extend_from_slice(&key_id);
        bytes
    }
}

/// A person's key, in memory.
pub struct DataKey {
    cipher: Aes256Gcm,
    id: [u8; 4],
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey")
    }
}

impl DataKey {
    /// 32 bytes of key, then 4 of its name.
    pub(super) fn from_secret(secret: &[u8; 36]) -> Self {
        let mut key = Zeroizing::new([0_u8; 32]);
        key.copy_from_slice(&secret[..32]);
        let mut id = [0; 4];
        id.copy_from_slice(&secret[32..]);
        Self {
            cipher: Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key)),
            id,
        }
    }

    /// Seals a value for this place.
    ///
    /// # Errors
    /// When the value cannot be written as JSON, or the cipher fails.
    pub fn seal<T: Serialize + ?Sized>(
        &self,
        place: Place,
        value: &T,
    ) -> Result<Sealed, Unreadable> {
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(|_| Unreadable)?);
        seal(&self.cipher, self.id, &place.bytes(self.id), &plain)
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`Unreadable`] when the cell is damaged, lay elsewhere, or is of another key.
    pub fn open<T: DeserializeOwned>(&self, place: Place, cell: &Sealed) -> Result<T, Unreadable> {
        let plain = Zeroizing::new(open(&self.cipher, self.id, &place.bytes(self.id), &cell.0)?);
        serde_json::from_slice(&plain).map_err(|_| Unreadable)
    }
}
