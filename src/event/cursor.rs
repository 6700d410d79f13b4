//! Cursors: a place in a stream that a client can keep, opaque and authenticated.

use super::Stream;
use crate::vault::IndexKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The cursor of this place in this stream.
#[must_use]
pub fn encode(key: &IndexKey, stream: &Stream, seq: i64) -> String {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&seq.to_be_bytes());
    bytes[8..].copy_from_slice(&tag(key, stream, seq));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a cursor names, or none when it is not a cursor of ours for this stream.
#[must_use]
pub fn decode(key: &IndexKey, stream: &Stream, cursor: &str) -> Option<i64> {
    let bytes: [u8; 24] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
    let (seq, given) = bytes.split_at(8);
    let seq = i64::from_be_bytes(seq.try_into().ok()?);
    // Timing tells an attacker nothing worth having: a forged place opens no stream, it only skips events of one
    // they may read anyway.
    (tag(key, stream, seq) == given).then_some(seq)
}

fn tag(key: &IndexKey, stream: &Stream, seq: i64) -> [u8; 16] {
    key.tag("cursor", format!("{}|{seq}", stream.key()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{Stream, decode, encode};
    use crate::vault::Vault;
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
    }
}
