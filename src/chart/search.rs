//! Searching one chart: what it says is sealed, so it is looked through after it was opened, and only as much of it as may be
//! looked through at once. Pure.

use crate::patient::normal;
use serde_json::Value;

/// The most entries that are looked through at once.
pub const MOST_SEARCHED: u64 = 2_000;
/// The longest text that is searched for, in characters.
const LONGEST: usize = 100;
/// What of an entry is no words: systems of codes, and ids.
const NOT_WORDS: [&str; 2] = ["system", "doctor"];

/// The words of what is searched for; none when there are none, or too many letters.
#[must_use]
pub fn wanted(text: &str) -> Option<Vec<String>> {
    let words = normal::words(text);
    let fits = text.chars().nth(LONGEST).is_none() && !words.is_empty();
    fits.then_some(words)
}

/// Whether each of these words begins a word of what an entry says.
#[must_use]
pub fn says(content: &Value, wanted: &[String]) -> bool {
    let mut words = Vec::new();
    gather(content, &mut words);
    wanted
        .iter()
        .all(|one| words.iter().any(|word| word.starts_with(one.as_str())))
}

fn gather(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::String(text) => words.extend(normal::words(text)),
        Value::Array(items) => items.iter().for_each(|item| gather(item, words)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if !NOT_WORDS.contains(&name.as_str()) {
                    gather(value, words);
                }
            }
        }
        Value::Number(number) => words.push(number.to_string()),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{says, wanted};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn words_are_found_by_their_beginnings_wherever_they_stand() {
        let content = json!({ "code": { "text": "Ménière's disease", "codings": [
            { "system": "http://snomed.info/sct", "code": "13445001", "display": "Ménière" }] },
            "note": "since school", "observations": [{ "value": 7.5 }] });
        let found = |text: &str| says(&content, &wanted(text).unwrap());
        assert!(found("meniere") && found("DISEASE men") && found("13445001") && found("scho"));
        assert!(!found("ease") && !found("snomed") && !found("meniere asthma"));
        assert_eq!(wanted("  . "), None);
        assert_eq!(wanted(&"x".repeat(101)), None);
    }

    proptest! {
        #[test]
        fn an_entry_is_found_by_any_beginning_of_any_of_its_words(text in "[a-zA-Zé]{1,8}( [a-zà]{1,8}){0,3}", at in 1_usize..8) {
            let content = json!({ "a": [{ "b": text }] });
            for word in text.split(' ') {
                let beginning: String = word.chars().take(at).collect();
                let wanted = wanted(&beginning).unwrap();
                prop_assert!(says(&content, &wanted), "{beginning}");
            }
        }
    }
}
