//! Texts that are no tokens, and tokens that are bent somewhere.

use super::{
    KEY, accepted, claims, forge, forge_with, header, hs256, kid, noon, tokens, tokens_of,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Sha384, Sha512};

#[test]
fn other_signatures_are_refused() {
    let token = forge(&header(), &claims("", None));
    let (message, signature) = token.rsplit_once('.').unwrap();
    let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut sha384 = Hmac::<Sha384>::new_from_slice(&KEY).unwrap();
    sha384.update(message.as_bytes());
    let mut sha512 = Hmac::<Sha512>::new_from_slice(&KEY).unwrap();
    sha512.update(message.as_bytes());
    for bad in [
        String::new(),
        URL_SAFE_NO_PAD.encode(&raw[..31]),
        URL_SAFE_NO_PAD.encode(&raw[..1]),
        URL_SAFE_NO_PAD.encode([raw.as_slice(), &[0]].concat()),
        URL_SAFE_NO_PAD.encode([0; 32]),
        URL_SAFE_NO_PAD.encode(sha384.finalize().into_bytes()),
        URL_SAFE_NO_PAD.encode(sha512.finalize().into_bytes()),
        URL_SAFE_NO_PAD.encode(hs256(b"", message)),
        URL_SAFE_NO_PAD.encode(hs256(b"secret", message)),
        URL_SAFE_NO_PAD.encode(hs256(&[0; 32], message)),
        URL_SAFE_NO_PAD.encode(hs256(kid().as_bytes(), message)),
        URL_SAFE.encode(&raw),
        format!("{}+/", STANDARD.encode(&raw[..30])),
        format!("{signature}="),
        format!("{signature}\n"),
        format!(" {signature}"),
        format!("{signature}.{signature}"),
    ] {
        assert_eq!(accepted(&format!("{message}.{bad}")), None, "{bad}");
    }
    let old = tokens_of([8; 32]);
    let other_key = forge_with(&[8; 32], &header(), &claims("", None));
    assert_eq!(accepted(&other_key), None);
    assert_eq!(old.read(noon(), &token), None);
}

#[test]
fn a_second_spelling_of_the_same_bytes_is_refused() {
    let token = forge(&header(), &claims("", None));
    let (message, signature) = token.rsplit_once('.').unwrap();
    // 32 bytes leave two bits of the last letter unused; setting one spells the same bytes.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = alphabet
        .find(signature.chars().next_back().unwrap())
        .unwrap();
    let loose = alphabet.chars().nth(last + 1).unwrap();
    let cut = &signature[..signature.len() - 1];
    assert_eq!(accepted(&format!("{message}.{cut}{loose}")), None);
}

#[test]
fn texts_that_are_no_tokens_are_refused() {
    let token = forge(&header(), &claims("", None));
    for bad in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "null",
        "Bearer ",
        "\u{0}",
        "ptr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        &token[1..],
        &token[..token.len() - 1],
        &token.replace('.', ""),
        &token.replacen('.', "..", 1),
        &format!("{token}."),
        &format!(".{token}"),
        &format!("{token}{token}"),
        &format!("Bearer {token}"),
        &format!("{token} "),
        &format!("\u{feff}{token}"),
        &token.to_uppercase(),
        &"A".repeat(1_000_000),
        &format!("{}.{}", tokens().encoded_header, "e30.".repeat(200_000)),
    ] {
        assert_eq!(accepted(bad), None);
    }
    // Blanks say nothing and are rightly signed; only the length gives this one away.
    let blank = claims("", None).replacen('{', &format!("{{{}", " ".repeat(2000)), 1);
    assert_eq!(accepted(&forge(&header(), &blank)), None);
}

#[test]
fn a_hundred_thousand_bent_tokens_are_refused() {
    let token = forge(&header(), &claims("", None));
    let tokens = tokens();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for round in 0..100_000 {
        let mut bytes = token.clone().into_bytes();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            match random(4) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, b'!' + u8::try_from(random(90)).unwrap()),
                2 => bytes.swap(at, random(token.len() / 2)),
                _ => bytes[at] = b'!' + u8::try_from(random(90)).unwrap(),
            }
        }
        let bent = String::from_utf8(bytes).unwrap();
        if bent != token {
            assert_eq!(tokens.read(noon(), &bent), None, "round {round}: {bent}");
        }
    }
}
