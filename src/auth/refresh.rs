//! Refresh tokens: 256 random bits each, of which the database keeps only the hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::cell::Digest;
use rand::Rng as _;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

/// What tells one of our refresh tokens from anything else, also to a scanner of leaked secrets.
const PREFIX: &str = "ptr_";

/// A refresh token that was just made; this is the only time that it can be read.
#[derive(Clone)]
pub struct RefreshToken(Zeroizing<String>);

impl RefreshToken {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(fresh(PREFIX))
    }

    /// The token, for its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The token's hash, for the row.
    #[must_use]
    pub fn digest(&self) -> Digest {
        hash(&self.0)
    }

    /// The hash of what a client says is a refresh token, or none when it cannot be one.
    #[must_use]
    pub fn digest_of(text: &str) -> Option<Digest> {
        digest_of(PREFIX, text)
    }

    /// The name of the access token that is issued together with the refresh token of this hash: its first half. It
    /// gives nothing away, and by it the row is found again when the access token is first used.
    #[must_use]
    pub fn companion(digest: &Digest) -> Uuid {
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(&digest.0) {
            *to = *from;
        }
        Uuid::from_bytes(half)
    }
}

/// 256 random bits behind a prefix that says what they are for.
pub(super) fn fresh(prefix: &str) -> Zeroizing<String> {
    let mut secret = [0_u8; 32];
    rand::rng().fill_bytes(&mut secret);
    let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(secret));
    secret.zeroize();
    Zeroizing::new(text)
}

/// The hash of what a client says is such a text, or none when it cannot be one.
pub(super) fn digest_of(prefix: &str, text: &str) -> Option<Digest> {
    let secret = text.strip_prefix(prefix)?;
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(secret).ok()?);
    (bytes.len() == 32).then(|| hash(text))
}

pub(super) fn hash(text: &str) -> Digest {
    Digest(Sha256::digest(text.as_bytes()).to_vec())
}

#[cfg(test)]
mod tests {
    use super::RefreshToken;

    #[test]
    fn a_token_is_found_again_by_its_hash() {
        let token = RefreshToken::generate();
        assert_eq!(
            RefreshToken::digest_of(token.expose()),
            Some(token.digest())
        );
        assert_ne!(token.digest(), RefreshToken::generate().digest());
    }

    #[test]
    fn what_cannot_be_a_token_has_no_hash() {
        let token = RefreshToken::generate();
        let text = token.expose();
        for bad in [
            "",
            "ptr_",
            &text[4..],
            &text[..text.len() - 1],
            &format!("{text}="),
            &format!("{text}A"),
            &text.to_uppercase(),
            "eyJhbGciOiJIUzI1NiJ9.e30.",
        ] {
            assert_eq!(RefreshToken::digest_of(bad), None, "{bad}");
        }
    }
}
