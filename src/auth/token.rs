//! Access tokens: short JWTs that name a session and claim nothing else worth believing.
//!
//! A token says which session it belongs to and until when; what its owner may do is read from the database at each
//! request. Verification is stricter than the library's defaults: the header is compared byte for byte with the only
//! one ever issued (reading it would mean deciding about `crit`, `jku` and their kind), every claim must be there and
//! of its type, and the time is the server's clock, which tests can hold still.

use super::signature;
use crate::clock::Clock;
use crate::error::Fault;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{SessionId, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Bytes that a token has at most; ours have a quarter of it.
const LONGEST: usize = 2048;
/// Seconds by which the clock of the copy that issued a token may be ahead of ours. The end of a token has no leeway.
const LEEWAY: i64 = 3;
/// What kind of token this is (RFC 9068), so that no other JWT of ours can stand in for it.
const KIND: &str = "at+jwt";

/// The maker and checker of access tokens.
pub struct Tokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    header: Header,
    encoded_header: String,
    validation: Validation,
    issuer: String,
    audience: String,
    lifetime: TimeDelta,
}

/// An access token that was just made.
#[derive(Clone)]
pub struct Issued {
    /// The token, for its owner.
    pub token: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// What a token that holds is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Whose it is.
    pub user: UserId,
    /// The session that it belongs to.
    pub session: SessionId,
    /// The token's own name: the session's for the first token, then that of the refresh token issued with it.
    pub name: Uuid,
    /// The user's epoch when it was issued.
    pub epoch: i32,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Exactly what is in a token; one field more or less, or of another type, and it is none.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    jti: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
    epoch: i32,
}

impl Tokens {
    /// Tokens under this key, by this issuer, for this audience, of this length of life.
    #[must_use]
    pub fn new(
        key: [u8; 32],
        issuer: impl Into<String>,
        audience: impl Into<String>,
        lifetime: TimeDelta,
    ) -> Self {
        signature::install();
        let (issuer, audience) = (issuer.into(), audience.into());
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(KIND.to_owned());
        header.kid = Some(key_name(&key));
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[&audience]);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        // Times are compared below, by the server's own clock; the library would ask the machine's.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.leeway = 0;
        Self {
            signing: EncodingKey::from_secret(&key),
            verifying: DecodingKey::from_secret(&key),
            encoded_header: encode_header(&header),
            header,
            validation,
            issuer,
            audience,
            lifetime,
        }
    }

    /// A token of this name for a session, good until `latest` at most.
    ///
    /// # Errors
    /// When the token cannot be written, which is a mistake of ours.
    pub fn issue(
        &self,
        clock: &Clock,
        user: UserId,
        session: SessionId,
        name: Uuid,
        epoch: i32,
        latest: DateTime<Utc>,
    ) -> Result<Issued, Fault> {
        let now = clock.now();
        let end = (now + self.lifetime).min(latest).timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user.0,
            sid: session.0,
            jti: name,
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: end,
            epoch,
        };
        let token = jsonwebtoken::encode(&self.header, &claims, &self.signing)
            .map_err(|_| Fault::internal("an access token could not be written"))?;
        let expires_at = instant(end).ok_or(Fault::internal("an access token without an end"))?;
        Ok(Issued { token, expires_at })
    }

    /// What the token is good for.
    ///
    /// # Errors
    /// [`Fault::Unauthenticated`] when it is not one of ours, or not for now; which of the two is nobody's business.
    pub fn verify(&self, clock: &Clock, token: &str) -> Result<Access, Fault> {
        self.read(clock.now(), token).ok_or(Fault::Unauthenticated)
    }

    fn read(&self, now: DateTime<Utc>, token: &str) -> Option<Access> {
        if token.len() > LONGEST {
            return None;
        }
        let (header, rest) = token.split_once('.')?;
        if header != self.encoded_header || rest.split('.').count() != 2 {
            return None;
        }
        // Base64 is the library's: it takes neither padding nor loose trailing bits, so that no token has two spellings.
        let read = jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation);
        let claims = read.ok()?.claims;
        let seconds = now.timestamp();
        let begun = claims.nbf <= seconds + LEEWAY && claims.iat <= seconds + LEEWAY;
        // Longer than we issue: from before the setting was lowered, or by whoever has the key but not our rules.
        let length = claims.exp.checked_sub(claims.iat)?;
        let ours = (0..=self.lifetime.num_seconds()).contains(&length);
        if !(begun && ours && seconds < claims.exp) {
            return None;
        }
        Some(Access {
            user: UserId(claims.sub),
            session: SessionId(claims.sid),
            name: claims.jti,
            epoch: claims.epoch,
            issued_at: instant(claims.iat)?,
            expires_at: instant(claims.exp)?,
        })
    }
}

/// A name that tells keys apart and nothing about them.
fn key_name(key: &[u8; 32]) -> String {
    let hash = Sha256::new_with_prefix(b"pt1|token key id|")
        .chain_update(key)
        .finalize();
    URL_SAFE_NO_PAD.encode(&hash[..6])
}

/// The header as the library will write it.
fn encode_header(header: &Header) -> String {
    // A header of three texts cannot fail to be JSON; if it did, no token would match and none would be taken.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(header).unwrap_or_default())
}

fn instant(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

#[cfg(test)]
mod tests;
