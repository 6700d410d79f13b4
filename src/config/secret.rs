//! A key in memory, and the judgement whether it can have come from a random source.
//!
//! It knows neither what a key is for nor where it is kept.

use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rand::TryRng;
use zeroize::Zeroizing;

use super::table::Secrecy;
use super::value::Value;

/// Bytes in a key: what AES-256 takes and what an HMAC-SHA-256 is worth.
pub const KEY_BYTES: usize = 32;

/// Distinct byte values below which 32 bytes are not believed to be random (fewer than 16 come up less than once in 10^13).
const LEAST_VARIETY: usize = 16;

/// Some tools drop the padding; nothing is gained by refusing that.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key of 32 bytes that is wiped when dropped, and that no format string, print or serialiser can show.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; KEY_BYTES]>);

impl Secret {
    /// The bytes, for the one place that hands them to a cipher.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// A new key from the operating system's random source, or why that failed.
    pub(super) fn generate() -> Result<Self, String> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        rand::rngs::SysRng
            .try_fill_bytes(bytes.as_mut())
            .map_err(|cause| format!("the system gives no random bytes: {cause}"))?;
        Ok(Self(bytes))
    }

    /// The text a key file holds.
    pub(super) fn encoded(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(self.expose()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl Value for Secret {
    const SECRECY: Secrecy = Secrecy::Key;

    fn form() -> String {
        "32 random bytes in base64 (`openssl rand -base64 32`)".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        // Both alphabets are met in the wild; the standard one is written.
        let text = Zeroizing::new(text.trim().replace('-', "+").replace('_', "/"));
        let bytes = BASE64
            .decode(text.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| "is not base64; make one with: openssl rand -base64 32".to_owned())?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if bytes.len() != KEY_BYTES {
            return Err(format!(
                "has {} bytes where {KEY_BYTES} are needed; make one with: openssl rand -base64 32",
                bytes.len()
            ));
        }
        key.copy_from_slice(&bytes);
        match weakness(&key) {
            Some(why) => Err(format!(
                "is not random ({why}); make one with: openssl rand -base64 32"
            )),
            None => Ok(Self(key)),
        }
    }

    fn text(&self) -> String {
        "***".to_owned()
    }

    fn literal(&self) -> Option<String> {
        None
    }
}

/// Why a key looks chosen rather than drawn. Each test errs on a truly random key less than once in 10^12.
fn weakness(key: &[u8; KEY_BYTES]) -> Option<&'static str> {
    let mut seen = [false; 256];
    for byte in key {
        seen[usize::from(*byte)] = true;
    }
    let variety = seen.iter().filter(|was| **was).count();
    let (front, back) = key.split_at(KEY_BYTES / 2);
    let step = key[1].wrapping_sub(key[0]);
    if variety < LEAST_VARIETY {
        Some("too few different bytes")
    } else if front == back {
        Some("it repeats itself")
    } else if key
        .windows(2)
        .all(|pair| pair[1].wrapping_sub(pair[0]) == step)
    {
        Some("it counts up or down")
    } else if key
        .iter()
        .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
    {
        Some("it is readable text, such as a sample or a password")
    } else {
        None
    }
}
