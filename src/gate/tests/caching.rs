//! What the caches keep, and what they must not.

use super::super::{Documents, Persisted, Reason};
use super::{clinic, limits};
use std::sync::Arc;

const VIEWER: &str = "{ viewer { id } }";
const VIEWER_SHA256: &str = "3c5cde484c335605fe71515655ff4723f67a754f9af53cb4c54aed06e64f87ee";

fn documents() -> Documents {
    Documents::new(clinic(), limits(), 1 << 20)
}

#[test]
fn a_text_that_is_known_is_prepared_once() {
    let documents = documents();
    let first = documents.get_or_prepare(VIEWER).unwrap();
    let second = documents.get_or_prepare(VIEWER).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(first.plan.operations.len(), 1);
    assert_eq!(first.parsed.operations.iter().count(), 1);
}

#[test]
fn texts_that_differ_in_a_space_are_two_documents() {
    let documents = documents();
    let first = documents.get_or_prepare(VIEWER).unwrap();
    let second = documents.get_or_prepare("{ viewer {id} }").unwrap();
    assert!(!Arc::ptr_eq(&first, &second));
}

#[test]
fn what_is_refused_is_refused_again_and_not_kept() {
    let documents = documents();
    for source in [
        "{",
        "{ ...A } fragment A on Query { ...A }",
        "{ a(x: \"",
        "subscription { a b }",
    ] {
        let first = documents.get_or_prepare(source).unwrap_err();
        assert_eq!(documents.get_or_prepare(source).unwrap_err(), first);
    }
    documents.passed.run_pending_tasks();
    assert_eq!(documents.passed.entry_count(), 0);
}

#[test]
fn the_cache_stays_within_its_bound() {
    let documents = Documents::new(clinic(), limits(), 64 * 1024);
    for n in 0..1_000 {
        let source = format!("{{ viewer {{ a{n}: id }} }}");
        documents.get_or_prepare(&source).unwrap();
    }
    documents.passed.run_pending_tasks();
    assert!(documents.passed.weighted_size() <= 64 * 1024);
    assert!(documents.passed.entry_count() > 10);
}

#[test]
fn a_document_weighs_more_than_its_text() {
    let document = documents().get_or_prepare(VIEWER).unwrap();
    assert!(document.weight as usize > 10 * VIEWER.len());
}

#[test]
fn a_text_is_found_by_its_hash_in_either_case() {
    let persisted = Persisted::new(1 << 20);
    assert_eq!(persisted.get(VIEWER_SHA256), None);
    persisted.put(VIEWER_SHA256, VIEWER).unwrap();
    assert_eq!(persisted.get(VIEWER_SHA256).as_deref(), Some(VIEWER));
    assert_eq!(
        persisted.get(&VIEWER_SHA256.to_uppercase()).as_deref(),
        Some(VIEWER)
    );
}

#[test]
fn a_text_with_another_hash_is_refused() {
    let persisted = Persisted::new(1 << 20);
    let refused = persisted
        .put(VIEWER_SHA256, "{ viewer { name } }")
        .unwrap_err();
    assert_eq!(refused.reason, Reason::HashMismatch);
    assert_eq!(persisted.get(VIEWER_SHA256), None);
}

#[test]
fn what_is_no_hash_finds_nothing_and_keeps_nothing() {
    let persisted = Persisted::new(1 << 20);
    let long = VIEWER_SHA256.repeat(2);
    let odd = VIEWER_SHA256.replace('a', "g");
    for no_hash in ["", "é", &VIEWER_SHA256[1..], &long, &odd, &"é".repeat(32)] {
        assert_eq!(persisted.get(no_hash), None);
        assert!(persisted.put(no_hash, VIEWER).is_err());
    }
}

#[test]
fn the_store_of_texts_stays_within_its_bound() {
    let persisted = Persisted::new(16 * 1024);
    for n in 0..1_000 {
        let text = format!("{{ a{n}: viewer {{ id }} }}");
        let hash = hex(&text);
        persisted.put(&hash, &text).unwrap();
    }
    persisted.texts.run_pending_tasks();
    assert!(persisted.texts.weighted_size() <= 16 * 1024);
}

fn hex(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
