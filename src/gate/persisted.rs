//! Query texts that clients name by hash instead of sending them (automatic persisted queries). Knows texts and hashes;
//! whether a text is a good one, the gate decides each time it is named.

use super::{Reason, Refused};
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Bytes an entry takes in the cache beside its text.
const BYTES_PER_ENTRY: usize = 128;

/// Texts by their SHA-256, within a bound of memory.
#[derive(Debug)]
pub struct Persisted {
    pub(super) texts: Cache<[u8; 32], Arc<str>>,
}

impl Persisted {
    /// An empty store that will hold at most so many bytes, roughly.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let weigh = |text: &Arc<str>| {
            (BYTES_PER_ENTRY + text.len())
                .try_into()
                .unwrap_or(u32::MAX)
        };
        Self {
            texts: Cache::builder()
                .max_capacity(bytes)
                .weigher(move |_, text| weigh(text))
                .build(),
        }
    }

    /// The text with this hash, in hexadecimal digits, if it is known.
    #[must_use]
    pub fn get(&self, sha256: &str) -> Option<Arc<str>> {
        self.texts.get(&from_hex(sha256)?)
    }

    /// Remembers a text under its hash. To be called once the gate has passed the text, so that only queries are kept.
    ///
    /// # Errors
    ///
    /// [`Reason::HashMismatch`] if the text has another hash: a wrong one must never answer for someone else's query.
    pub fn put(&self, sha256: &str, text: &str) -> Result<(), Refused> {
        let found: [u8; 32] = Sha256::digest(text).into();
        if from_hex(sha256) != Some(found) {
            return Err(Reason::HashMismatch.anywhere());
        }
        self.texts.insert(found, text.into());
        Ok(())
    }
}

/// Sixty-four hexadecimal digits as bytes.
fn from_hex(digits: &str) -> Option<[u8; 32]> {
    let digit = |c: u8| {
        char::from(c)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
