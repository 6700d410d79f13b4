//! What lies inside a doctor's sealed cells, beside the name, which is shaped as a patient's is. Plain data.

use crate::patient::cells::Validity;
use crate::patient::input::{self, At, Invalid, Problem};
use entity::code::Coding;
use serde::{Deserialize, Serialize};

/// The most licences, and the most specialties, of a doctor.
pub const MOST: usize = 20;

/// Leave to practise.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Licence {
    /// As printed on it.
    pub number: String,
    /// Who gave it.
    pub authority: String,
    /// When it holds.
    #[serde(default)]
    pub validity: Validity,
}

/// Licences with every value checked; pure.
///
/// # Errors
/// When a part is blank, too long or has a control character, one ends before it begins, or there are too many.
pub fn checked_licences(all: &[Licence]) -> Result<Vec<Licence>, Invalid> {
    if all.len() > MOST {
        return Err(Problem::TooMany.into());
    }
    let one = |licence: &Licence| -> Result<Licence, Invalid> {
        Ok(Licence {
            number: input::line(&licence.number, input::LONGEST_NAME).at("number")?,
            authority: input::line(&licence.authority, input::LONGEST_LINE).at("authority")?,
            validity: input::validity(licence.validity)?,
        })
    };
    let places = all.iter().enumerate();
    places
        .map(|(place, licence)| one(licence).at(place))
        .collect()
}

/// Specialties with every value checked; pure. Whether a code exists in its system is not asked.
///
/// # Errors
/// When a part is blank, too long or has a control character, or there are too many.
pub fn checked_specialties(all: &[Coding]) -> Result<Vec<Coding>, Invalid> {
    if all.len() > MOST {
        return Err(Problem::TooMany.into());
    }
    let one = |coding: &Coding| -> Result<Coding, Invalid> {
        Ok(Coding {
            system: input::line(&coding.system, input::LONGEST_LINE).at("system")?,
            code: input::line(&coding.code, input::LONGEST_NAME).at("code")?,
            display: input::line(&coding.display, input::LONGEST_LINE).at("display")?,
        })
    };
    let places = all.iter().enumerate();
    places
        .map(|(place, coding)| one(coding).at(place))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coding(code: &str) -> Coding {
        Coding {
            system: "http://snomed.info/sct".to_owned(),
            code: code.to_owned(),
            display: "General practice".to_owned(),
        }
    }

    #[test]
    fn a_refused_specialty_says_which_one() {
        assert!(checked_specialties(&[coding("394814009")]).is_ok());
        let refused = checked_specialties(&[coding("394814009"), coding(" ")]).unwrap_err();
        assert_eq!(refused.path, ["1", "code"]);
        let refused = checked_specialties(&vec![coding("1"); 21]).unwrap_err();
        assert_eq!(refused.problem, Problem::TooMany);
    }

    #[test]
    fn a_licence_ends_no_earlier_than_it_begins() {
        let mut licence = Licence {
            number: "L-1".to_owned(),
            authority: "State Board".to_owned(),
            validity: Validity {
                from: "2026-01-02".parse().ok(),
                to: "2026-01-02".parse().ok(),
            },
        };
        assert!(checked_licences(std::slice::from_ref(&licence)).is_ok());
        licence.validity.to = "2026-01-01".parse().ok();
        let refused = checked_licences(&[licence]).unwrap_err();
        assert_eq!(refused.path, ["0", "validTo"]);
    }
}
