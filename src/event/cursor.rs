//! Cursors: a place in a stream that a client can keep, opaque and authenticated.

use super::Stream;
use crate::vault::IndexKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The cursor of this place in this stream. The same place has the same cursor, and nobody else can tell from two of them
/// how much has happened between.
#[must_use]
pub fn encode(key: &IndexKey, stream: &Stream, seq: i64) -> String {
    let tag = tag(key, stream, seq);
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&(seq ^ veil(key, stream, &tag)).to_be_bytes());
    bytes[8..].copy_from_slice(&tag);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a cursor names, or none when it is not a cursor of ours for this stream.
#[must_use]
pub fn decode(key: &IndexKey, stream: &Stream, cursor: &str) -> Option<i64> {
    let bytes: [u8; 24] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
    let (veiled, given) = bytes.split_first_chunk::<8>()?;
    let seq = i64::from_be_bytes(*veiled) ^ veil(key, stream, given);
    // Timing tells an attacker nothing worth having: a forged place opens no stream, it only skips events of one
    // they may read anyway.
    (tag(key, stream, seq) == given).then_some(seq)
}

fn tag(key: &IndexKey, stream: &Stream, seq: i64) -> [u8; 16] {
    key.tag("cursor", format!("{}|{seq}", stream.key()).as_bytes())
}

/// What hides the place: it depends on the tag, which is another for each place.
fn veil(key: &IndexKey, stream: &Stream, tag: &[u8]) -> i64 {
    let salted = [stream.key().as_bytes(), b"|", tag].concat();
    let [a, b, c, d, e, f, g, h, ..] = key.tag("cursor veil", &salted);
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::{Stream, URL_SAFE_NO_PAD, decode, encode};
    use crate::vault::Vault;
    use base64::Engine as _;
    use entity::id::PatientId;
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        #[test]
        fn a_cursor_reads_back_for_its_own_stream_only(seq in 0_i64..i64::MAX, noise in "[A-Za-z0-9_-]{0,40}") {
            let vault = Vault::new(&[1; 32], &[2; 32]);
            let mine = Stream::Patient(PatientId(Uuid::from_u128(1)));
            let other = Stream::Patient(PatientId(Uuid::from_u128(2)));
            let cursor = encode(vault.index(), &mine, seq);
            prop_assert_eq!(decode(vault.index(), &mine, &cursor), Some(seq));
            prop_assert_eq!(decode(vault.index(), &other, &cursor), None);
            prop_assert_eq!(decode(vault.index(), &mine, &noise), None);
        }

        #[test]
        fn a_cursor_does_not_show_its_place(seq in 0_i64..1_000_000) {
            let vault = Vault::new(&[1; 32], &[2; 32]);
            let mine = Stream::Patient(PatientId(Uuid::from_u128(1)));
            let other = Stream::Patient(PatientId(Uuid::from_u128(2)));
            let bytes = |stream, seq| URL_SAFE_NO_PAD.decode(encode(vault.index(), stream, seq)).unwrap();
            // Of a small number shown as it is, five bytes would be zeros in each of them.
            let beginnings = [(&mine, seq), (&mine, seq + 1), (&other, seq)];
            let shown = beginnings.iter().filter(|(stream, seq)| bytes(stream, *seq)[..5] == [0; 5]);
            prop_assert_eq!(shown.count(), 0);
            prop_assert_ne!(&bytes(&mine, seq)[..8], &bytes(&mine, seq + 1)[..8]);
            prop_assert_ne!(&bytes(&mine, seq)[..8], &bytes(&other, seq)[..8]);
        }
    }
}
