//! Reads single elements of a resource, within bounds. Knows no resource and no type of FHIR beyond text and list.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::refusal::{Problem, Refusal};

/// The longest text that is taken, in characters.
pub const MAX_TEXT: usize = 500;

/// The longest list that is taken, in elements.
pub const MAX_LIST: usize = 128;

/// Reads one element of a resource. Each is read by itself so that a refusal can name it.
pub(super) fn read<'a, T: Deserialize<'a>>(
    raw: Option<&'a RawValue>,
    element: &'static str,
) -> Result<Option<T>, Refusal> {
    raw.map_or(Ok(None), |raw| serde_json::from_str(raw.get()))
        .map_err(|_| Refusal::new(element, Problem::Malformed))
}

/// Reads a list; an absent one is empty.
pub(super) fn read_list<'a, T: Deserialize<'a>>(
    raw: Option<&'a RawValue>,
    element: &'static str,
) -> Result<Vec<T>, Refusal> {
    Ok(read::<Few<T>>(raw, element)?.unwrap_or_default().0)
}

/// What of a list can be read; of what is told beside, a part that cannot is left out, and the rest is sound without it.
pub(super) fn read_sound<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Vec<T> {
    let all = raw.and_then(|raw| serde_json::from_str::<Vec<&RawValue>>(raw.get()).ok());
    let all = all.unwrap_or_default().into_iter().take(MAX_LIST);
    all.filter_map(|one| serde_json::from_str(one.get()).ok())
        .collect()
}

/// Reads a text; an empty one is absent.
pub(super) fn read_text(
    raw: Option<&RawValue>,
    element: &'static str,
) -> Result<Option<String>, Refusal> {
    Ok(read::<Text>(raw, element)?.and_then(Text::said))
}

/// A text of at most [`MAX_TEXT`] characters, trimmed, without control characters other than tabs and line ends.
pub(super) struct Text(String);

impl Text {
    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// A text that was read before.
    pub(super) fn of(text: String) -> Self {
        Self(text)
    }

    /// The text, if there is any.
    pub(super) fn said(self) -> Option<String> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Text;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a text of bounded length")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                let text = text.trim();
                let control =
                    |letter: char| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r');
                if text.chars().nth(MAX_TEXT).is_some() || text.contains(control) {
                    return Err(E::custom("not a text that is taken"));
                }
                Ok(Text(text.to_owned()))
            }
        }
        source.deserialize_str(Reader)
    }
}

/// The longest text of several lines that is taken, in characters.
pub const MAX_PROSE: usize = 10_000;

/// A text of at most [`MAX_PROSE`] characters, trimmed, without control characters other than tabs and line ends.
pub(super) struct Prose(String);

impl Prose {
    /// The text, if there is any.
    pub(super) fn said(self) -> Option<String> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

impl<'de> Deserialize<'de> for Prose {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = String::deserialize(source)?;
        let text = text.trim().replace("\r\n", "\n").replace('\t', " ");
        let control = |letter: char| letter.is_control() && letter != '\n';
        if text.chars().nth(MAX_PROSE).is_some() || text.contains(control) {
            return Err(de::Error::custom("not a text that is taken"));
        }
        Ok(Self(text))
    }
}

/// Reads a text of several lines; an empty one is absent.
pub(super) fn read_prose(
    raw: Option<&RawValue>,
    element: &'static str,
) -> Result<Option<String>, Refusal> {
    Ok(read::<Prose>(raw, element)?.and_then(Prose::said))
}

/// A list of at most [`MAX_LIST`] elements. FHIR writes null where an element has extensions only; those are left out.
pub(super) struct Few<T>(pub(super) Vec<T>);

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Few<T>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a list of bounded length")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Few<T>, A::Error> {
                let mut list = Vec::new();
                for _ in 0..MAX_LIST {
                    match source.next_element::<Option<T>>()? {
                        Some(element) => list.extend(element),
                        None => return Ok(Few(list)),
                    }
                }
                match source.next_element::<de::IgnoredAny>()? {
                    None => Ok(Few(list)),
                    Some(_) => Err(de::Error::custom("too many elements")),
                }
            }
        }
        source.deserialize_seq(Reader(PhantomData))
    }
}

/// The texts that are not empty.
pub(super) fn said(texts: Option<Few<Text>>) -> Vec<String> {
    texts
        .unwrap_or_default()
        .0
        .into_iter()
        .filter_map(Text::said)
        .collect()
}
