//! Why one entry cannot be taken. Names elements, never what stands in them.

use std::fmt;

/// What is wrong with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Problem {
    /// It is not there, and nothing can stand in for it.
    Missing,
    /// It is not what FHIR R4 allows there, or more than this reader takes.
    Malformed,
    /// It is a year or a month where a day or an instant is needed.
    Partial,
    /// It is an instant without an offset from UTC.
    WithoutOffset,
    /// It is a code that FHIR R4 does not have there.
    UnknownCode,
    /// It is sound, but of a kind that this clinic has no place for.
    NotTaken,
}

/// Why one entry cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Refusal {
    /// The element, by its path within the resource, or `entry` or `resource` for the whole.
    pub element: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

impl Refusal {
    pub(super) const fn new(element: &'static str, problem: Problem) -> Self {
        Self { element, problem }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.problem {
            Problem::Missing => "is missing",
            Problem::Malformed => "is malformed or too large",
            Problem::Partial => "is not exact enough",
            Problem::WithoutOffset => "has no offset from UTC",
            Problem::UnknownCode => "has an unknown code",
            Problem::NotTaken => "is of a kind that is not taken",
        };
        write!(out, "{} {words}", self.element)
    }
}
