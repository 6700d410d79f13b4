//! E-mail addresses: their shape, and the one spelling by which an account is found.

use crate::vault::Vault;
use entity::cell::BlindIndex;

/// Characters that an address has at most (RFC 5321).
const LONGEST: usize = 254;
/// Characters before the `@` at most (RFC 5321).
const LONGEST_LOCAL: usize = 64;

/// An address of proper shape, in lower case. That mail arrives there is not known.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The address in this text, if it has the shape of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let address = normal(text);
        let (local, domain) = address.split_once('@')?;
        let short = address.chars().count() <= LONGEST && local.chars().count() <= LONGEST_LOCAL;
        let labels: Vec<&str> = domain.split('.').collect();
        let shaped = local.split('.').all(is_atom)
            && labels.len() >= 2
            && labels.iter().all(|label| is_label(label));
        (short && shaped).then_some(Self(address))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, as it is found in the table of accounts.
    #[must_use]
    pub fn index(&self, vault: &Vault) -> BlindIndex {
        index_of(vault, &self.0)
    }
}

/// For logs: never the address.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email(…)")
    }
}

/// What somebody who signs in calls an address, as it would be found if it were one: a text of no proper shape takes
/// the same way and finds nothing.
pub(super) fn index_of(vault: &Vault, text: &str) -> BlindIndex {
    vault.index().of("user.email", normal(text).as_bytes())
}

fn normal(text: &str) -> String {
    text.trim().to_lowercase()
}

fn is_atom(part: &str) -> bool {
    let banned = |c: char| c.is_control() || c.is_whitespace() || "()<>[]:;,\\\"@".contains(c);
    !part.is_empty() && !part.contains(banned)
}

fn is_label(label: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    edge(label.chars().next())
        && edge(label.chars().next_back())
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::Email;
    use crate::vault::Vault;
    use proptest::prelude::*;

    #[test]
    fn addresses_of_proper_shape_are_taken_in_lower_case() {
        for good in [
            "ana@example.org",
            " Ana.Lopez+clinic@Mail.Example.ORG ",
            "o'hara@example.org",
            "õie@näide.ee",
            "a@b.c",
        ] {
            let email = Email::parse(good).unwrap();
            assert_eq!(email.as_str(), good.trim().to_lowercase());
        }
    }

    #[test]
    fn other_texts_are_not() {
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("a@{}.org", "b".repeat(250));
        for bad in [
            "",
            "@",
            "ana",
            "ana@",
            "@example.org",
            "ana@localhost",
            "ana@@example.org",
            "ana@example..org",
            "ana@.org",
            ".ana@example.org",
            "ana..b@example.org",
            "ana b@example.org",
            "ana@exa mple.org",
            "ana@-example.org",
            "ana@example-.org",
            "ana@example.org\nbcc:x@y.org",
            "\"a\"@example.org",
            "ana@example.org,b@c.org",
            "<ana@example.org>",
            "ana@[127.0.0.1]",
            &long,
            &longer,
        ] {
            assert_eq!(Email::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn spellings_of_one_address_meet() {
        let vault = Vault::new(&[1; 32], &[2; 32]);
        let one = Email::parse("Ana@Example.org").unwrap();
        assert_eq!(
            one.index(&vault),
            super::index_of(&vault, " ANA@example.ORG")
        );
        assert_ne!(
            one.index(&vault),
            super::index_of(&vault, "ana@example.com")
        );
    }

    proptest! {
        #[test]
        fn an_address_that_was_taken_is_taken_again(text in "\\PC{0,20}@\\PC{0,20}") {
            if let Some(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Some(email));
            }
        }
    }
}
