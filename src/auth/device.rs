//! Device tokens: a device on which somebody has signed in proves that it is that one, so that strangers who guess at the
//! account do not make its owner wait. It opens nothing: whoever has one still needs the password.
//!
//! None is kept: a token is an id with a keyed hash over the account's address and that id.

use crate::vault::IndexKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::cell::BlindIndex;
use rand::Rng as _;

/// What tells such a token from any other secret of ours.
const PREFIX: &str = "ptd_";
/// Bytes of the id, and of the hash.
const HALF: usize = 16;

/// A device that somebody has signed in on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device([u8; HALF]);

impl Device {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        let mut id = [0; HALF];
        rand::rng().fill_bytes(&mut id);
        Self(id)
    }

    /// What it is to show for this account.
    #[must_use]
    pub fn token(&self, key: &IndexKey, account: &BlindIndex) -> String {
        let tag = self.tag(key, account);
        let bytes = [self.0.as_slice(), &tag].concat();
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The device that shows this token for this account, if the token is of ours and for it.
    #[must_use]
    pub fn known(key: &IndexKey, account: &BlindIndex, token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (id, tag) = bytes.split_first_chunk::<HALF>()?;
        let device = Self(*id);
        // Compared whole: where the first difference lies must not show in the time.
        let right = device.tag(key, account);
        let differs = right.iter().zip(tag).fold(0, |all, (a, b)| all | (a ^ b));
        (tag.len() == HALF && differs == 0).then_some(device)
    }

    /// Under which its failures for this account are kept.
    #[must_use]
    pub fn subject(&self, key: &IndexKey, account: &BlindIndex) -> BlindIndex {
        key.of("throttle.device", &[account.0.as_slice(), &self.0].concat())
    }

    fn tag(&self, key: &IndexKey, account: &BlindIndex) -> [u8; HALF] {
        key.tag("known device", &[account.0.as_slice(), &self.0].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::Device;
    use crate::vault::Vault;

    #[test]
    fn a_device_is_known_for_its_own_account_alone() {
        let vault = Vault::new(&[1; 32], &[2; 32]);
        let key = vault.index();
        let (ana, eve) = (key.of("user.email", b"ana"), key.of("user.email", b"eve"));
        let device = Device::generate();
        let token = device.token(key, &ana);
        assert_eq!(Device::known(key, &ana, &token), Some(device.clone()));
        assert_eq!(Device::known(key, &eve, &token), None);
        assert_ne!(device.subject(key, &ana), device.subject(key, &eve));
        for bad in [
            "",
            "ptd_",
            &token[4..],
            &token[..token.len() - 1],
            &format!("{token}AAAA"),
        ] {
            assert_eq!(Device::known(key, &ana, bad), None, "{bad}");
        }
        for at in 4..token.len() - 1 {
            let mut bent = token.clone().into_bytes();
            bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
            let bent = String::from_utf8(bent).unwrap();
            assert_eq!(Device::known(key, &ana, &bent), None, "{at}");
        }
        let other = Vault::new(&[1; 32], &[3; 32]);
        assert_eq!(Device::known(other.index(), &ana, &token), None);
    }
}
