//! How one resource names another. Resolves nothing.

use serde::Deserialize;

use super::part::WireIdentifier;
use super::wire::Text;

/// A resource as another one names it, in a form that compares equal to what [`super::Entry::names`] gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// By the address of its entry: `urn:uuid:…` (in lower case), or an absolute URL.
    Url(String),
    /// By its type and its id on the server it comes from: `Patient/123`.
    Local {
        /// The resource type.
        resource_type: String,
        /// The id.
        id: String,
    },
    /// By a business identifier: `Practitioner?identifier=system|value`, or a logical reference.
    Identified {
        /// The resource type.
        resource_type: String,
        /// The identifier's system; any when absent.
        system: Option<String>,
        /// The identifier's value.
        value: String,
    },
}

impl Reference {
    /// Reads the text of a reference. None for a contained resource (`#…`), a search that asks for anything but one
    /// identifier, and what is no reference.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') || text.contains(char::is_whitespace) {
            return None;
        }
        if let Some((resource_type, query)) = text.split_once('?') {
            return Self::search(resource_type, query);
        }
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        if !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Some(Self::url(text));
        }
        // A version of a resource (`Patient/123/_history/4`) means the resource.
        let mut steps = text.split('/');
        let (resource_type, id) = (steps.next()?, steps.next()?);
        let version_only = steps.next().is_none_or(|step| step == "_history");
        (is_resource_type(resource_type) && !id.is_empty() && version_only).then(|| Self::Local {
            resource_type: resource_type.to_owned(),
            id: id.to_owned(),
        })
    }

    /// An entry's address. UUIDs compare without regard to case, and so are told in lower case.
    pub(super) fn url(text: &str) -> Self {
        let uuid = text
            .get(..9)
            .is_some_and(|start| start.eq_ignore_ascii_case("urn:uuid:"));
        // A version of a resource means the resource.
        let resource = text
            .split_once("/_history/")
            .map_or(text, |(resource, _)| resource);
        Self::Url(match uuid {
            true => text.to_ascii_lowercase(),
            false => resource.to_owned(),
        })
    }

    /// Whether it means the same whoever says it: by an address, or by an identifier of a system.
    #[must_use]
    pub fn is_global(&self) -> bool {
        match self {
            Self::Url(_) => true,
            Self::Local { .. } => false,
            Self::Identified { system, .. } => system.is_some(),
        }
    }

    /// What is meant by it on the server of this address (R4, "Resolving references in Bundles").
    #[must_use]
    pub fn at(&self, base: Option<&str>) -> Self {
        match (self, base) {
            (Self::Local { resource_type, id }, Some(base)) => {
                Self::Url(format!("{base}/{resource_type}/{id}"))
            }
            _ => self.clone(),
        }
    }

    fn search(resource_type: &str, query: &str) -> Option<Self> {
        let token = decode(query.strip_prefix("identifier=")?)?;
        if !is_resource_type(resource_type) || query.contains('&') {
            return None;
        }
        let (system, value) = token.split_once('|').unwrap_or(("", &token));
        (!value.is_empty()).then(|| Self::Identified {
            resource_type: resource_type.to_owned(),
            system: (!system.is_empty()).then(|| system.to_owned()),
            value: value.to_owned(),
        })
    }

    /// The type of what is named, where the reference says so.
    #[must_use]
    pub fn resource_type(&self) -> Option<&str> {
        match self {
            Self::Url(_) => None,
            Self::Local { resource_type, .. } | Self::Identified { resource_type, .. } => {
                Some(resource_type)
            }
        }
    }
}

/// Whether a text could be the name of a resource type: letters, beginning with a capital.
pub(super) fn is_resource_type(text: &str) -> bool {
    let capital = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_uppercase());
    capital && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Undoes percent encoding; None where it is broken.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            bytes.push((digit()? * 16 + digit()?) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// FHIR's Reference, as it is written.
#[derive(Deserialize)]
pub(super) struct WireReference {
    reference: Option<Text>,
    #[serde(rename = "type")]
    resource_type: Option<Text>,
    identifier: Option<WireIdentifier>,
    display: Option<Text>,
}

/// A resource as another one mentions it: which, as far as that is told, and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Which.
    pub reference: Option<Reference>,
    /// In words.
    pub display: Option<String>,
}

impl WireReference {
    /// What is meant, and what it is called there.
    pub(super) fn mention(mut self, usual: &str) -> Mention {
        let display = self.display.take().and_then(Text::said);
        Mention {
            display,
            reference: self.read(usual),
        }
    }

    /// The id of what is contained in the same resource, if that is meant.
    pub(super) fn contained(&self) -> Option<&str> {
        self.reference.as_ref()?.text().strip_prefix('#')
    }

    /// What is meant; `usual` is the type of what stands in this place when nothing says otherwise.
    pub(super) fn read(self, usual: &str) -> Option<Reference> {
        if let Some(text) = self.reference.and_then(Text::said) {
            return Reference::parse(&text);
        }
        let identifier = self.identifier?.read()?;
        let resource_type = self.resource_type.and_then(Text::said);
        Some(Reference::Identified {
            resource_type: resource_type.unwrap_or_else(|| usual.to_owned()),
            system: identifier.system,
            value: identifier.value,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identified(resource_type: &str, system: Option<&str>, value: &str) -> Option<Reference> {
        Some(Reference::Identified {
            resource_type: resource_type.to_owned(),
            system: system.map(str::to_owned),
            value: value.to_owned(),
        })
    }

    #[test]
    fn each_way_of_naming_is_understood() {
        let url = |text: &str| Some(Reference::Url(text.to_owned()));
        assert_eq!(Reference::parse("urn:uuid:00AB"), url("urn:uuid:00ab"));
        assert_eq!(
            Reference::parse("https://example.org/fhir/Patient/1"),
            url("https://example.org/fhir/Patient/1")
        );
        let local = Reference::Local {
            resource_type: "Patient".to_owned(),
            id: "a-1".to_owned(),
        };
        assert_eq!(Reference::parse("Patient/a-1"), Some(local.clone()));
        assert_eq!(
            local.at(Some("https://example.org/fhir")),
            url("https://example.org/fhir/Patient/a-1").unwrap()
        );
        assert_eq!(local.at(None), local);
        assert_eq!(Reference::parse("Patient/a-1/_history/3"), Some(local));
        assert_eq!(
            Reference::parse("https://example.org/fhir/Patient/1/_history/3"),
            url("https://example.org/fhir/Patient/1")
        );
        assert_eq!(
            Reference::parse("Practitioner?identifier=http://example.org/npi|123"),
            identified("Practitioner", Some("http://example.org/npi"), "123")
        );
        assert_eq!(
            Reference::parse("Organization?identifier=http%3A%2F%2Fexample.org%7C9"),
            identified("Organization", Some("http://example.org"), "9")
        );
        assert_eq!(
            Reference::parse("Patient?identifier=9"),
            identified("Patient", None, "9")
        );
        assert_eq!(
            Reference::parse("Patient?identifier=|9"),
            identified("Patient", None, "9")
        );
    }

    #[test]
    fn what_names_nothing_is_no_reference() {
        for text in [
            "",
            " ",
            "#p1",
            "Patient",
            "Patient/",
            "patient/1",
            "Patient?name=x",
            "Patient?identifier=",
            "Patient?identifier=a|1&active=true",
            "Patient?identifier=%zz",
            "Patient/1/2",
            "a b/1",
        ] {
            assert_eq!(Reference::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer(text in ".{0,60}") {
            let _ = Reference::parse(&text);
        }
    }
}
