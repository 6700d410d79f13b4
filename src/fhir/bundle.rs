//! Walks a Bundle without holding more than one of its entries. Knows nothing of what is in them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::clinical::security;
use super::entry::{Content, Entry, entry};

/// The longest entry that is read, in bytes, give or take one read buffer. Patients with a photograph are far below.
pub const MAX_ENTRY_BYTES: u64 = 8 * 1024 * 1024;

/// How many different types a summary lists; FHIR R4 has fewer than 150.
const MAX_TYPES: usize = 256;

const BUFFER_BYTES: usize = 64 * 1024;

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What kind of bundle was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleKind {
    /// FHIR `transaction`: all of it or nothing is to be taken.
    Transaction,
    /// FHIR `batch`.
    Batch,
    /// FHIR `collection`.
    Collection,
    /// FHIR `searchset`.
    Searchset,
    /// FHIR `document`: a Composition, and what it speaks of.
    Document,
}

impl BundleKind {
    fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "transaction" => Self::Transaction,
            "batch" => Self::Batch,
            "collection" => Self::Collection,
            "searchset" => Self::Searchset,
            "document" => Self::Document,
            _ => return None,
        })
    }
}

/// How many entries of one type a bundle had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub entries: u64,
    /// Those among them that were refused.
    pub refused: u64,
}

/// What a bundle had in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleSummary {
    /// Its kind.
    pub kind: BundleKind,
    /// How many entries it had.
    pub entries: u64,
    /// How many of each type; `(none)` counts entries without a type, `(more)` types past the 256th.
    pub by_type: BTreeMap<String, Tally>,
}

/// Why a bundle could not be read to its end. Carries places, never content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleFault {
    /// The source failed.
    Unreadable(io::ErrorKind),
    /// It is not JSON, or breaks off.
    NotJson {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
    /// It is JSON, but not a Bundle resource.
    NotABundle,
    /// It is a Bundle of a kind that carries no records to take (a message, a history, a response), or of
    /// none.
    UnsupportedKind,
    /// A label keeps all of it from some who may read charts, and whose entries those are, nobody says; or rules of its own
    /// (`implicitRules`) change what it means.
    Restricted,
    /// An entry, or something beside the entries, is longer than [`MAX_ENTRY_BYTES`].
    TooLarge {
        /// How many entries came before.
        position: u64,
    },
    /// The receiver of the entries broke off.
    Stopped,
}

impl fmt::Display for BundleFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(kind) => write!(out, "cannot be read: {kind}"),
            Self::NotJson { line, column } => {
                write!(out, "not JSON at line {line}, column {column}")
            }
            Self::NotABundle => out.write_str("not a FHIR Bundle"),
            Self::UnsupportedKind => out.write_str(
                "not a bundle of type transaction, batch, collection, searchset or document",
            ),
            Self::Restricted => out.write_str(
                "labelled R or V as a whole (meta.security), or under rules of its own (implicitRules)",
            ),
            Self::TooLarge { position } => write!(
                out,
                "longer than {MAX_ENTRY_BYTES} bytes at entry {position}"
            ),
            Self::Stopped => out.write_str("stopped"),
        }
    }
}

impl std::error::Error for BundleFault {}

/// Reads a Bundle, handing each entry to `on_entry` as soon as it is read. `on_entry` may break off, which ends the
/// reading with [`BundleFault::Stopped`]. After any fault, entries that were handed out must not be kept.
pub fn read_bundle<R: Read>(
    source: R,
    on_entry: impl FnMut(Entry) -> ControlFlow<()>,
) -> Result<BundleSummary, BundleFault> {
    let left = Rc::new(Cell::new(0));
    let mut source = BufReader::with_capacity(
        BUFFER_BYTES,
        Limited {
            source,
            left: Rc::clone(&left),
        },
    );
    let mut walk = Walk {
        on_entry,
        left,
        fault: None,
        is_bundle: false,
        kind: None,
        entries: 0,
        by_type: BTreeMap::new(),
    };
    walk.renew();
    // Some put a mark of its encoding before a file; JSON has none.
    let begins = source
        .fill_buf()
        .map_err(|error| BundleFault::Unreadable(error.kind()))?;
    if begins.starts_with(MARK) {
        source.consume(MARK.len());
    }
    let mut json = serde_json::Deserializer::from_reader(source);
    let read = BundleSeed(&mut walk)
        .deserialize(&mut json)
        .and_then(|()| json.end());
    if let Err(error) = read {
        return Err(walk.fault.unwrap_or_else(|| walk.name(&error)));
    }
    if !walk.is_bundle {
        return Err(BundleFault::NotABundle);
    }
    Ok(BundleSummary {
        kind: walk.kind.ok_or(BundleFault::UnsupportedKind)?,
        entries: walk.entries,
        by_type: walk.by_type,
    })
}

/// A source that fails once it has given more than it may before the allowance is renewed.
struct Limited<R> {
    source: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let count = self.source.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(count as u64));
        Ok(count)
    }
}

/// What is known of the bundle so far.
struct Walk<F> {
    on_entry: F,
    left: Rc<Cell<u64>>,
    fault: Option<BundleFault>,
    is_bundle: bool,
    kind: Option<BundleKind>,
    entries: u64,
    by_type: BTreeMap<String, Tally>,
}

impl<F: FnMut(Entry) -> ControlFlow<()>> Walk<F> {
    fn renew(&self) {
        self.left.set(MAX_ENTRY_BYTES);
    }

    fn name(&self, error: &serde_json::Error) -> BundleFault {
        match error.classify() {
            Category::Io if self.left.get() == 0 => BundleFault::TooLarge {
                position: self.entries,
            },
            Category::Io => {
                BundleFault::Unreadable(error.io_error_kind().unwrap_or(io::ErrorKind::Other))
            }
            Category::Syntax | Category::Eof => BundleFault::NotJson {
                line: error.line(),
                column: error.column(),
            },
            Category::Data => BundleFault::NotABundle,
        }
    }

    /// Ends the walk with a fault of our own; what serde is told is lost on purpose.
    fn fail<E: de::Error>(&mut self, fault: BundleFault) -> E {
        self.fault = Some(fault);
        E::custom("the walk ended")
    }

    fn take(&mut self, raw: &RawValue) -> ControlFlow<()> {
        let entry = entry(self.entries, raw);
        self.entries += 1;
        let known = entry.resource_type.as_deref().unwrap_or("(none)");
        let name = if self.by_type.len() < MAX_TYPES || self.by_type.contains_key(known) {
            known
        } else {
            "(more)"
        };
        let tally = self.by_type.entry(name.to_owned()).or_default();
        tally.entries += 1;
        tally.refused += u64::from(matches!(entry.content, Content::Refused(_)));
        (self.on_entry)(entry)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    ResourceType,
    Type,
    Meta,
    ImplicitRules,
    Entry,
    #[serde(other)]
    Other,
}

struct BundleSeed<'w, F>(&'w mut Walk<F>);

impl<'de, F: FnMut(Entry) -> ControlFlow<()>> DeserializeSeed<'de> for BundleSeed<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de, F: FnMut(Entry) -> ControlFlow<()>> Visitor<'de> for BundleSeed<'_, F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a Bundle")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut entries_seen = false;
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::ResourceType => {
                    self.0.is_bundle = map.next_value::<String>()? == "Bundle";
                    if !self.0.is_bundle {
                        return Err(self.0.fail(BundleFault::NotABundle));
                    }
                }
                Key::Type => {
                    self.0.kind = BundleKind::of_code(&map.next_value::<String>()?);
                    if self.0.kind.is_none() {
                        return Err(self.0.fail(BundleFault::UnsupportedKind));
                    }
                }
                Key::ImplicitRules => return Err(self.0.fail(BundleFault::Restricted)),
                Key::Meta => {
                    let meta = map.next_value::<Box<RawValue>>()?;
                    // What cannot be read may be such a label.
                    let labels = security(Some(&meta)).ok();
                    let restricted = |label: &String| label == "R" || label == "V";
                    if labels.is_none_or(|labels| labels.iter().any(restricted)) {
                        return Err(self.0.fail(BundleFault::Restricted));
                    }
                }
                // Two lists of entries are none that anyone wrote on purpose.
                Key::Entry if entries_seen => return Err(self.0.fail(BundleFault::NotABundle)),
                Key::Entry => {
                    entries_seen = true;
                    map.next_value_seed(EntriesSeed(&mut *self.0))?;
                }
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            self.0.renew();
        }
        Ok(())
    }
}

struct EntriesSeed<'w, F>(&'w mut Walk<F>);

impl<'de, F: FnMut(Entry) -> ControlFlow<()>> DeserializeSeed<'de> for EntriesSeed<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Entry) -> ControlFlow<()>> Visitor<'de> for EntriesSeed<'_, F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.renew();
        while let Some(raw) = list.next_element::<Box<RawValue>>()? {
            if self.0.take(&raw).is_break() {
                return Err(self.0.fail(BundleFault::Stopped));
            }
            self.0.renew();
        }
        Ok(())
    }
}
