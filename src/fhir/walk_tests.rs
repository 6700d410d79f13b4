//! How bundles are walked: order, bounds, faults.

use std::cell::Cell;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use proptest::prelude::*;

use super::resource_tests::entries_of;
use super::*;

const ORGANIZATION: &str =
    r#"{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Organization","name":"Ward"}}"#;

fn read(text: impl AsRef<[u8]>) -> Result<BundleSummary, BundleFault> {
    read_bundle(text.as_ref(), |_| ControlFlow::Continue(()))
}

fn bundle(entries: &str) -> String {
    format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{entries}]}}"#)
}

#[test]
fn a_bundle_is_counted_by_type() {
    let text = bundle(&format!(
        r#"{ORGANIZATION},{ORGANIZATION},{{"resource":{{"resourceType":"Claim"}}}},
           {{"resource":{{"resourceType":"Patient"}}}},{{"request":{{"method":"DELETE","url":"Patient/1"}}}},null"#
    ));
    let summary = read(text).unwrap();
    assert_eq!(summary.kind, BundleKind::Transaction);
    assert_eq!(summary.entries, 6);
    let counts: Vec<_> = summary
        .by_type
        .iter()
        .map(|(name, tally)| (name.as_str(), tally.entries, tally.refused))
        .collect();
    assert_eq!(
        counts,
        [
            ("(none)", 2, 2),
            ("Claim", 1, 0),
            ("Organization", 2, 0),
            ("Patient", 1, 1)
        ]
    );
}

#[test]
fn keys_may_come_in_any_order() {
    let text = format!(
        r#"{{"entry":[{ORGANIZATION}],"total":1,"type":"searchset","link":[],"resourceType":"Bundle"}}"#
    );
    assert_eq!(read(text).unwrap().kind, BundleKind::Searchset);
    let turned = r#"{"resource":{"name":"Ward","id":"w","resourceType":"Organization"},"fullUrl":"urn:uuid:1"}"#;
    let mut entries = entries_of(&[serde_json::from_str(turned).unwrap()]);
    assert!(matches!(
        entries.remove(0).content,
        Content::Organization(_)
    ));
}

#[test]
fn a_bundle_without_entries_is_a_bundle() {
    assert_eq!(
        read(r#"{"resourceType":"Bundle","type":"batch"}"#)
            .unwrap()
            .entries,
        0
    );
}

#[test]
fn what_is_no_bundle_of_records_is_a_fault() {
    for text in [
        "[]",
        "7",
        "null",
        "{}",
        r#"{"resourceType":"Patient"}"#,
        r#"{"type":"batch"}"#,
        r#"{"resourceType":"Bundle","type":"batch","entry":{}}"#,
        r#"{"resourceType":["Bundle"],"type":"batch"}"#,
        r#"{"resourceType":"Bundle","type":"batch","entry":[],"entry":[]}"#,
    ] {
        assert_eq!(read(text), Err(BundleFault::NotABundle), "{text}");
    }
    for text in [
        r#"{"resourceType":"Bundle"}"#,
        r#"{"resourceType":"Bundle","type":"message"}"#,
        r#"{"resourceType":"Bundle","type":"transaction-response","entry":[]}"#,
    ] {
        assert_eq!(read(text), Err(BundleFault::UnsupportedKind), "{text}");
    }
}

#[test]
fn what_is_labelled_as_a_whole_or_has_rules_of_its_own_is_not_taken() {
    for (around, is_taken) in [
        (r#""meta":{"security":[{"code":"N"}]}"#, true),
        (r#""meta":{"security":[{"code":"R"}]}"#, false),
        (r#""meta":{"security":{"code":"R"}}"#, false),
        (r#""meta":{"security":[5,{"code":"R"}]}"#, false),
        (r#""implicitRules":"http://example.org/rules""#, false),
    ] {
        let text = format!(r#"{{"resourceType":"Bundle","type":"batch",{around},"entry":[]}}"#);
        assert_eq!(read(&text).is_ok(), is_taken, "{text}");
        assert!(
            is_taken || read(&text) == Err(BundleFault::Restricted),
            "{text}"
        );
    }
}

#[test]
fn broken_json_is_told_by_its_place_and_not_by_its_content() {
    let fault = read("{\"resourceType\":\"Bundle\",\n  \"type\":\"batch\", \"entry\":[{\"name\": Rumpelstiltskin}]}").unwrap_err();
    assert_eq!(
        fault,
        BundleFault::NotJson {
            line: 2,
            column: 37
        }
    );
    assert_eq!(fault.to_string(), "not JSON at line 2, column 37");
    for text in [
        "",
        "{",
        "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[",
        "{\"resourceType\":\"Bundle\",\"type\":\"batch\"} x",
    ] {
        assert!(
            matches!(read(text), Err(BundleFault::NotJson { .. })),
            "{text}"
        );
    }
    let mut latin = bundle(ORGANIZATION).into_bytes();
    let place = latin.windows(4).position(|bytes| bytes == b"Ward").unwrap();
    latin[place] = 0xE9;
    assert!(matches!(read(latin), Err(BundleFault::NotJson { .. })));
}

#[test]
fn the_receiver_may_break_off() {
    let mut seen = 0;
    let text = bundle(&[ORGANIZATION; 5].join(","));
    let end = read_bundle(text.as_bytes(), |_| {
        seen += 1;
        if seen == 2 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert_eq!((end, seen), (Err(BundleFault::Stopped), 2));
}

/// Makes a bundle while it is read, and counts what it gave.
struct Tap {
    entry: Vec<u8>,
    entries_left: u64,
    rest: Vec<u8>,
    given: Rc<Cell<u64>>,
}

impl Tap {
    fn new(entry: &str, entries: u64) -> Self {
        Self {
            entry: format!("{entry},").into_bytes(),
            entries_left: entries,
            rest: br#"{"resourceType":"Bundle","type":"collection","entry":["#.to_vec(),
            given: Rc::default(),
        }
    }
}

impl Read for Tap {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() && self.entries_left > 0 {
            self.entries_left -= 1;
            self.rest = self.entry.clone();
            if self.entries_left == 0 {
                self.rest.pop();
                self.rest.extend(b"]}");
            }
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        self.given.set(self.given.get() + count as u64);
        Ok(count)
    }
}

#[test]
fn entries_are_handed_out_while_the_bundle_is_still_being_made() {
    let photo = format!(
        r#"{{"resource":{{"resourceType":"Patient","photo":[{{"data":"{}"}}],"name":[{{"family":"Ng"}}],"birthDate":"2000-01-01"}}}}"#,
        "A".repeat(100_000)
    );
    let tap = Tap::new(&photo, 300);
    let given = Rc::clone(&tap.given);
    let mut furthest = 0;
    let summary = read_bundle(tap, |entry| {
        assert!(matches!(entry.content, Content::Patient(_)));
        let read = (entry.position + 1) * photo.len() as u64;
        furthest = furthest.max(given.get().saturating_sub(read));
        ControlFlow::Continue(())
    });
    assert_eq!(summary.unwrap().entries, 300);
    // Never further ahead than one read buffer and the opening of the bundle: nothing is gathered.
    assert!(furthest < 80_000, "{furthest} bytes ahead");
}

#[test]
fn a_bundle_may_be_longer_than_any_of_its_entries_may_be() {
    let entry = format!(
        r#"{{"resource":{{"resourceType":"Binary","data":"{}"}}}}"#,
        "A".repeat(3_000_000)
    );
    assert_eq!(
        read_bundle(Tap::new(&entry, 3), |_| ControlFlow::Continue(()))
            .unwrap()
            .entries,
        3
    );
}

#[test]
fn an_entry_past_the_bound_ends_the_reading_where_it_stands() {
    let long = "A".repeat(MAX_ENTRY_BYTES as usize + 70_000);
    let text = bundle(&format!(
        r#"{ORGANIZATION},{{"resource":{{"resourceType":"Binary","data":"{long}"}}}}"#
    ));
    assert_eq!(read(text), Err(BundleFault::TooLarge { position: 1 }));
    let beside = format!(r#"{{"resourceType":"Bundle","type":"batch","note":"{long}"}}"#);
    assert_eq!(read(beside), Err(BundleFault::TooLarge { position: 0 }));
}

#[test]
fn depth_costs_nothing() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let ignored = format!(
        r#"{{"resource":{{"resourceType":"Organization","name":"Ward","extension":{deep}}}}}"#
    );
    let wanted = format!(r#"{{"resource":{{"resourceType":"Organization","name":{deep}}}}}"#);
    let summary = read(bundle(&format!("{ignored},{wanted},{deep}"))).unwrap();
    assert_eq!(
        summary.by_type["Organization"],
        Tally {
            entries: 2,
            refused: 1
        }
    );
    assert_eq!(
        summary.by_type["(none)"],
        Tally {
            entries: 1,
            refused: 1
        }
    );
    let around = format!(r#"{{"resourceType":"Bundle","type":"batch","note":{deep}}}"#);
    assert!(read(around).is_ok());
}

#[test]
fn a_flood_of_invented_types_is_counted_within_bounds() {
    let name = |number: usize| -> String {
        [number / 26 / 26, number / 26 % 26, number % 26]
            .map(|digit| char::from(b'A' + digit as u8))
            .iter()
            .collect()
    };
    let entries: Vec<String> = (0..2_000)
        .map(|number| format!(r#"{{"resource":{{"resourceType":"{}"}}}}"#, name(number)))
        .collect();
    let summary = read(bundle(&entries.join(","))).unwrap();
    assert!(summary.by_type.len() <= 257);
    assert_eq!(
        summary
            .by_type
            .values()
            .map(|tally| tally.entries)
            .sum::<u64>(),
        2_000
    );
}

#[test]
fn a_source_that_fails_is_told_as_such() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        }
    }
    let end = read_bundle(Broken, |_| ControlFlow::Continue(()));
    assert_eq!(
        end,
        Err(BundleFault::Unreadable(io::ErrorKind::ConnectionReset))
    );
}

const SOUND: &str = r#"{"resourceType":"Bundle","type":"transaction","entry":[
{"fullUrl":"urn:uuid:a","resource":{"resourceType":"Patient","id":"a","name":[{"use":"official","family":"Ng","given":["Wei"]}],"gender":"male","birthDate":"1990-01-02","telecom":[{"system":"phone","value":"1"}]}},
{"fullUrl":"urn:uuid:b","resource":{"resourceType":"Encounter","id":"b","status":"finished","subject":{"reference":"urn:uuid:a"},"period":{"start":"2020-01-01T10:00:00Z"},"participant":[{"individual":{"reference":"Practitioner/1"}}]}}]}"#;

proptest! {
    #[test]
    fn any_bytes_have_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(bytes);
    }

    #[test]
    fn a_bundle_with_any_bytes_changed_has_an_answer(
        changes in proptest::collection::vec((0..SOUND.len(), any::<u8>()), 1..6),
        cut in 0..SOUND.len(),
        whole: bool,
    ) {
        let mut bytes = SOUND.as_bytes().to_vec();
        for (place, byte) in changes {
            bytes[place] = byte;
        }
        if !whole {
            bytes.truncate(cut);
        }
        let _ = read(bytes);
    }
}
