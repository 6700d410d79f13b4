//! The parts that all contents share: coded concepts, texts, times.

use crate::patient::input::{At as _, Invalid, Problem, line, optional_line};
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use entity::code::{Coding, RecordStatus};
use serde::{Deserialize, Serialize};

/// The longest words of a concept, and the longest line, in characters.
const LONGEST_LINE: usize = 300;
/// The longest note, in characters.
const LONGEST_NOTE: usize = 4000;
/// The longest code, in characters.
const LONGEST_CODE: usize = 100;
/// The most codings of one concept.
pub const MOST_CODINGS: usize = 5;
/// Clocks differ by so much.
const SKEW: TimeDelta = TimeDelta::minutes(5);
/// Nobody who is alive had anything before.
const EARLIEST_YEAR: i32 = 1880;

/// A thing of medicine: in words always, and in as many code systems as name it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Concept {
    /// The words, as they were written.
    pub text: String,
    /// Its codes, the one that was chosen first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codings: Vec<Coding>,
}

/// A concept in one spelling; without words of its own it takes those of its first code.
///
/// # Errors
/// When there are no words at all, a part is too long or has characters that it cannot have, or there are too many codes.
pub fn concept(concept: &Concept) -> Result<Concept, Invalid> {
    if concept.codings.len() > MOST_CODINGS {
        return Err(Problem::TooMany).at("codings");
    }
    let first = concept.codings.first().map(|coding| &coding.display);
    let words = match concept.text.trim() {
        "" => first.unwrap_or(&concept.text),
        _ => &concept.text,
    };
    let text = line(words, LONGEST_LINE).at("text")?;
    let one = |coding: &Coding| {
        Ok(Coding {
            system: token(&coding.system, LONGEST_LINE).at("system")?,
            code: token(&coding.code, LONGEST_CODE).at("code")?,
            display: optional_line(Some(&coding.display), LONGEST_LINE)
                .at("display")?
                .unwrap_or_else(|| text.clone()),
        })
    };
    let codings = concept.codings.iter().enumerate();
    let codings = codings.map(|(place, coding)| {
        one(coding)
            .map_err(|invalid: Invalid| invalid)
            .at(place)
            .at("codings")
    });
    let codings = codings.collect::<Result<_, _>>()?;
    Ok(Concept { text, codings })
}

/// A word without blanks: a code, or the URI of a system.
///
/// # Errors
/// When it is none, too long, or has a character that it cannot have.
pub fn token(text: &str, most: usize) -> Result<String, Problem> {
    let text = line(text, most)?;
    match text.contains(char::is_whitespace) {
        true => Err(Problem::InvalidCharacter),
        false => Ok(text),
    }
}

/// A line that may be absent.
///
/// # Errors
/// When it is too long or has a control character.
pub fn optional(text: Option<&String>) -> Result<Option<String>, Problem> {
    optional_line(text.map(String::as_str), LONGEST_LINE)
}

/// A text of several lines that may be absent; a blank one is.
///
/// # Errors
/// When it is too long or has a control character that ends no line.
pub fn note(text: Option<&String>) -> Result<Option<String>, Problem> {
    prose(text, LONGEST_NOTE)
}

/// The same of at most so many characters.
///
/// # Errors
/// When it is too long or has a control character that ends no line.
pub fn prose(text: Option<&String>, most: usize) -> Result<Option<String>, Problem> {
    let text = text.map(|text| text.trim()).filter(|text| !text.is_empty());
    let Some(text) = text else { return Ok(None) };
    if text.chars().nth(most).is_some() {
        Err(Problem::TooLong)
    } else if text.chars().any(|c| c.is_control() && c != '\n') {
        Err(Problem::InvalidCharacter)
    } else {
        Ok(Some(text.to_owned()))
    }
}

/// An instant that has come.
///
/// # Errors
/// When it has not, or lies too long ago.
pub fn past(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
    if at > now + SKEW {
        Err(Problem::InTheFuture)
    } else if at.year() < EARLIEST_YEAR {
        Err(Problem::TooEarly)
    } else {
        Ok(at)
    }
}

/// A status that can be given: *entered in error* has a verb of its own.
///
/// # Errors
/// When it is that, or none of this kind's.
pub fn status(status: RecordStatus, known: &[RecordStatus]) -> Result<RecordStatus, Problem> {
    match known.contains(&status) {
        true => Ok(status),
        false => Err(Problem::NotGivenHere),
    }
}

/// Two ends in their order, as far as they are known.
///
/// # Errors
/// When the second comes before the first.
pub fn in_order(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Result<(), Problem> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => Err(Problem::EndsBeforeStart),
        _ => Ok(()),
    }
}
