//! Sealing: how a person's data lies at rest, and how it is found again without being read.
//!
//! Each person has a data key of their own, wrapped by the master key and kept in their row; whatever is about them is
//! sealed under it with AES-256-GCM, bound to its table, column and row, so that a cell moved elsewhere does not open.
//! Destroying one wrapped key makes one person unreadable. Look-ups go over keyed hashes ([`BlindIndex`]): equality
//! leaks, nothing else does. The vault refuses to know the database and the domain.

mod cell;
mod index;

pub use cell::{DataKey, Place};
pub use index::IndexKey;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key};
use entity::cell::Sealed;
use hmac::{Hmac, Mac};
use rand::Rng as _;
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

/// First byte of every sealed value.
const FORMAT: u8 = 1;
/// AES-256-GCM; the byte leaves room for a successor.
const ALGORITHM: u8 = 1;
/// Format, algorithm, key id, nonce.
const HEADER: usize = 2 + 4 + 12;

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

/// The master key, and the key of the blind indexes.
pub struct Vault {
    master: Aes256Gcm,
    master_id: [u8; 4],
    index: IndexKey,
}

impl Vault {
    /// A vault over two secrets of 32 bytes each.
    #[must_use]
    pub fn new(master: &[u8; 32], index: &[u8; 32]) -> Self {
        let named = keyed_hash(master, &[b"pt1|master key id"]);
        let mut master_id = [0; 4];
        master_id.copy_from_slice(&named[..4]);
        Self {
            master: Aes256Gcm::new(&Key::<Aes256Gcm>::from(*master)),
            master_id,
            index: IndexKey::new(index),
        }
    }

    /// The key of the blind indexes.
    #[must_use]
    pub fn index(&self) -> &IndexKey {
        &self.index
    }

    /// The name of the master key in use; it tells nothing of the key.
    #[must_use]
    pub fn master_id(&self) -> [u8; 4] {
        self.master_id
    }

    /// A fresh data key for `owner` (a row's id), and its wrapped form to keep in that row.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no input of this size.
    pub fn new_key(&self, owner: Uuid) -> Result<(DataKey, Sealed), Unreadable> {
        let mut secret = Zeroizing::new([0_u8; 36]);
        rand::rng().fill_bytes(secret.as_mut());
        let wrapped = seal(&self.master, self.master_id, &wrap_place(owner), &*secret)?;
        Ok((DataKey::from_secret(&secret), wrapped))
    }

    /// Opens the wrapped data key of `owner`.
    ///
    /// # Errors
    /// [`Unreadable`] when it was wrapped by another master key, for another owner, or is damaged.
    pub fn open_key(&self, owner: Uuid, wrapped: &Sealed) -> Result<DataKey, Unreadable> {
        let secret = Zeroizing::new(open(
            &self.master,
            self.master_id,
            &wrap_place(owner),
            &wrapped.0,
        )?);
        let secret: &[u8; 36] = secret.as_slice().try_into().map_err(|_| Unreadable)?;
        Ok(DataKey::from_secret(secret))
    }
}

/// HMAC-SHA-256 over the parts, each led by its length so that no two lists of parts hash alike.
fn keyed_hash(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
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
    bytes.extend_from_slice(&[FORMAT, ALGORITHM]);
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
    if header[..2] != [FORMAT, ALGORITHM] || header[2..6] != key_id {
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
