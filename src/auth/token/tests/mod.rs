//! Everything that is not a token of ours is refused, the well-known attacks on JWTs first.

mod bent;
mod claims;
mod headers;

use super::{Access, Tokens};
use crate::clock::Clock;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{SessionId, UserId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use proptest::prelude::*;
use sha2::Sha256;
use uuid::Uuid;

const KEY: [u8; 32] = [7; 32];
const USER: Uuid = Uuid::from_u128(1);
const SESSION: Uuid = Uuid::from_u128(2);
const NAME: Uuid = Uuid::from_u128(3);

fn tokens_of(key: [u8; 32]) -> Tokens {
    Tokens::new(
        key,
        "patient-tracker",
        "patient-tracker-api",
        TimeDelta::minutes(10),
    )
}

fn tokens() -> Tokens {
    tokens_of(KEY)
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn good(clock: &Clock) -> String {
    let latest = clock.now() + TimeDelta::hours(12);
    tokens()
        .issue(clock, UserId(USER), SessionId(SESSION), NAME, 4, latest)
        .unwrap()
        .token
}

fn hs256(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// A token of any header and claims, signed rightly under `key`.
fn forge_with(key: &[u8], header: &str, claims: &str) -> String {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let signature = URL_SAFE_NO_PAD.encode(hs256(key, &message));
    format!("{message}.{signature}")
}

fn forge(header: &str, claims: &str) -> String {
    forge_with(&KEY, header, claims)
}

fn header() -> String {
    let encoded = tokens().encoded_header;
    String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
}

fn kid() -> String {
    tokens().header.kid.unwrap()
}

/// Good claims for [`noon`], with one of them written otherwise (`None` leaves it out).
fn claims(name: &str, value: Option<&str>) -> String {
    let mut fields = vec![
        ("iss", "\"patient-tracker\"".to_owned()),
        ("aud", "\"patient-tracker-api\"".to_owned()),
        ("sub", format!("\"{USER}\"")),
        ("sid", format!("\"{SESSION}\"")),
        ("jti", format!("\"{NAME}\"")),
        ("iat", "1800000000".to_owned()),
        ("nbf", "1800000000".to_owned()),
        ("exp", "1800000600".to_owned()),
        ("epoch", "4".to_owned()),
    ];
    fields.retain(|(field, _)| *field != name);
    if let Some(value) = value {
        fields.push((name, value.to_owned()));
    }
    let fields: Vec<String> = fields
        .iter()
        .map(|(field, value)| format!("\"{field}\":{value}"))
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn accepted(token: &str) -> Option<Access> {
    tokens().read(noon(), token)
}

#[test]
fn a_token_says_what_was_put_into_it() {
    let clock = Clock::system();
    let access = tokens().verify(&clock, &good(&clock)).unwrap();
    assert_eq!(access.user, UserId(USER));
    assert_eq!(access.session, SessionId(SESSION));
    assert_eq!((access.name, access.epoch), (NAME, 4));
    assert_eq!(access.expires_at - access.issued_at, TimeDelta::minutes(10));
}

#[test]
fn the_header_is_alg_kid_and_typ_and_nothing_else() {
    let read: serde_json::Value = serde_json::from_str(&header()).unwrap();
    let wanted = serde_json::json!({"alg": "HS256", "kid": kid(), "typ": "at+jwt"});
    assert_eq!(read, wanted);
}

#[test]
fn a_forged_token_differs_from_ours_only_by_what_a_test_changes() {
    let access = accepted(&forge(&header(), &claims("", None))).unwrap();
    assert_eq!(access.user, UserId(USER));
}

#[test]
fn a_token_holds_from_its_beginning_until_the_second_of_its_end() {
    let token = forge(&header(), &claims("", None));
    let at = |seconds| tokens().read(noon() + TimeDelta::seconds(seconds), &token);
    assert!(at(-4).is_none());
    assert!(at(-3).is_some());
    assert!(at(599).is_some());
    assert!(at(600).is_none());
}

#[test]
fn the_servers_clock_decides_and_not_the_machines() {
    let clock = Clock::system();
    let token = good(&clock);
    clock.advance(TimeDelta::minutes(9));
    assert!(tokens().verify(&clock, &token).is_ok());
    clock.advance(TimeDelta::minutes(2));
    assert!(tokens().verify(&clock, &token).is_err());
}

#[test]
fn a_token_ends_no_later_than_its_session() {
    let clock = Clock::system();
    let latest = clock.now() + TimeDelta::seconds(90);
    let issued = tokens()
        .issue(&clock, UserId(USER), SessionId(SESSION), NAME, 0, latest)
        .unwrap();
    assert!(issued.expires_at <= latest);
}

proptest! {
    #[test]
    fn no_text_is_a_token_and_none_makes_the_check_panic(text in ".{0,200}", tail in ".{0,60}") {
        prop_assert_eq!(accepted(&text), None);
        prop_assert_eq!(accepted(&format!("{}.{tail}", tokens().encoded_header)), None);
    }

    #[test]
    fn no_claims_but_ours_are_taken(claims in "\\PC{0,200}") {
        prop_assert_eq!(accepted(&forge(&header(), &claims)), None);
    }
}
