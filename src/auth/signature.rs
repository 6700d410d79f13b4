//! HMAC-SHA-256 for the token library, and nothing else: it has no other algorithm to be talked into.
//!
//! Of the library's own providers one links an RSA with an unpatched weakness and the other a large C library; an HMAC
//! of thirty lines over crates that are here anyway replaces both.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result, new_error};
use sha2::Sha256;
use signature::{Error, Signer, Verifier};
use std::sync::Once;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hs256::keyed(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| {
        Ok(Box::new(Hs256::keyed(*algorithm, key.try_get_as_bytes()?)?))
    },
    // Only reached through JSON web keys, which are never read here.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this the token library's cryptography for the whole process; once is enough and more does no harm.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let installed = PROVIDER.install_default();
        debug_assert!(installed.is_ok(), "the house has no other provider");
    });
}

/// A keyed HMAC-SHA-256.
struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn keyed(algorithm: Algorithm, key: &[u8]) -> Result<Self> {
        if algorithm != Algorithm::HS256 {
            return Err(new_error(ErrorKind::UnsupportedAlgorithm));
        }
        Hmac::new_from_slice(key)
            .map(Self)
            .map_err(|_| new_error(ErrorKind::InvalidKeyFormat))
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        let mac = self.0.clone().chain_update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let mac = self.0.clone().chain_update(message);
        mac.verify_slice(signature).map_err(|_| Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
