//! The shape of the settings table: what a setting is, and the macro that turns one list into structs, readers and documentation.
//!
//! It refuses to know what any setting is about: that stands in `settings`. A derive macro of serde lost: it stops at the first
//! fault, and the variables, defaults and manual would each be another list to keep equal by hand.

use super::value::Value;

/// What variables of ours begin with.
pub(super) const PREFIX: &str = "PATIENT_TRACKER_";

/// Whether the text of a setting may be repeated to whoever reads the terminal or a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// May be shown.
    Open,
    /// May hold a password, which is masked when shown and never quoted in a fault.
    Password,
    /// A key: never shown, never taken from the configuration file itself.
    Key,
}

/// What holds when nobody says anything.
#[derive(Debug, Clone, Copy)]
pub(super) enum Preset {
    /// The same text in both modes; `{data}` stands for the data folder.
    Is(&'static str),
    /// Another text in each mode: first embedded, then production.
    ByMode(&'static str, &'static str),
    /// Nothing.
    Unset,
}

/// One setting: its names, default, meaning and form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// The table of the configuration file it stands in.
    pub section: &'static str,
    /// What the section is for.
    pub about: &'static str,
    /// Its name within the section.
    pub name: &'static str,
    /// What it means, as written above the field.
    pub doc: &'static str,
    /// What holds when nobody says anything.
    pub preset: Preset,
    /// What a number counts; empty where the form says it.
    pub unit: &'static str,
    /// Whether it may be shown.
    pub secrecy: Secrecy,
    /// What may be written, in words.
    pub form: fn() -> String,
}

impl Setting {
    /// The name in faults and documents, such as `http.listen`.
    pub fn key(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// The environment variable; the two addresses keep the names that every hosting service sets.
    pub fn variable(&self) -> String {
        match (self.section, self.name) {
            ("database", "url") => "DATABASE_URL".to_owned(),
            ("redis", "url") => "REDIS_URL".to_owned(),
            (section, name) => format!("{PREFIX}{section}_{name}").to_ascii_uppercase(),
        }
    }

    /// Whether its value may instead be read from a file that `<name>_file` points to.
    pub fn has_file(&self) -> bool {
        self.secrecy != Secrecy::Open
    }
}

/// The words for a range, for the manual.
pub(super) fn range<V: Value>(low: &V, high: &V) -> String {
    format!("{} to {}", low.text(), high.text())
}

/// Refuses what lies outside the range, both ends included.
pub(super) fn within<V: Value + PartialOrd>(value: &V, low: &V, high: &V) -> Result<(), String> {
    if value < low || value > high {
        return Err(format!("is outside {} to {}", low.text(), high.text()));
    }
    Ok(())
}

/// Turns the list in `settings` into one struct per section, each with a reader, and the table `SETTINGS`.
macro_rules! sections {
    ($(
        #[doc = $about:literal]
        $section:ident: $Section:ident {
            $(
                $(#[doc = $doc:literal])+
                $name:ident: $kind:ty = $preset:expr, $unit:literal $(, $low:expr => $high:expr)?;
            )+
        }
    )+) => {
        $(
            #[doc = $about]
            #[derive(Debug, Clone)]
            pub struct $Section {
                $( $(#[doc = $doc])+ pub $name: $kind, )+
            }

            impl $Section {
                pub(super) fn read(reader: &mut Reader) -> Option<Self> {
                    $(
                        let $name = reader.take::<$kind>(
                            const { &sections!(@setting $section $about $name [$($doc)+] $kind, $preset, $unit $(, $low => $high)?) },
                            sections!(@check $kind $(, $low => $high)?),
                        );
                    )+
                    Some(Self { $( $name: $name?, )+ })
                }
            }
        )+

        /// Every setting there is, in the order of the manual.
        pub(super) const SETTINGS: &[Setting] = &[
            $( $( sections!(@setting $section $about $name [$($doc)+] $kind, $preset, $unit $(, $low => $high)?), )+ )+
        ];
    };
    (@setting $section:ident $about:literal $name:ident [$($doc:literal)+] $kind:ty, $preset:expr, $unit:literal $(, $low:expr => $high:expr)?) => {
        Setting {
            section: stringify!($section),
            about: $about.trim_ascii(),
            name: stringify!($name),
            doc: concat!($($doc),+).trim_ascii(),
            preset: $preset,
            unit: $unit,
            secrecy: <$kind as Value>::SECRECY,
            form: sections!(@form $kind $(, $low => $high)?),
        }
    };
    (@check $kind:ty) => { |_: &$kind| Ok(()) };
    (@check $kind:ty, $low:expr => $high:expr) => { |value: &$kind| within::<$kind>(value, &$low, &$high) };
    (@form $kind:ty) => { <$kind as Value>::form };
    (@form $kind:ty, $low:expr => $high:expr) => { || range::<$kind>(&$low, &$high) };
}
pub(super) use sections;
