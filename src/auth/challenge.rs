//! Challenges: what somebody holds between the right password and the second factor. 256 random bits, of which the database
//! keeps only the hash; good for nothing but answering it.

use super::refresh::{digest_of, fresh, hash};
use entity::cell::Digest;
use zeroize::Zeroizing;

/// What tells a challenge from any other secret of ours.
const PREFIX: &str = "ptm_";

/// A challenge that was just made; this is the only time that it can be read.
#[derive(Clone)]
pub struct Challenge(Zeroizing<String>);

impl Challenge {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(fresh(PREFIX))
    }

    /// The token, for whoever gave the password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The token's hash, for the row.
    #[must_use]
    pub fn digest(&self) -> Digest {
        hash(&self.0)
    }

    /// The hash of what a client says is a challenge, or none when it cannot be one.
    #[must_use]
    pub fn digest_of(text: &str) -> Option<Digest> {
        digest_of(PREFIX, text)
    }
}

#[cfg(test)]
mod tests {
    use super::Challenge;
    use crate::auth::RefreshToken;

    #[test]
    fn a_challenge_is_found_again_by_its_hash_and_is_no_refresh_token() {
        let challenge = Challenge::generate();
        let found = Challenge::digest_of(challenge.expose());
        assert_eq!(found, Some(challenge.digest()));
        assert_eq!(RefreshToken::digest_of(challenge.expose()), None);
        let refresh = RefreshToken::generate();
        assert_eq!(Challenge::digest_of(refresh.expose()), None);
    }
}
