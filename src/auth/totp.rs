//! One-time codes by the clock (RFC 6238): HMAC-SHA-1, steps of 30 seconds, 6 digits, a seed of 160 bits. It knows what the
//! code of a step is and which step a code belongs to; that a step is taken once is the database's part.
//!
//! SHA-1, because that is what every authenticator reads whatever its settings say; as a MAC it is not broken. A crate for
//! it lost: beyond these few lines they bring images of QR codes and a second base32.

use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::Rng as _;
use sha1::Sha1;
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// Seconds of a step.
const STEP: i64 = 30;
/// Bytes of a seed, as many as SHA-1 gives.
const BYTES: usize = 20;
/// Digits of a code.
const DIGITS: usize = 6;
/// What is left of a number that has so many digits.
const MODULUS: u32 = 1_000_000;
/// Steps by which the owner's clock may be off.
const OFF: i64 = 1;

/// The secret that an authenticator and the server share.
pub struct Seed(Zeroizing<[u8; BYTES]>);

impl Seed {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        let mut seed = Zeroizing::new([0; BYTES]);
        rand::rng().fill_bytes(seed.as_mut());
        Self(seed)
    }

    /// The seed in base32, as authenticators take it.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(self.0.as_ref()))
    }

    /// The seed of this text, if it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(text.as_bytes()).ok()?);
        let mut seed = Zeroizing::new([0; BYTES]);
        if bytes.len() != BYTES {
            return None;
        }
        seed.copy_from_slice(&bytes);
        Some(Self(seed))
    }

    /// What an authenticator reads from a QR code: the seed, whose it is (`account`) and what for (`issuer`).
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account, seed) = (escaped(issuer), escaped(account), self.text());
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP}",
            *seed
        ))
    }

    /// The step whose code this is, of those that are taken now: this one, the one before and the one after.
    #[must_use]
    pub fn step_of(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let code = digits(code)?;
        let current = step_at(now);
        // All three are computed and compared whatever the first says.
        let mut found = None;
        for step in (current - OFF)..=(current + OFF) {
            if self.number_at(step) == code {
                found = Some(step);
            }
        }
        found
    }

    /// The code of the step that `now` is in.
    #[must_use]
    pub fn code_at(&self, now: DateTime<Utc>) -> String {
        format!("{:0DIGITS$}", self.number_at(step_at(now)))
    }

    fn number_at(&self, step: i64) -> u32 {
        let mut mac = match Hmac::<Sha1>::new_from_slice(self.0.as_ref()) {
            Ok(mac) => mac,
            // HMAC takes keys of any length; the type cannot say so.
            Err(_) => unreachable!("HMAC takes keys of any length"),
        };
        mac.update(&step.to_be_bytes());
        let hash: [u8; 20] = mac.finalize().into_bytes().into();
        // RFC 4226: the last four bits say where the 31 bits begin.
        let at = usize::from(hash[19] & 0x0f);
        let mut four = [0; 4];
        four.copy_from_slice(&hash[at..at + 4]);
        (u32::from_be_bytes(four) & 0x7fff_ffff) % MODULUS
    }
}

fn step_at(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(STEP)
}

/// The number that somebody typed: six digits, with spaces if they like.
fn digits(text: &str) -> Option<u32> {
    if text.len() > 4 * DIGITS {
        return None;
    }
    let typed: String = text.chars().filter(|sign| *sign != ' ').collect();
    let is_code = typed.len() == DIGITS && typed.bytes().all(|digit| digit.is_ascii_digit());
    is_code.then(|| typed.parse().ok()).flatten()
}

/// The text with everything but letters, digits and `-._~` escaped, as within a URI.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _: std::fmt::Result = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{STEP, Seed};
    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    /// The seed of RFC 4226 (appendix D) and RFC 6238 (appendix B).
    fn of_the_rfc() -> Seed {
        Seed(Zeroizing::new(*b"12345678901234567890"))
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Its table has eight digits; ours are the last six.
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(of_the_rfc().code_at(at(seconds)), code[2..], "{seconds}");
        }
    }

    #[test]
    fn the_codes_are_those_of_rfc_4226() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (step, code) in (0..).zip(codes) {
            assert_eq!(of_the_rfc().code_at(at(step * STEP)), code, "{step}");
        }
    }

    #[test]
    fn a_code_is_taken_a_step_early_and_a_step_late_and_no_further() {
        let (seed, now) = (of_the_rfc(), at(1_800_000_015));
        let step = 1_800_000_015 / STEP;
        let code = |steps: i64| seed.code_at(now + TimeDelta::seconds(STEP * steps));
        for off in [-1, 0, 1] {
            assert_eq!(seed.step_of(&code(off), now), Some(step + off));
        }
        for off in [-3, -2, 2, 3] {
            assert_eq!(seed.step_of(&code(off), now), None);
        }
    }

    #[test]
    fn what_is_no_code_belongs_to_no_step() {
        let seed = of_the_rfc();
        for bad in [
            "",
            "28708",
            "2870822",
            "28708x",
            "+28708",
            "٢٨٧٠٨٢",
            "287082\n",
        ] {
            assert_eq!(seed.step_of(bad, at(59)), None, "{bad}");
        }
        assert_eq!(seed.step_of("287 082", at(59)), Some(1));
    }

    #[test]
    fn a_seed_reads_back_and_goes_into_an_authenticator() {
        let seed = of_the_rfc();
        assert_eq!(*seed.text(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(Seed::parse(&seed.text()).unwrap().0, seed.0);
        assert!(Seed::parse("GEZDGNBV").is_none());
        assert_eq!(
            *seed.uri("Patient Tracker", "ana+1@example.org"),
            "otpauth://totp/Patient%20Tracker:ana%2B1%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Patient%20Tracker&algorithm=SHA1&digits=6&period=30"
        );
        assert_ne!(Seed::generate().0, Seed::generate().0);
    }

    proptest! {
        #[test]
        fn any_code_belongs_to_its_own_step(seconds in 0_i64..40_000_000_000) {
            let seed = of_the_rfc();
            let step = seed.step_of(&seed.code_at(at(seconds)), at(seconds)).unwrap();
            // Two neighbours may by chance share a code; then the later is meant.
            prop_assert!((0..=1).contains(&(step - seconds / STEP)));
        }
    }
}
