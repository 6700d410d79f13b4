//! What is taken, what is refused, and where the refusal points.

use super::*;
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn named(given: &[&str], family: &str) -> Name {
    Name {
        given: given.iter().map(|given| (*given).to_owned()).collect(),
        family: family.to_owned(),
        prefix: None,
    }
}

#[test]
fn names_are_trimmed_and_kept_as_written() {
    let kept = name(&named(&[" Zoë "], " O’Hara ")).unwrap();
    assert_eq!(kept, named(&["Zoë"], "O’Hara"));
    assert_eq!(name(&named(&[], "Sting")).unwrap().text(), "Sting");
}

#[test]
fn a_refused_name_says_where() {
    let path = |refused: Result<Name, Invalid>| refused.unwrap_err().path.join(".");
    assert_eq!(path(name(&named(&["Ana"], "  "))), "family");
    assert_eq!(path(name(&named(&["Ana", "B\u{7}"], "Lee"))), "given.1");
    assert_eq!(
        path(name(&named(&["Ana", "B\u{202e}ob"], "Lee"))),
        "given.1"
    );
    assert_eq!(path(name(&named(&["Ana"; 9], "Lee"))), "given");
    assert_eq!(
        name(&named(&["Ana"], "---")).unwrap_err().problem,
        Problem::InvalidCharacter
    );
    assert_eq!(
        name(&named(&["Ana"], &"x".repeat(101)))
            .unwrap_err()
            .problem,
        Problem::TooLong
    );
}

#[test]
fn nobody_is_born_tomorrow_or_before_1880() {
    let today = day("2026-03-01");
    assert_eq!(birth_date(today, today), Ok(today));
    assert_eq!(
        birth_date(day("2026-03-02"), today),
        Err(Problem::InTheFuture)
    );
    assert_eq!(birth_date(day("1879-12-31"), today), Err(Problem::TooEarly));
}

#[test]
fn a_language_is_a_tag() {
    for tag in ["en", "en-GB", "zh-Hant-TW", "haw"] {
        assert_eq!(language(tag).as_deref(), Ok(tag));
    }
    for wrong in [
        "",
        "e",
        "english!",
        "en_GB",
        "en-",
        "12",
        "en-toolongsubtag",
    ] {
        assert_eq!(language(wrong), Err(Problem::InvalidLanguage), "{wrong}");
    }
}

#[test]
fn a_zone_is_one_of_ianas() {
    assert_eq!(zone(" Europe/Berlin ").as_deref(), Ok("Europe/Berlin"));
    assert_eq!(zone("Mars/Olympus"), Err(Problem::InvalidZone));
}

#[test]
fn an_address_that_says_nothing_is_none() {
    let blank = Address {
        lines: vec![" ".to_owned()],
        city: Some(String::new()),
        ..Address::default()
    };
    assert_eq!(address(&blank), Ok(None));
}

#[test]
fn a_refused_contact_says_which_one() {
    let contact = |phone: &str| EmergencyContact {
        name: "Bo Lee".to_owned(),
        relationship: None,
        phone: Some(phone.to_owned()),
    };
    let refused = emergency_contacts(&[contact("+15550100199"), contact("5550100")]).unwrap_err();
    assert_eq!(refused.problem, Problem::InvalidPhone);
    assert_eq!(refused.path, ["1", "phone"]);
}

#[test]
fn a_validity_ends_no_earlier_than_it_begins() {
    let of = |from: &str, to: &str| Validity {
        from: Some(day(from)),
        to: Some(day(to)),
    };
    assert!(validity(of("2026-01-01", "2026-01-01")).is_ok());
    assert!(validity(of("2026-01-02", "2026-01-01")).is_err());
    assert!(validity(Validity::default()).is_ok());
}

proptest! {
    #[test]
    fn what_is_taken_once_is_taken_again_unchanged(text in ".{0,120}") {
        if let Ok(kept) = line(&text, LONGEST_NAME) {
            prop_assert_eq!(line(&kept, LONGEST_NAME), Ok(kept.clone()));
            prop_assert!(!kept.is_empty() && kept.chars().count() <= LONGEST_NAME);
            prop_assert!(!kept.chars().any(char::is_control));
        }
    }
}
