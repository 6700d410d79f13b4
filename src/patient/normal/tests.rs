//! What somebody may type, and what it finds.

use super::{LONGEST, email, fold, mrn, needles, phone, prefixes, words};
use proptest::prelude::*;

#[test]
fn letters_meet_without_their_marks() {
    for (written, typed) in [
        ("Łukasz Żółć", "lukasz zolc"),
        ("Zoë", "zoe"),
        ("STRASSE", "straße"),
        ("Þórðr Ægir Øst", "thordr aegir ost"),
        ("İnan Işık", "inan isik"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("Ｆｕｌｌ", "full"),
        ("Ngô Đình", "ngo dinh"),
    ] {
        assert_eq!(fold(written), fold(typed), "{written}");
    }
}

#[test]
fn vowel_signs_stay_part_of_a_name() {
    assert_ne!(fold("राम"), fold("रीमा"));
}

#[test]
fn an_apostrophe_joins_and_a_hyphen_parts() {
    assert_eq!(words("Siobhán O’Hara"), ["siobhan", "ohara"]);
    assert_eq!(words("Smith-Jones"), ["smith", "jones"]);
}

#[test]
fn a_name_with_an_apostrophe_is_found_by_its_parts_too() {
    let found = prefixes(["O'Hara"]);
    for typed in ["ohara", "hara", "ha", "oh"] {
        assert!(found.contains(&typed.to_owned()), "{typed}");
    }
}

#[test]
fn prefixes_are_of_two_to_ten_letters_and_each_comes_once() {
    assert_eq!(prefixes(["Ana", "Anna"]), ["an", "ana", "ann", "anna"]);
    let long = prefixes(["Wolfeschlegelstein"]);
    assert_eq!(long.first().map(String::as_str), Some("wo"));
    assert_eq!(long.last().map(String::as_str), Some("wolfeschle"));
    assert_eq!(long.len(), 9);
}

#[test]
fn a_word_of_one_letter_is_found_whole() {
    assert_eq!(prefixes(["J.", "李"]), ["j", "李"]);
}

#[test]
fn an_email_is_looked_up_as_an_account_is() {
    assert_eq!(
        email(" Ana.Lee@Mail.Example "),
        Some("ana.lee@mail.example".to_owned())
    );
    assert_eq!(email("ana"), None);
}

#[test]
fn a_phone_number_is_brought_to_one_spelling() {
    for written in ["+1 (555) 010-0199", "001 555 010 0199", "+15550100199"] {
        assert_eq!(
            phone(written, None).as_deref(),
            Some("+15550100199"),
            "{written}"
        );
    }
    for written in ["555-010-0199", "1-555-010-0199"] {
        assert_eq!(
            phone(written, Some("1")).as_deref(),
            Some("+15550100199"),
            "{written}"
        );
    }
    assert_eq!(
        phone("030 901820", Some("49")).as_deref(),
        Some("+4930901820")
    );
    for wrong in [
        "",
        "+",
        "555-010-0199",
        "+1 555 CALL",
        "+1234567890123456",
        "+0123456789",
        "+12",
    ] {
        assert_eq!(phone(wrong, None), None, "{wrong:?}");
    }
}

#[test]
fn a_record_number_is_looked_up_in_upper_case() {
    assert_eq!(mrn(" mrn-12/3 ").as_deref(), Some("MRN-12/3"));
    for wrong in ["", " ", "a b", "12'; --", "é"] {
        assert_eq!(mrn(wrong), None, "{wrong:?}");
    }
}

proptest! {
    #[test]
    fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn whatever_begins_a_word_of_a_name_finds_it(
        given in "[\\p{Latin}]{2,14}", family in "[\\p{Latin}\\p{Greek}\\p{Cyrillic}]{2,14}", most in 2_usize..14
    ) {
        let found = prefixes([given.as_str(), family.as_str()]);
        for name in [&given, &family] {
            for word in words(name) {
                let typed: String = word.chars().take(most).collect();
                for needle in needles(&typed) {
                    prop_assert!(found.contains(&needle), "{:?} of {:?}", needle, name);
                }
            }
        }
    }

    #[test]
    fn no_prefix_is_empty_or_longer_than_the_longest(names in prop::collection::vec("\\PC{0,20}", 0..4)) {
        for prefix in prefixes(names.iter().map(String::as_str)) {
            prop_assert!((1..=LONGEST).contains(&prefix.chars().count()));
        }
    }

    #[test]
    fn a_number_in_one_spelling_stays_in_it(text in "\\+?[0-9 ()-]{0,20}") {
        if let Some(once) = phone(&text, Some("1")) {
            prop_assert_eq!(phone(&once, None), Some(once));
        }
    }

    #[test]
    fn an_address_in_one_spelling_stays_in_it(text in "[a-zA-Z.@-]{0,30}") {
        if let Some(once) = email(&text) {
            prop_assert_eq!(email(&once), Some(once));
        }
    }
}
