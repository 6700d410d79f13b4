//! Small things that reading entries of charts asks for again and again: codes, lines, and why something is not taken. Pure.

use super::report::{Kind, Report};
use crate::patient::input::{Invalid, Problem};
use entity::code::RecordStatus;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};
use std::borrow::Cow;

/// The status of what should not have been there.
pub(super) const IN_ERROR: &str = "entered-in-error";

/// Why an entry cannot be taken: an element and what is wrong with it, never what stands there.
pub(super) type Why = Cow<'static, str>;

/// A code as the chart knows it.
pub(super) fn coded<T: DeserializeOwned>(code: &str) -> Option<T> {
    T::deserialize(StrDeserializer::<Error>::new(code)).ok()
}

/// What is wrong, in words, with the path that leads there.
pub(super) fn why(invalid: &Invalid) -> Why {
    let path = invalid.path.iter();
    let path: Vec<&str> = path
        .map(String::as_str)
        .filter(|step| step.parse::<usize>().is_err())
        .collect();
    let words = match invalid.problem {
        Problem::Blank => "is missing",
        Problem::TooLong => "is too long",
        Problem::TooMany => "has too many elements",
        Problem::InTheFuture => "lies in the future",
        Problem::TooEarly => "lies too long ago",
        Problem::EndsBeforeStart => "ends before it begins",
        Problem::Implausible => "has a value that is not plausible",
        _ => "is not taken",
    };
    format!("{} {words}", path.join(".")).into()
}

/// A line: blanks and line ends are one blank each.
pub(super) fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A status; another in the place of *entered in error*, which nobody can give and is set last.
pub(super) fn standing(code: &str, instead: RecordStatus) -> RecordStatus {
    let status = coded(code).filter(|status| *status != RecordStatus::EnteredInError);
    status.unwrap_or(instead)
}

/// The lines of a note that are there.
pub(super) fn joined<const N: usize>(lines: [Option<String>; N]) -> Option<String> {
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Remarks on an entry that is taken.
pub(super) fn remark(report: &mut Report, kind: Kind, at: u64, notes: Vec<&'static str>) {
    for what in notes {
        report.note(kind, at, what);
    }
}
