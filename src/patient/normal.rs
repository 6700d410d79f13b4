//! Values as they are looked up: names folded to what somebody would type for them, addresses and numbers in one
//! spelling. Pure; knows no keys, and no reasons for a refusal beyond "this is none".

use crate::account::Email;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// The shortest prefix of a name that can be searched for, in characters.
pub const SHORTEST: usize = 2;
/// The longest prefix that is told apart; a longer word finds what its beginning finds.
pub const LONGEST: usize = 10;

/// Lower case without diacritics, and the letters that no decomposition knows spelled out, so that `Łódź` and `lodz`
/// meet. Folding twice changes nothing.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let bare = text
        .nfkd()
        // Letter by letter: `str::to_lowercase` spells a final sigma as its neighbours ask, and a prefix has others.
        .flat_map(char::to_lowercase)
        .nfkd()
        // By combining class and not by category: the vowel signs of Indic scripts are marks, yet part of the name.
        .filter(|letter| canonical_combining_class(*letter) == 0);
    for letter in bare {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            other => folded.push(other),
        }
    }
    folded
}

/// What joins rather than parts: apostrophes in their spellings, and the invisible joiners.
fn joins(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '\u{2019}' | '\u{2018}' | '\u{2BC}' | '\u{2BB}' | '`' | '\u{200C}' | '\u{200D}'
    )
}

/// The folded words of a text; `O’Hara` is one word, `Smith-Jones` two.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut joined = fold(text);
    joined.retain(|letter| !joins(letter));
    joined
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words that a name is found by: its words, and the parts about an apostrophe, so that `Hara` finds `O’Hara`.
fn searchable(name: &str) -> Vec<String> {
    let mut all = words(name);
    if name.chars().any(joins) {
        all.extend(words(&name.replace(joins, " ")));
    }
    all
}

/// The prefixes that a name is found by, each once, in order. A word of one letter is found whole.
#[must_use]
pub fn prefixes<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut all = Vec::new();
    for word in names.into_iter().flat_map(searchable) {
        let ends: Vec<usize> = word
            .char_indices()
            .map(|(at, letter)| at + letter.len_utf8())
            .collect();
        let shortest = SHORTEST.min(ends.len());
        for end in ends.iter().take(LONGEST).skip(shortest - 1) {
            all.push(word[..*end].to_owned());
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// What a search for a name looks up: each word of it, cut where prefixes end.
#[must_use]
pub fn needles(search: &str) -> Vec<String> {
    let mut all: Vec<String> = words(search)
        .into_iter()
        .map(|word| word.chars().take(LONGEST).collect())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// An e-mail address in the spelling that accounts are found by, or none when the text has not the shape of one.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    Email::parse(text).map(|email| email.as_str().to_owned())
}

/// A telephone number in E.164, or none when it is none. `country` is the code (`1`, `49`) of numbers written without
/// one; without it only international numbers are taken.
#[must_use]
pub fn phone(text: &str, country: Option<&str>) -> Option<String> {
    let text = text.trim();
    let (international, rest) = match text.strip_prefix('+').or_else(|| text.strip_prefix("00")) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let separator = |letter: char| {
        matches!(
            letter,
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' | '\u{2011}'
        )
    };
    if !rest
        .chars()
        .all(|letter| letter.is_ascii_digit() || separator(letter))
    {
        return None;
    }
    let mut digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    if !international {
        let country = country?;
        let trunk_dropped = digits.trim_start_matches('0');
        // `1-555-…` within country 1 carries its country already.
        digits = match trunk_dropped.strip_prefix(country) {
            Some(_) if country == "1" && trunk_dropped.len() == 11 => trunk_dropped.to_owned(),
            _ => format!("{country}{trunk_dropped}"),
        };
    }
    let fits = (7..=15).contains(&digits.len()) && !digits.starts_with('0');
    fits.then(|| format!("+{digits}"))
}

/// A medical record number as it is looked up: upper case, or none when it has other letters than such numbers have.
#[must_use]
pub fn mrn(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/' | b'_'));
    fits.then(|| text.to_ascii_uppercase())
}

#[cfg(test)]
mod tests;
