//! What may be entered about a person, and how it is kept: trimmed, in one spelling, within bounds. Pure; what day it is
//! is told. The doctor's and the care room check by the same rules.

use super::cells::{Address, Contact, CoverageDetail, EmergencyContact, Name, Validity};
use super::normal;
use crate::access::Mask;
use chrono::{Datelike, NaiveDate};

/// The longest name, or part of one, in characters.
pub const LONGEST_NAME: usize = 100;
/// The longest line of other text, in characters.
pub const LONGEST_LINE: usize = 200;
/// The most given names.
const MOST_GIVEN: usize = 8;
/// The most lines of an address.
const MOST_LINES: usize = 5;
/// The most people to call.
const MOST_CONTACTS: usize = 10;
/// Nobody who is alive was born before.
const EARLIEST_YEAR: i32 = 1880;

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing is there, and something must be.
    Blank,
    /// More characters than are kept.
    TooLong,
    /// A control character, or one that turns round how others are shown.
    InvalidCharacter,
    /// Not the shape of an e-mail address.
    InvalidEmail,
    /// Not a telephone number with its country's code.
    InvalidPhone,
    /// Not a medical record number.
    InvalidMrn,
    /// Not a BCP 47 language tag.
    InvalidLanguage,
    /// Not an IANA time zone.
    InvalidZone,
    /// A day that has not come yet.
    InTheFuture,
    /// A day, or an instant, too long ago.
    TooEarly,
    /// An end before its beginning.
    EndsBeforeStart,
    /// One of several that go up, and it does not.
    OutOfOrder,
    /// More entries than are kept.
    TooMany,
    /// A measure that no body has.
    Implausible,
    /// A value that has a verb of its own, or belongs to something else.
    NotGivenHere,
    /// Something else has it already.
    Taken,
    /// It was signed, and stays as it is.
    Signed,
}

/// A value that is not taken, and where it stood in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong.
    pub problem: Problem,
    /// The names of the fields that lead to it, outermost first.
    pub path: Vec<String>,
    /// What else of the same input is not taken.
    pub others: Vec<Self>,
}

impl Invalid {
    /// This one and the others, in the order in which they were found.
    pub fn all(self) -> impl Iterator<Item = Self> {
        let Self {
            problem,
            path,
            others,
        } = self;
        let first = Self {
            problem,
            path,
            others: Vec::new(),
        };
        std::iter::once(first).chain(others)
    }
}

/// Checks several values, so that whoever wrote them hears of all that is wrong at once.
#[derive(Default)]
pub struct Checks(Vec<Invalid>);

impl Checks {
    /// The value, if it is taken.
    pub fn take<T>(&mut self, checked: Result<T, Invalid>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.0.extend(invalid.all());
                None
            }
        }
    }

    /// The whole, if all its values were taken.
    ///
    /// # Errors
    /// The first that was not, with the others.
    pub fn end<T>(self, whole: impl FnOnce() -> Option<T>) -> Result<T, Invalid> {
        let mut wrong = self.0.into_iter();
        match wrong.next() {
            Some(first) => Err(Invalid {
                others: wrong.collect(),
                ..first
            }),
            // Without a value there is a fault, so this is the whole.
            None => whole().ok_or_else(|| Problem::Blank.into()),
        }
    }
}

impl From<Problem> for Invalid {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            path: Vec::new(),
            others: Vec::new(),
        }
    }
}

/// Saying where a problem stands, from the inside out.
pub trait At<T> {
    /// The problem stands in this field.
    ///
    /// # Errors
    /// The problem, with one more field on its path.
    fn at(self, field: impl ToString) -> Result<T, Invalid>;
}

impl<T, E: Into<Invalid>> At<T> for Result<T, E> {
    fn at(self, field: impl ToString) -> Result<T, Invalid> {
        self.map_err(|problem| {
            let mut invalid = problem.into();
            let field = field.to_string();
            for other in &mut invalid.others {
                other.path.insert(0, field.clone());
            }
            invalid.path.insert(0, field);
            invalid
        })
    }
}

/// A line of text, trimmed.
///
/// # Errors
/// When it is blank, longer than `most` characters, or has a control character.
pub fn line(text: &str, most: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        Err(Problem::Blank)
    } else if text.chars().nth(most).is_some() {
        Err(Problem::TooLong)
    } else if text
        .chars()
        .any(|letter| letter.is_control() || overrides(letter))
    {
        Err(Problem::InvalidCharacter)
    } else {
        Ok(text.to_owned())
    }
}

/// Whether a character turns round how those after it are shown (Unicode's embeddings and overrides): what is read would be another
/// text than what is kept. Isolates, which texts of two directions need, do not reach beyond their end.
#[must_use]
pub fn overrides(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}')
}

/// A line that may be absent; a blank one is.
///
/// # Errors
/// When it is too long or has a control character.
pub fn optional_line(text: Option<&str>, most: usize) -> Result<Option<String>, Problem> {
    match text.map(|text| line(text, most)) {
        None | Some(Err(Problem::Blank)) => Ok(None),
        Some(line) => line.map(Some),
    }
}

/// A person's names.
///
/// # Errors
/// When a part is blank, too long, has a control character or no letter that it could be found by, or there are too
/// many.
pub fn name(name: &Name) -> Result<Name, Invalid> {
    if name.given.len() > MOST_GIVEN {
        return Err(Problem::TooMany).at("given");
    }
    let part = |text: &str| {
        let part = line(text, LONGEST_NAME)?;
        if normal::words(&part).is_empty() {
            return Err(Problem::InvalidCharacter);
        }
        Ok(part)
    };
    let given = name
        .given
        .iter()
        .enumerate()
        .map(|(place, given)| part(given).at(place).at("given"))
        .collect::<Result<_, _>>()?;
    Ok(Name {
        given,
        family: part(&name.family).at("family")?,
        prefix: optional_line(name.prefix.as_deref(), LONGEST_NAME).at("prefix")?,
    })
}

/// A date of birth, as of `today`.
///
/// # Errors
/// When it has not come yet, or is of a century that nobody alive was born in.
pub fn birth_date(day: NaiveDate, today: NaiveDate) -> Result<NaiveDate, Problem> {
    if day > today {
        Err(Problem::InTheFuture)
    } else if day.year() < EARLIEST_YEAR {
        Err(Problem::TooEarly)
    } else {
        Ok(day)
    }
}

/// An e-mail address in one spelling.
///
/// # Errors
/// When it has not the shape of one, or was read masked.
pub fn email(text: &str) -> Result<String, Problem> {
    normal::email(text)
        .filter(|email| !Mask::has_veiled(email))
        .ok_or(Problem::InvalidEmail)
}

/// A telephone number in E.164.
///
/// # Errors
/// When it is none, or lacks its country's code.
pub fn phone(text: &str) -> Result<String, Problem> {
    normal::phone(text, None).ok_or(Problem::InvalidPhone)
}

/// A medical record number, as it was written.
///
/// # Errors
/// When it has other characters than such numbers have.
pub fn mrn(text: &str) -> Result<String, Problem> {
    normal::mrn(text)
        .map(|_| text.trim().to_owned())
        .ok_or(Problem::InvalidMrn)
}

/// A BCP 47 language tag: subtags of letters and digits, the first of two to eight letters.
///
/// # Errors
/// When it has not the shape of one.
pub fn language(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let mut subtags = text.split('-');
    let primary = subtags.next().is_some_and(|primary| {
        (2..=8).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    let rest = subtags.all(|subtag| {
        (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if primary && rest && text.len() <= 35 {
        Ok(text.to_owned())
    } else {
        Err(Problem::InvalidLanguage)
    }
}

/// An IANA time zone.
///
/// # Errors
/// When there is none of that name.
pub fn zone(text: &str) -> Result<String, Problem> {
    text.trim()
        .parse::<chrono_tz::Tz>()
        .map(|zone| zone.name().to_owned())
        .map_err(|_| Problem::InvalidZone)
}

/// How a patient is reached.
///
/// # Errors
/// Those of its e-mail address and telephone number.
pub fn contact(contact: &Contact) -> Result<Contact, Invalid> {
    let mut checks = Checks::default();
    let email = contact.email.as_deref().map(email).transpose();
    let email = checks.take(email.at("email"));
    let phone = contact.phone.as_deref().map(phone).transpose();
    let phone = checks.take(phone.at("phone"));
    checks.end(|| {
        Some(Contact {
            email: email?,
            phone: phone?,
        })
    })
}

/// A postal address; one that says nothing is none.
///
/// # Errors
/// When a part is too long or has a control character, or there are too many lines.
pub fn address(address: &Address) -> Result<Option<Address>, Invalid> {
    if address.lines.len() > MOST_LINES {
        return Err(Problem::TooMany).at("lines");
    }
    let mut lines = Vec::with_capacity(address.lines.len());
    for (place, text) in address.lines.iter().enumerate() {
        lines.extend(
            optional_line(Some(text), LONGEST_LINE)
                .at(place)
                .at("lines")?,
        );
    }
    let part = |text: &Option<String>| optional_line(text.as_deref(), LONGEST_NAME);
    let address = Address {
        lines,
        city: part(&address.city).at("city")?,
        state: part(&address.state).at("state")?,
        postal_code: part(&address.postal_code).at("postalCode")?,
        country: part(&address.country).at("country")?,
    };
    Ok((address != Address::default()).then_some(address))
}

/// Whom to call.
///
/// # Errors
/// Those of each part, or when there are too many.
pub fn emergency_contacts(all: &[EmergencyContact]) -> Result<Vec<EmergencyContact>, Invalid> {
    if all.len() > MOST_CONTACTS {
        return Err(Problem::TooMany.into());
    }
    let one = |contact: &EmergencyContact| {
        Ok(EmergencyContact {
            name: line(&contact.name, LONGEST_LINE).at("name")?,
            relationship: optional_line(contact.relationship.as_deref(), LONGEST_NAME)
                .at("relationship")?,
            phone: contact
                .phone
                .as_deref()
                .map(phone)
                .transpose()
                .at("phone")?,
        })
    };
    all.iter()
        .enumerate()
        .map(|(place, contact)| one(contact).map_err(|invalid: Invalid| invalid).at(place))
        .collect()
}

/// A number with an insurer: any text, but not one that was read masked.
fn number(text: &str) -> Result<String, Problem> {
    let text = line(text, LONGEST_NAME)?;
    if Mask::has_veiled(&text) {
        return Err(Problem::InvalidCharacter);
    }
    Ok(text)
}

/// Who pays.
///
/// # Errors
/// When a part is blank, too long, or has a control character.
pub fn coverage(detail: &CoverageDetail) -> Result<CoverageDetail, Invalid> {
    Ok(CoverageDetail {
        payer: line(&detail.payer, LONGEST_LINE).at("payer")?,
        member_number: number(&detail.member_number).at("memberNumber")?,
        plan: optional_line(detail.plan.as_deref(), LONGEST_LINE).at("plan")?,
    })
}

/// A stretch of whole days.
///
/// # Errors
/// When it ends before it begins.
pub fn validity(validity: Validity) -> Result<Validity, Invalid> {
    match (validity.from, validity.to) {
        (Some(from), Some(to)) if to < from => Err(Problem::EndsBeforeStart).at("validTo"),
        _ => Ok(validity),
    }
}

#[cfg(test)]
mod tests;
