//! Recovery codes: 120 random bits each, in letters and digits that nobody mistakes for one another, of which the database
//! keeps only the hash.

use super::password::LEGIBLE;
use super::refresh::hash;
use entity::cell::Digest;
use rand::RngExt as _;
use zeroize::Zeroizing;

/// Signs of a code: 24 of 32 kinds are 120 bits.
const LENGTH: usize = 24;
/// Signs between two hyphens.
const GROUP: usize = 6;

/// A recovery code that was just made; this is the only time that it can be read.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        let mut random = rand::rng();
        let signs = (0..LENGTH).map(|_| char::from(LEGIBLE[random.random_range(0..LEGIBLE.len())]));
        Self(Zeroizing::new(signs.collect()))
    }

    /// The code, for its owner, in groups: `abcdef-ghijkm-npqrst-uvwxyz`.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut text = String::with_capacity(LENGTH + LENGTH / GROUP);
        for (at, sign) in self.0.chars().enumerate() {
            if at > 0 && at % GROUP == 0 {
                text.push('-');
            }
            text.push(sign);
        }
        text
    }

    /// The code's hash, for the row. A plain one is enough: there is nothing to guess at in 120 bits.
    #[must_use]
    pub fn digest(&self) -> Digest {
        hash(&self.0)
    }

    /// The hash of what somebody typed, in any case and with any hyphens and spaces, or none when it cannot be a code.
    #[must_use]
    pub fn digest_of(text: &str) -> Option<Digest> {
        if text.len() > 4 * LENGTH {
            return None;
        }
        let signs = text.chars().filter(|sign| !matches!(sign, '-' | ' '));
        let signs: Zeroizing<String> =
            Zeroizing::new(signs.collect::<String>().to_ascii_lowercase());
        let is_one = signs.len() == LENGTH && signs.bytes().all(|sign| LEGIBLE.contains(&sign));
        is_one.then(|| hash(&signs))
    }
}

#[cfg(test)]
mod tests {
    use super::RecoveryCode;

    #[test]
    fn a_code_is_found_again_however_it_was_typed() {
        let code = RecoveryCode::generate();
        let shown = code.shown();
        assert_eq!(shown.len(), 27);
        for typed in [
            shown.clone(),
            shown.replace('-', ""),
            shown.replace('-', " "),
            format!(" {} ", shown.to_uppercase()),
        ] {
            assert_eq!(RecoveryCode::digest_of(&typed), Some(code.digest()));
        }
        assert_ne!(code.digest(), RecoveryCode::generate().digest());
    }

    #[test]
    fn what_cannot_be_a_code_has_no_hash() {
        let shown = RecoveryCode::generate().shown();
        for bad in [
            "",
            "123456",
            &shown[1..],
            &format!("{shown}a"),
            &"-".repeat(99),
            &"0".repeat(24),
        ] {
            assert_eq!(RecoveryCode::digest_of(bad), None, "{bad}");
        }
    }
}
