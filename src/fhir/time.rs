//! FHIR's dates and instants, which may be less exact than they look. Knows no resource.

use chrono::{DateTime, NaiveDate, Utc};

use super::refusal::Problem;

/// A FHIR `date` that must be a whole day.
pub(super) fn day(text: &str) -> Result<NaiveDate, Problem> {
    let mut numbers = text.split('-').map(number);
    match (
        numbers.next(),
        numbers.next(),
        numbers.next(),
        numbers.next(),
    ) {
        (Some(Some((year, 4))), None, ..) if year > 0 => Err(Problem::Partial),
        (Some(Some((_, 4))), Some(Some((1..=12, 2))), None, _) => Err(Problem::Partial),
        (Some(Some((year, 4))), Some(Some((month, 2))), Some(Some((day, 2))), None) if year > 0 => {
            i32::try_from(year)
                .ok()
                .and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
                .ok_or(Problem::Malformed)
        }
        _ => Err(Problem::Malformed),
    }
}

/// A number of ASCII digits alone, and how many there are.
fn number(text: &str) -> Option<(u32, usize)> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok()?;
    digits.then_some((number, text.len()))
}

/// A FHIR `dateTime` or `instant` that must say the time and its offset.
pub(super) fn instant(text: &str) -> Result<DateTime<Utc>, Problem> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.with_timezone(&Utc));
    }
    match text.split_once('T') {
        None => Err(match day(text) {
            Ok(_) | Err(Problem::Partial) => Problem::Partial,
            Err(_) => Problem::Malformed,
        }),
        // Sound but for the offset: with one it would parse.
        Some(_) if DateTime::parse_from_rfc3339(&format!("{text}Z")).is_ok() => {
            Err(Problem::WithoutOffset)
        }
        Some(_) => Err(Problem::Malformed),
    }
}

/// The day that a FHIR `dateTime` names, as far as it names one: the time and its offset are not asked for.
pub(super) fn day_of(text: &str) -> Option<NaiveDate> {
    day(text.split('T').next()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_year_or_a_month_is_not_a_day() {
        assert_eq!(day("1974"), Err(Problem::Partial));
        assert_eq!(day("1974-05"), Err(Problem::Partial));
        assert_eq!(
            day("1974-05-21"),
            NaiveDate::from_ymd_opt(1974, 5, 21).ok_or(Problem::Malformed)
        );
    }

    #[test]
    fn what_no_calendar_has_is_malformed() {
        for text in [
            "",
            "-",
            "0000",
            "74",
            "1974-13",
            "1974-02-30",
            "1974-5-21",
            "+1974-05-21",
            "1974-05-21T",
            "1974-05-21-1",
        ] {
            assert_eq!(day(text), Err(Problem::Malformed), "{text}");
        }
    }

    #[test]
    fn an_instant_is_told_in_utc() {
        let expected = "1975-03-17T09:22:04Z".parse::<DateTime<Utc>>().unwrap();
        assert_eq!(instant("1975-03-17T04:22:04-05:00"), Ok(expected));
        assert_eq!(instant("1975-03-17T09:22:04.000+00:00"), Ok(expected));
        assert_eq!(instant("1975-03-17T09:22:04"), Err(Problem::WithoutOffset));
        assert_eq!(instant("1975-03-17"), Err(Problem::Partial));
        assert_eq!(instant("1975"), Err(Problem::Partial));
        assert_eq!(instant("soon"), Err(Problem::Malformed));
        assert_eq!(instant("1975-03-17T25:00:00Z"), Err(Problem::Malformed));
    }

    proptest! {
        #[test]
        fn every_day_of_four_digit_years_is_read_as_written(days in 0i32..3_652_058) {
            let written = NaiveDate::from_num_days_from_ce_opt(days + 1).unwrap();
            prop_assert_eq!(day(&written.to_string()), Ok(written));
        }

        #[test]
        fn any_text_has_an_answer(text in ".{0,40}") {
            let _ = (day(&text), instant(&text), day_of(&text));
        }
    }
}
