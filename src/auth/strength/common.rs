//! The passwords that guessers try first, as a file of short hashes: none of them can be read in it, and it is a fifth of the
//! list.
//!
//! `common.bin` holds the first five bytes of the SHA-256 of each of 151,795 passwords in lower case, sorted. They are those of
//! at least ten characters among the million most frequent, and the words of letters alone among the hundred thousand most
//! frequent, by Mark Burnett's list of ten million passwords, which he gave to the public domain (as `10-million-password-list-
//! top-1000000.txt` of OWASP SecLists). A password that is not on the list is taken for one of it once in seven million times.

use sha2::{Digest, Sha256};

/// Bytes that are kept of a hash.
const KEPT: usize = 5;

static HASHES: &[u8] = include_bytes!("common.bin");

/// Whether a text in lower case is on the list.
pub(super) fn has(text: &str) -> bool {
    let hash = Sha256::digest(text.as_bytes());
    let (hashes, _) = HASHES.as_chunks::<KEPT>();
    hashes
        .binary_search_by(|kept| kept.as_slice().cmp(&hash[..KEPT]))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::{HASHES, KEPT, has};

    #[test]
    fn the_list_is_sorted_long_enough_and_rarely_wrong() {
        let (hashes, rest) = HASHES.as_chunks::<KEPT>();
        assert!(rest.is_empty());
        assert!(hashes.len() >= 100_000, "{}", hashes.len());
        assert!(hashes.is_sorted_by(|one, next| one < next));
        let most = 1_u64 << 40;
        assert!(
            most / hashes.len() as u64 >= 1_000_000,
            "more than one in a million is mistaken"
        );
        let mistaken = (0..1_000_000).filter(|n| has(&format!("not on any list, number {n}")));
        assert!(mistaken.count() <= 3);
    }

    #[test]
    fn what_is_tried_first_is_on_the_list() {
        for word in [
            "sunshine",
            "dragon",
            "monkey",
            "princess",
            "qwertyuiop",
            "1234567890",
            "liverpool",
            "basketball",
        ] {
            assert!(has(word), "{word}");
        }
        assert!(!has("seven quiet boats"));
    }
}
