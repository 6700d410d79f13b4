//! Bytes that are too many for a cell: sealed piece by piece, so that a piece can be opened by itself and none can be left
//! out, put elsewhere or cut off unnoticed.
//!
//! The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over AES-256-GCM: seven random bytes, the number of the
//! piece and whether it is the last make its nonce. Each stream has a fresh key, so nonces of two never meet.

use super::Unreadable;
use aead_stream::{NewStream as _, StreamBE32, StreamPrimitive as _};
use aes_gcm::aead::KeyInit as _;
use aes_gcm::{Aes256Gcm, Key};
use rand::Rng as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// How many bytes of a stream are in a piece; the last may have fewer.
pub const PIECE: usize = 64 * 1024;
/// By how many bytes a sealed piece is longer.
pub const OVERHEAD: usize = 16;

/// The key of one stream. It is kept as a cell, and so is gone with its owner's key.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct StreamKey {
    key: [u8; 32],
    nonce: [u8; 7],
}

impl std::fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StreamKey")
    }
}

impl StreamKey {
    /// A fresh one.
    #[must_use]
    pub fn generate() -> Self {
        let (mut key, mut nonce) = ([0; 32], [0; 7]);
        rand::rng().fill_bytes(&mut key);
        rand::rng().fill_bytes(&mut nonce);
        Self { key, nonce }
    }

    /// What seals and opens the pieces of the stream that is bound to these two: the thing it is of, and whose that is.
    #[must_use]
    pub fn of(&self, thing: Uuid, owner: Uuid) -> Pieces {
        let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(self.key));
        let mut bound = Vec::with_capacity(48);
        bound.extend_from_slice(b"pt1|stream|");
        bound.extend_from_slice(thing.as_bytes());
        bound.extend_from_slice(owner.as_bytes());
        Pieces {
            stream: StreamBE32::from_aead(cipher, &self.nonce.into()),
            bound,
        }
    }
}

/// Seals and opens the pieces of one stream.
pub struct Pieces {
    stream: StreamBE32<Aes256Gcm>,
    bound: Vec<u8>,
}

impl Pieces {
    /// Seals a piece where it lies.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no piece of this size.
    pub fn seal(&self, at: u32, is_last: bool, piece: &mut Vec<u8>) -> Result<(), Unreadable> {
        self.stream
            .encrypt_in_place(at, is_last, &self.bound, piece)
            .map_err(|_| Unreadable)
    }

    /// Opens a piece where it lies; what lies there after a failure is worth nothing.
    ///
    /// # Errors
    /// [`Unreadable`] when it is damaged, stood elsewhere, or is of another stream.
    pub fn open(&self, at: u32, is_last: bool, piece: &mut Vec<u8>) -> Result<(), Unreadable> {
        let opened = self
            .stream
            .decrypt_in_place(at, is_last, &self.bound, piece);
        if opened.is_err() {
            piece.zeroize();
        }
        opened.map_err(|_| Unreadable)
    }
}

/// How many pieces a stream of so many bytes has; one of none has one.
#[must_use]
pub fn pieces(size: u64) -> u64 {
    size.div_ceil(PIECE as u64).max(1)
}

/// How many bytes it has sealed.
#[must_use]
pub fn sealed_size(size: u64) -> u64 {
    size + pieces(size) * OVERHEAD as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const THING: Uuid = Uuid::from_u128(1);
    const OWNER: Uuid = Uuid::from_u128(2);

    fn sealed(key: &StreamKey, parts: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let pieces = key.of(THING, OWNER);
        let mut all = parts.to_vec();
        let last = all.len() - 1;
        for (at, piece) in all.iter_mut().enumerate() {
            pieces.seal(at as u32, at == last, piece).unwrap();
        }
        all
    }

    fn opened(pieces: &Pieces, parts: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, Unreadable> {
        let last = parts.len() - 1;
        let each = parts.iter().enumerate().map(|(at, piece)| {
            let mut piece = piece.clone();
            pieces.open(at as u32, at == last, &mut piece)?;
            Ok(piece)
        });
        each.collect()
    }

    prop_compose! {
        fn any_parts()(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 1..6)) -> Vec<Vec<u8>> {
            parts
        }
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_and_nothing_else_does(
            parts in any_parts(), at in any::<proptest::sample::Index>(), byte in any::<proptest::sample::Index>(), bit in 0_u8..8
        ) {
            let key = StreamKey::generate();
            let pieces = key.of(THING, OWNER);
            let all = sealed(&key, &parts);
            prop_assert_eq!(opened(&pieces, &all).unwrap(), parts.clone());
            // A bit that is another.
            let mut wrong = all.clone();
            let at = at.index(all.len());
            let byte = byte.index(wrong[at].len());
            wrong[at][byte] ^= 1 << bit;
            prop_assert!(opened(&pieces, &wrong).is_err());
            // The end cut off, a piece left out, one twice, two that changed places.
            if all.len() > 1 {
                prop_assert!(opened(&pieces, &all[..all.len() - 1]).is_err());
                let mut wrong = all.clone();
                wrong.remove(at);
                prop_assert!(opened(&pieces, &wrong).is_err());
                let mut wrong = all.clone();
                wrong.swap(0, all.len() - 1);
                prop_assert!(opened(&pieces, &wrong).is_err());
            }
            let mut wrong = all.clone();
            wrong.insert(at, all[at].clone());
            prop_assert!(opened(&pieces, &wrong).is_err());
            // Another thing, another owner, another key.
            prop_assert!(opened(&key.of(OWNER, OWNER), &all).is_err());
            prop_assert!(opened(&key.of(THING, THING), &all).is_err());
            prop_assert!(opened(&StreamKey::generate().of(THING, OWNER), &all).is_err());
        }

        #[test]
        fn a_sealed_stream_is_as_long_as_its_pieces(size in 0_u64..500_000) {
            let full = size / PIECE as u64;
            let rest = size % PIECE as u64;
            let parts = full + u64::from(rest > 0 || full == 0);
            prop_assert_eq!(pieces(size), parts);
            prop_assert_eq!(sealed_size(size), size + parts * 16);
        }
    }
}
