//! What can be written as a setting: numbers, switches, durations, paths, lists and words, each read from text and written back.
//!
//! It knows forms, not meanings: which setting takes which form stands in `settings`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::table::Secrecy;

/// A kind of value a setting can have.
pub(super) trait Value: Sized {
    /// Whether values of this kind may be shown.
    const SECRECY: Secrecy = Secrecy::Open;

    /// What may be written, in words, for the manual.
    fn form() -> String;

    /// The value of a text; the error ends a sentence that begins with the value.
    fn parse(text: &str) -> Result<Self, String>;

    /// The value of a list; most kinds take one value only.
    fn parse_list(_items: &[String]) -> Result<Self, String> {
        Err("is a list where one value is expected".to_owned())
    }

    /// The value when nothing is given and there is no default.
    fn absent() -> Option<Self> {
        None
    }

    /// The value as text, masked where it is secret.
    fn text(&self) -> String;

    /// The value as it stands in a configuration file, or nothing when it cannot stand there.
    fn literal(&self) -> Option<String> {
        Some(quoted(&self.text()))
    }
}

/// A TOML string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

impl Value for bool {
    fn form() -> String {
        "`true` or `false`".to_owned()
    }
    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "is neither true nor false".to_owned())
    }
    fn text(&self) -> String {
        self.to_string()
    }
    fn literal(&self) -> Option<String> {
        Some(self.text())
    }
}

/// Whole numbers differ only in their width.
macro_rules! whole_numbers {
    ($($kind:ty),+) => {$(
        impl Value for $kind {
            fn form() -> String {
                "whole number".to_owned()
            }
            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("is not a whole number up to {}", Self::MAX))
            }
            fn text(&self) -> String {
                self.to_string()
            }
            fn literal(&self) -> Option<String> {
                Some(self.text())
            }
        }
    )+};
}
whole_numbers!(u32, usize);

/// Units of time that may follow a number, longest first so that writing back finds the shortest text.
const TIME_UNITS: &[(&str, u64)] = &[
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("min", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

impl Value for Duration {
    fn form() -> String {
        "duration (`500ms`, `10s`, `30min`, `12h`, `7d`)".to_owned()
    }
    // A bare number is refused: whether `30` means seconds or minutes is how sessions come to live sixty times too long.
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "is not a duration with its unit, such as 10s, 30min or 12h".to_owned();
        let digits = text.trim_end_matches(|sign: char| sign.is_ascii_alphabetic());
        let unit = text[digits.len()..].trim();
        let (_, millis) = TIME_UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(wrong)?;
        let count: u64 = digits.trim_end().parse().map_err(|_| wrong())?;
        count
            .checked_mul(*millis)
            .map(Duration::from_millis)
            .ok_or_else(wrong)
    }
    fn text(&self) -> String {
        let total = self.as_millis();
        for (name, millis) in TIME_UNITS {
            let millis = u128::from(*millis);
            if total >= millis && total.is_multiple_of(millis) {
                return format!("{}{name}", total / millis);
            }
        }
        "0s".to_owned()
    }
}

impl Value for SocketAddr {
    fn form() -> String {
        "address and port".to_owned()
    }
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            "is not a numeric address and port such as 127.0.0.1:8080 or [::1]:8080".to_owned()
        })
    }
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Value for PathBuf {
    fn form() -> String {
        "path".to_owned()
    }
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is not a path".to_owned());
        }
        Ok(Self::from(text))
    }
    fn text(&self) -> String {
        self.display().to_string()
    }
}

impl Value for String {
    fn form() -> String {
        "text".to_owned()
    }
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err("is empty or holds a control character".to_owned());
        }
        Ok(text.to_owned())
    }
    fn text(&self) -> String {
        self.clone()
    }
}

impl<V: Value> Value for Option<V> {
    const SECRECY: Secrecy = V::SECRECY;
    fn form() -> String {
        V::form()
    }
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(None);
        }
        V::parse(text).map(Some)
    }
    fn parse_list(items: &[String]) -> Result<Self, String> {
        V::parse_list(items).map(Some)
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn text(&self) -> String {
        self.as_ref().map(V::text).unwrap_or_default()
    }
    fn literal(&self) -> Option<String> {
        self.as_ref().and_then(V::literal)
    }
}

impl<V: Value> Value for Vec<V> {
    const SECRECY: Secrecy = V::SECRECY;
    fn form() -> String {
        format!("list, with commas in a variable: {}", V::form())
    }
    fn parse(text: &str) -> Result<Self, String> {
        // A file that holds a list has an item a line.
        let items = text.split([',', '\n']).map(str::trim);
        items
            .filter(|item| !item.is_empty())
            .map(V::parse)
            .collect()
    }
    fn parse_list(items: &[String]) -> Result<Self, String> {
        items.iter().map(|item| V::parse(item.trim())).collect()
    }
    fn absent() -> Option<Self> {
        Some(Self::new())
    }
    fn text(&self) -> String {
        self.iter().map(V::text).collect::<Vec<_>>().join(", ")
    }
    fn literal(&self) -> Option<String> {
        // Not even that there is none: a key has no place in the file that this is written into.
        if V::SECRECY == Secrecy::Key {
            return None;
        }
        let items: Vec<_> = self.iter().filter_map(V::literal).collect();
        Some(format!("[{}]", items.join(", ")))
    }
}

/// Declares a setting that is one of a few words.
macro_rules! words {
    ($( $(#[doc = $about:literal])+ $kind:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+ } )+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $kind { $( $(#[doc = $doc])+ $variant, )+ }

        impl Value for $kind {
            fn form() -> String {
                [$(concat!("`", $word, "`")),+].join(" or ")
            }
            fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $( $word => Ok(Self::$variant), )+
                    _ => Err(format!("is not {}", Self::form().replace('`', ""))),
                }
            }
            fn text(&self) -> String {
                match self { $( Self::$variant => $word.to_owned(), )+ }
            }
        }
    )+};
}

words! {
    /// Who may ask the schema what it contains.
    Introspection {
        /// Everyone.
        On = "on",
        /// A signed-in administrator.
        Token = "token",
        /// Nobody.
        Off = "off",
    }
    /// Which operations a socket takes.
    SocketOperations {
        /// Subscriptions; queries and mutations belong to HTTP, where each is limited and answered on its own.
        Subscriptions = "subscriptions",
        /// Queries and mutations too.
        All = "all",
    }
    /// Who must have a second factor.
    RequiredRole {
        /// Patients.
        Patient = "PATIENT",
        /// Doctors.
        Doctor = "DOCTOR",
        /// Administrators.
        Admin = "ADMIN",
        /// Analysts.
        Analyst = "ANALYST",
        /// Nobody; beside others it adds nothing.
        Nobody = "NONE",
    }
    /// Whether looks are recorded.
    AuditReads {
        /// Each before its answer leaves.
        Durable = "durable",
        /// Not at all; changes are all the same.
        Off = "off",
    }
    /// Which readings raise alerts.
    RaiseFrom {
        /// Those that are abnormal, and those that are critical.
        Abnormal = "abnormal",
        /// Those that are critical.
        Critical = "critical",
    }
    /// How a log line is written.
    LogFormat {
        /// For people.
        Text = "text",
        /// For machines: one JSON object a line.
        Json = "json",
    }
}
