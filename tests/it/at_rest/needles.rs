//! What was planted, by which route, and the search for it: as it is, in any case, and as base64, hexadecimal and UTF-16.

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::collections::BTreeSet;

/// The shortest word that is looked for: a shorter one may be anywhere by chance.
const SHORTEST: usize = 8;

/// Words with the route that each came by.
#[derive(Default)]
pub struct Needles(Vec<(String, String)>);

impl Needles {
    /// A word that is nowhere else, put in by this route.
    pub fn word(&mut self, route: &str) -> String {
        let mut number = self.0.len() * 7_919 + 12_345;
        let mut word = "Zq".to_owned();
        for _ in 0..5 {
            word.push(char::from(b'a' + u8::try_from(number % 26).unwrap()));
            number /= 26;
        }
        self.keep(route, word + "wyxk")
    }

    /// An address that is nowhere else.
    pub fn email(&mut self, route: &str) -> String {
        // What stands before the @ is looked for: less to be found than the whole.
        format!("{}@planted.test", self.word(route).to_lowercase())
    }

    /// A telephone number that is nowhere else.
    pub fn phone(&mut self, route: &str) -> String {
        let number = 1_000_003 + self.0.len() * 9_973;
        let phone = format!("3725{number:07}");
        format!("+{}", self.keep(route, phone))
    }

    /// Something that was not made here.
    pub fn keep(&mut self, route: &str, word: impl Into<String>) -> String {
        let word = word.into();
        assert!(
            word.len() >= SHORTEST,
            "{route} is too short to be looked for"
        );
        self.0.push((route.to_owned(), word.clone()));
        word
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The words, as they are.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, word)| word.as_str())
    }

    /// Those that came by one of these routes, or by none of them.
    pub fn of(&self, routes: &[&str], wanted: bool) -> Self {
        let all = self.0.iter();
        let some = all.filter(|(route, _)| routes.contains(&route.as_str()) == wanted);
        Self(some.cloned().collect())
    }

    /// Ready to be looked for.
    pub fn search(&self) -> Search {
        let mut forms = Vec::new();
        let mut of = Vec::new();
        for (place, (_, word)) in self.0.iter().enumerate() {
            for form in forms_of(word) {
                forms.push(form);
                of.push(place);
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(forms)
            .unwrap();
        let words = self.0.clone();
        Search {
            automaton,
            of,
            words,
        }
    }
}

/// Every way in which a word may stand in a file.
fn forms_of(word: &str) -> Vec<Vec<u8>> {
    let bytes = word.as_bytes();
    let mut forms = vec![bytes.to_vec()];
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    forms.push(hex(bytes).into_bytes());
    let wide = |order: fn(u16) -> [u8; 2]| word.encode_utf16().flat_map(order).collect::<Vec<_>>();
    // In either order of bytes; without the odd one at the end the two are the same but for where they begin.
    forms.push(wide(u16::to_le_bytes));
    forms.push(wide(u16::to_be_bytes));
    // Whatever stands before it moves it within base64; the signs that neighbours have a part in are left out.
    for before in 0..3_usize {
        let shifted = [&vec![0; before][..], bytes].concat();
        let text = STANDARD_NO_PAD.encode(&shifted);
        let whole = shifted.len() * 8 / 6;
        let text = &text[(before * 8).div_ceil(6)..whole];
        forms.push(text.as_bytes().to_vec());
        let other: String = text.replace('+', "-").replace('/', "_");
        forms.push(other.into_bytes());
    }
    forms
}

/// A search for all words at once.
pub struct Search {
    automaton: AhoCorasick,
    of: Vec<usize>,
    words: Vec<(String, String)>,
}

impl Search {
    /// The words that are in these bytes, each with its route.
    pub fn in_bytes(&self, bytes: &[u8]) -> BTreeSet<&(String, String)> {
        let found = self.automaton.find_overlapping_iter(bytes);
        found
            .map(|hit| &self.words[self.of[hit.pattern().as_usize()]])
            .collect()
    }

    /// Nothing of it is there.
    pub fn is_not_in(&self, place: &str, bytes: &[u8]) {
        let found = self.in_bytes(bytes);
        assert!(found.is_empty(), "{place} holds {found:?}");
    }
}

#[test]
fn a_word_is_found_in_whatever_way_it_is_written() {
    let mut needles = Needles::default();
    let word = needles.word("a test");
    let search = needles.search();
    let mut hidden = vec![word.clone().into_bytes(), word.to_uppercase().into_bytes()];
    hidden.push(
        word.bytes()
            .map(|byte| format!("{byte:02X}"))
            .collect::<String>()
            .into_bytes(),
    );
    hidden.push(word.encode_utf16().flat_map(u16::to_le_bytes).collect());
    hidden.push(word.encode_utf16().flat_map(u16::to_be_bytes).collect());
    for before in ["", "a", "ab", "abc"] {
        let text = format!("{before}{word}, and more");
        hidden.push(STANDARD_NO_PAD.encode(&text).into_bytes());
        hidden.push(
            base64::engine::general_purpose::URL_SAFE
                .encode(&text)
                .into_bytes(),
        );
    }
    for bytes in hidden {
        let among = [b"before ".as_slice(), &bytes, b" after"].concat();
        assert_eq!(
            search.in_bytes(&among).len(),
            1,
            "{}",
            String::from_utf8_lossy(&among)
        );
    }
    search.is_not_in("another text", b"nothing of the kind");
}
