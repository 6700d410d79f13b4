//! The secret in a private link to a calendar: 256 random bits, of which the database keeps only the hash. It opens the
//! times of one account's appointments and nothing else.

use super::refresh::{digest_of, fresh, hash};
use entity::cell::Digest;
use zeroize::Zeroizing;

/// What tells such a secret from any other of ours.
const PREFIX: &str = "ptc_";

/// A secret that was just made; this is the only time that it can be read.
#[derive(Clone)]
pub struct CalendarToken(Zeroizing<String>);

impl CalendarToken {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(fresh(PREFIX))
    }

    /// The secret, for the link.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The secret's hash, for the row.
    #[must_use]
    pub fn digest(&self) -> Digest {
        hash(&self.0)
    }

    /// The hash of what a client says is such a secret, or none when it cannot be one.
    #[must_use]
    pub fn digest_of(text: &str) -> Option<Digest> {
        digest_of(PREFIX, text)
    }
}
