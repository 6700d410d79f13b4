//! Sealing: how a person's data lies at rest, and how it is found again without being read.
//!
//! Each person has a data key of their own, wrapped by the master key and kept in their row; whatever is about them is
//! sealed under it with AES-256-GCM, bound to its table, column and row, so that a cell moved elsewhere does not open.
//! Destroying one wrapped key makes one person unreadable. There may be several master keys ([`Ring`]): the header of each
//! wrapped key names its own, so that a new one takes over while both are in use. Look-ups go over keyed hashes ([`BlindIndex`]): equality
//! leaks, nothing else does. The vault refuses to know the database and the domain.

mod cell;
mod index;
mod ring;
pub mod stream;

pub use cell::{DataKey, Place};
pub use index::IndexKey;
pub use ring::{KeyId, NotAKeyId, Ring};

use crate::recent::Recent;
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, Payload};
use entity::cell::Sealed;
use hmac::{Hmac, KeyInit as _, Mac};
use rand::Rng as _;
use sha2::Sha256;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use uuid::Uuid;
use zeroize::Zeroizing;

/// First byte of every sealed value.
const FORMAT: u8 = 1;
/// AES-256-GCM; the byte leaves room for a successor.
const ALGORITHM: u8 = 1;
/// What every sealed value begins with.
const FORMAT_AND_ALGORITHM: [u8; 2] = [FORMAT, ALGORITHM];
/// Format, algorithm, key id, nonce.
const HEADER: usize = 2 + 4 + 12;
/// How many data keys are remembered…
const REMEMBERED: u64 = 10_000;
/// …and for how long.
const FOR: Duration = Duration::from_secs(5 * 60);

/// A sealed value that does not open: damaged, moved, or of another key. It says no more on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a sealed value did not open")
    }
}

impl std::error::Error for Unreadable {}

impl From<Unreadable> for crate::error::Fault {
    fn from(unreadable: Unreadable) -> Self {
        Self::internal(unreadable)
    }
}

/// Finds the ring anew where it is kept; none when that fails or nothing keeps it.
pub type Finder = Box<dyn Fn() -> Option<Ring> + Send + Sync>;

/// The ring of master keys, and the key of the blind indexes.
pub struct Vault {
    ring: RwLock<Arc<Ring>>,
    finder: Option<Finder>,
    index: IndexKey,
    /// Data keys that were opened a short while ago, with what they were opened from: by that an erased or newly wrapped
    /// one is told from the one that is remembered.
    opened: Recent<Uuid, Arc<(Sealed, Arc<DataKey>)>>,
}

impl Vault {
    /// A vault over two secrets of 32 bytes each: a ring of one master key, and the key of the blind indexes.
    #[must_use]
    pub fn new(master: &[u8; 32], index: &[u8; 32]) -> Self {
        Self::with_ring(Ring::new(master, []), index)
    }

    /// A vault over a ring and the key of the blind indexes.
    #[must_use]
    pub fn with_ring(ring: Ring, index: &[u8; 32]) -> Self {
        Self {
            ring: RwLock::new(Arc::new(ring)),
            finder: None,
            index: IndexKey::new(index),
            opened: Recent::new(REMEMBERED, FOR),
        }
    }

    /// The same vault, which looks for the ring anew when it meets a data key wrapped by a master key that it has not: so
    /// a running server opens what another process has just wrapped under a key that came after the server's start.
    #[must_use]
    pub fn looking_again(self, finder: Finder) -> Self {
        Self {
            finder: Some(finder),
            ..self
        }
    }

    /// The key of the blind indexes.
    #[must_use]
    pub fn index(&self) -> &IndexKey {
        &self.index
    }

    /// The ring as it is now.
    #[must_use]
    pub fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes another ring. Data keys that somebody holds stay open; the others are opened by the new ring, or not at all.
    pub fn turn_to(&self, ring: Ring) {
        self.opened.forget_all();
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    /// A fresh data key for `owner` (a row's id), and its wrapped form to keep in that row.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no input of this size.
    pub fn new_key(&self, owner: Uuid) -> Result<(DataKey, Sealed), Unreadable> {
        let mut secret = Zeroizing::new([0_u8; 36]);
        rand::rng().fill_bytes(secret.as_mut());
        let wrapped = self.ring().wrap(&wrap_place(owner), &*secret)?;
        Ok((DataKey::from_secret(&secret), wrapped))
    }

    /// Opens the wrapped data key of `owner`.
    ///
    /// # Errors
    /// [`Unreadable`] when no master key of the ring has wrapped it, or it is another owner's, damaged or gone.
    pub fn open_key(&self, owner: Uuid, wrapped: &Sealed) -> Result<Arc<DataKey>, Unreadable> {
        if let Some(opened) = self.opened.get(&owner)
            && opened.0 == *wrapped
        {
            return Ok(Arc::clone(&opened.1));
        }
        let secret = self.secret(owner, wrapped)?;
        let secret: &[u8; 36] = secret.as_slice().try_into().map_err(|_| Unreadable)?;
        let key = Arc::new(DataKey::from_secret(secret));
        self.opened
            .insert(owner, Arc::new((wrapped.clone(), Arc::clone(&key))));
        Ok(key)
    }

    /// Drops the data key of `owner` from memory: it was destroyed.
    pub fn forget(&self, owner: Uuid) {
        self.opened.forget(&owner);
    }

    /// Drops data keys from memory that were opened too long ago.
    pub fn tidy(&self) {
        self.opened.forget_old();
    }

    /// The data key of `owner` wrapped by the current master key, whichever has wrapped it; the data key stays the same.
    /// None when the current one has wrapped it already.
    ///
    /// # Errors
    /// As [`Self::open_key`].
    pub fn rewrap(&self, owner: Uuid, wrapped: &Sealed) -> Result<Option<Sealed>, Unreadable> {
        if KeyId::wrapping(wrapped) == Some(self.ring().current()) {
            return Ok(None);
        }
        let secret = self.secret(owner, wrapped)?;
        self.ring().wrap(&wrap_place(owner), &secret).map(Some)
    }

    fn secret(&self, owner: Uuid, wrapped: &Sealed) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        let place = wrap_place(owner);
        let ring = self.ring();
        let known = KeyId::wrapping(wrapped).is_none_or(|id| ring.has(id));
        if let (false, Some(finder)) = (known, &self.finder)
            && let Some(found) = finder()
        {
            self.turn_to(found);
        }
        self.ring().unwrap(&place, wrapped).map(Zeroizing::new)
    }
}

/// HMAC-SHA-256 over the parts, each led by its length so that no two lists of parts hash alike.
#[must_use]
pub fn keyed_hash(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        // HMAC takes keys of any length; the type cannot say so.
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn wrap_place(owner: Uuid) -> [u8; 24] {
    let mut place = *b"pt1|key|0000000000000000";
    place[8..].copy_from_slice(owner.as_bytes());
    place
}

fn seal(
    cipher: &Aes256Gcm,
    key_id: [u8; 4],
    place: &[u8],
    plain: &[u8],
) -> Result<Sealed, Unreadable> {
    let mut nonce = [0_u8; 12];
    rand::rng().fill_bytes(&mut nonce);
    let payload = Payload {
        msg: plain,
        aad: place,
    };
    let body = cipher
        .encrypt(&nonce.into(), payload)
        .map_err(|_| Unreadable)?;
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend_from_slice(&FORMAT_AND_ALGORITHM);
    bytes.extend_from_slice(&key_id);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&body);
    Ok(Sealed(bytes))
}

fn open(
    cipher: &Aes256Gcm,
    key_id: [u8; 4],
    place: &[u8],
    bytes: &[u8],
) -> Result<Vec<u8>, Unreadable> {
    let (header, body) = bytes.split_at_checked(HEADER).ok_or(Unreadable)?;
    if header[..2] != FORMAT_AND_ALGORITHM || header[2..6] != key_id {
        return Err(Unreadable);
    }
    let mut nonce = [0_u8; 12];
    nonce.copy_from_slice(&header[6..]);
    let payload = Payload {
        msg: body,
        aad: place,
    };
    cipher
        .decrypt(&nonce.into(), payload)
        .map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests;
