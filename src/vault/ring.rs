//! The ring of master keys: one wraps, all of them open. Which one a wrapped key needs stands in its header.

use super::{FORMAT_AND_ALGORITHM, Unreadable, keyed_hash, open, seal};
use aes_gcm::aead::KeyInit;
use aes_gcm::{Aes256Gcm, Key};
use entity::cell::Sealed;
use std::fmt;
use std::str::FromStr;

/// The name of a master key: four bytes of a keyed hash, which tell nothing of the key. It reads as eight hexadecimal
/// digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    /// The name of this key.
    #[must_use]
    pub fn of(key: &[u8; 32]) -> Self {
        let named = keyed_hash(key, &[b"pt1|master key id"]);
        Self([named[0], named[1], named[2], named[3]])
    }

    /// Under which master key this data key is wrapped; none when there is no wrapped key in the cell.
    #[must_use]
    pub fn wrapping(wrapped: &Sealed) -> Option<Self> {
        let header = wrapped.0.get(..6)?;
        let id = header.strip_prefix(&FORMAT_AND_ALGORITHM)?;
        id.try_into().ok().map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:08x}", u32::from_be_bytes(self.0)))
    }
}

/// The text is not the name of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAKeyId;

impl fmt::Display for NotAKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key is named by eight hexadecimal digits, as in `keys status`")
    }
}

impl std::error::Error for NotAKeyId {}

impl FromStr for KeyId {
    type Err = NotAKeyId;

    fn from_str(text: &str) -> Result<Self, NotAKeyId> {
        if text.len() != 8 || !text.bytes().all(|sign| sign.is_ascii_hexdigit()) {
            return Err(NotAKeyId);
        }
        let number = u32::from_str_radix(text, 16).map_err(|_| NotAKeyId)?;
        Ok(Self(number.to_be_bytes()))
    }
}

struct Master {
    id: KeyId,
    cipher: Aes256Gcm,
}

impl Master {
    fn new(key: &[u8; 32]) -> Self {
        Self {
            id: KeyId::of(key),
            cipher: Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key)),
        }
    }
}

/// The master keys: the current one wraps, each of them opens.
pub struct Ring {
    current: Master,
    others: Vec<Master>,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

impl Ring {
    /// A ring of these keys. Another key that is the current one too is there once.
    pub fn new<'a>(current: &[u8; 32], others: impl IntoIterator<Item = &'a [u8; 32]>) -> Self {
        let others = others.into_iter().filter(|key| *key != current);
        Self {
            current: Master::new(current),
            others: others.map(Master::new).collect(),
        }
    }

    /// The name of the key that wraps.
    #[must_use]
    pub fn current(&self) -> KeyId {
        self.current.id
    }

    /// The names of all keys, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.all().map(|master| master.id)
    }

    fn all(&self) -> impl Iterator<Item = &Master> {
        std::iter::once(&self.current).chain(&self.others)
    }

    pub(super) fn wrap(&self, place: &[u8], secret: &[u8]) -> Result<Sealed, Unreadable> {
        seal(&self.current.cipher, self.current.id.0, place, secret)
    }

    /// Opens with the key of the name in the header. Two keys of one name (once in 2^32) are both tried: only the right
    /// one opens.
    pub(super) fn unwrap(&self, place: &[u8], wrapped: &Sealed) -> Result<Vec<u8>, Unreadable> {
        let id = KeyId::wrapping(wrapped).ok_or(Unreadable)?;
        self.all()
            .filter(|master| master.id == id)
            .find_map(|master| open(&master.cipher, id.0, place, &wrapped.0).ok())
            .ok_or(Unreadable)
    }

    /// Whether a key of this name is on the ring.
    #[must_use]
    pub fn has(&self, id: KeyId) -> bool {
        self.ids().any(|one| one == id)
    }
}
