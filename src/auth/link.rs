//! One-time tokens: what stands in a link that is sent by mail. 256 random bits, of which the database keeps only the hash.

use super::refresh::{digest_of, fresh, hash};
use entity::cell::Digest;
use zeroize::Zeroizing;

/// What tells such a token from any other secret of ours.
const PREFIX: &str = "ptl_";

/// A token that was just made; this is the only time that it can be read.
#[derive(Clone)]
pub struct OneTimeToken(Zeroizing<String>);

impl OneTimeToken {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(fresh(PREFIX))
    }

    /// The token, for the letter.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The token's hash, for the row.
    #[must_use]
    pub fn digest(&self) -> Digest {
        hash(&self.0)
    }

    /// The hash of what a client says is such a token, or none when it cannot be one. White space around it, as pasting brings
    /// along, does not count.
    #[must_use]
    pub fn digest_of(text: &str) -> Option<Digest> {
        digest_of(PREFIX, text.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::OneTimeToken;
    use crate::auth::Challenge;

    #[test]
    fn a_token_is_found_again_by_its_hash_and_is_nothing_else() {
        let token = OneTimeToken::generate();
        let pasted = format!(" {}\n", token.expose());
        assert_eq!(OneTimeToken::digest_of(&pasted), Some(token.digest()));
        assert_eq!(Challenge::digest_of(token.expose()), None);
        assert_eq!(OneTimeToken::digest_of("ptl_"), None);
    }
}
