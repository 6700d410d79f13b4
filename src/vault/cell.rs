//! One person's data key, and the cells sealed under it.

use super::{Unreadable, open, seal};
use aes_gcm::aead::KeyInit;
use aes_gcm::{Aes256Gcm, Key};
use entity::cell::Sealed;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Where a cell lies. A cell opens only where it was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// How many cells a key has at hand.
const AT_HAND: usize = 4;

/// A person's key, in memory.
pub struct DataKey {
    cipher: Aes256Gcm,
    id: [u8; 4],
    at_hand: Mutex<Vec<Opened>>,
}

/// A cell that was opened, and what it was opened from.
struct Opened {
    place: Place,
    cell: Sealed,
    value: Arc<dyn Any + Send + Sync>,
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
            at_hand: Mutex::default(),
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

    /// The same for what is shown again and again: it stays at hand, readable, for as long as the key is in memory, and goes
    /// with it. Few cells of a person are such.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn at_hand<T>(&self, place: Place, cell: &Sealed) -> Result<Arc<T>, Unreadable>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let is_it = |it: &&Opened| it.place == place && it.cell == *cell;
        let known = self.opened().iter().find(is_it).map(|it| it.value.clone());
        if let Some(Ok(value)) = known.map(Arc::downcast) {
            return Ok(value);
        }
        let value = Arc::new(self.open::<T>(place, cell)?);
        let mut opened = self.opened();
        // What lay there before is not shown any more.
        opened.retain(|it| it.place != place);
        if opened.len() == AT_HAND {
            opened.remove(0);
        }
        opened.push(Opened {
            place,
            cell: cell.clone(),
            value: value.clone(),
        });
        Ok(value)
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, Vec<Opened>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
