//! What patients are searched by: keyed hashes of their name's prefixes, birth date, e-mail address and telephone
//! number. Equality leaks, and how common a prefix is; nothing else does. Knows no table.

use super::cells::{Contact, Name};
use super::normal;
use crate::vault::IndexKey;
use chrono::NaiveDate;
use entity::cell::BlindIndex;

/// What a token is of. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// A prefix of a given or family name.
    Name = 1,
    /// The date of birth.
    BirthDate = 2,
    /// The e-mail address.
    Email = 3,
    /// The telephone number.
    Phone = 4,
}

impl TokenKind {
    /// As it is stored.
    #[must_use]
    pub const fn stored(self) -> i16 {
        self as i16
    }

    const fn column(self) -> &'static str {
        match self {
            Self::Name => "patient_index.name",
            Self::BirthDate => "patient_index.birth_date",
            Self::Email => "patient_index.email",
            Self::Phone => "patient_index.phone",
        }
    }
}

/// One token of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// What it is of.
    pub kind: TokenKind,
    /// Its keyed hash.
    pub hash: BlindIndex,
}

impl Token {
    fn new(index: &IndexKey, kind: TokenKind, value: &str) -> Self {
        Self {
            kind,
            hash: index.of(kind.column(), value.as_bytes()),
        }
    }
}

/// The tokens that a name is found by.
#[must_use]
pub fn of_name(index: &IndexKey, name: &Name) -> Vec<Token> {
    let parts = name.given.iter().chain([&name.family]);
    normal::prefixes(parts.map(String::as_str))
        .iter()
        .map(|prefix| Token::new(index, TokenKind::Name, prefix))
        .collect()
}

/// The token that a birth date is found by.
#[must_use]
pub fn of_birth_date(index: &IndexKey, day: NaiveDate) -> Token {
    Token::new(index, TokenKind::BirthDate, &day.to_string())
}

/// The tokens that a contact is found by.
#[must_use]
pub fn of_contact(index: &IndexKey, contact: &Contact) -> Vec<Token> {
    let email = contact.email.as_deref().map(|email| of_email(index, email));
    let phone = contact.phone.as_deref().map(|phone| of_phone(index, phone));
    email.into_iter().chain(phone).collect()
}

/// The token of an e-mail address in its one spelling.
#[must_use]
pub fn of_email(index: &IndexKey, email: &str) -> Token {
    Token::new(index, TokenKind::Email, email)
}

/// The token of a telephone number in E.164.
#[must_use]
pub fn of_phone(index: &IndexKey, phone: &str) -> Token {
    Token::new(index, TokenKind::Phone, phone)
}

/// The tokens that a search for a name asks for, all of which must be there.
#[must_use]
pub fn of_search(index: &IndexKey, name: &str) -> Vec<Token> {
    normal::needles(name)
        .iter()
        .map(|needle| Token::new(index, TokenKind::Name, needle))
        .collect()
}

/// The hash that a medical record number is looked up by; none when the text is no such number.
#[must_use]
pub fn of_mrn(index: &IndexKey, mrn: &str) -> Option<BlindIndex> {
    normal::mrn(mrn).map(|mrn| index.of("patient.mrn", mrn.as_bytes()))
}

/// The hash that a record is recognised by when it is imported again.
#[must_use]
pub fn of_source(index: &IndexKey, source: &str) -> BlindIndex {
    index.of("patient.source", source.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Vault;

    fn name(given: &str, family: &str) -> Name {
        Name {
            given: vec![given.to_owned()],
            family: family.to_owned(),
            prefix: Some("Dr.".to_owned()),
        }
    }

    #[test]
    fn each_word_of_a_search_finds_a_name_that_begins_so() {
        let vault = Vault::new(&[1; 32], &[2; 32]);
        let kept = of_name(vault.index(), &name("Zoë", "Lindqvist"));
        for typed in ["zo", "LINDQ", "lind zoe", "Zoé Lindqvist"] {
            let asked = of_search(vault.index(), typed);
            assert!(
                !asked.is_empty() && asked.iter().all(|token| kept.contains(token)),
                "{typed}"
            );
        }
        for typed in ["indq", "zoe lindb", "dr"] {
            let asked = of_search(vault.index(), typed);
            assert!(!asked.iter().all(|token| kept.contains(token)), "{typed}");
        }
    }

    #[test]
    fn the_same_text_has_another_token_in_another_kind() {
        let vault = Vault::new(&[1; 32], &[2; 32]);
        let email = of_email(vault.index(), "x");
        assert_ne!(email.hash, of_phone(vault.index(), "x").hash);
    }
}
