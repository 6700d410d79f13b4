//! Medical record numbers that the clinic gives out itself: `MRN`, eight digits, a check digit. Pure.

use entity::id::PatientId;

/// The number of this patient, other with each attempt. It comes from the random part of the id: a counter would tell
/// how many patients there are, and in which order they came.
#[must_use]
pub fn generated(id: PatientId, attempt: u32) -> String {
    let random = id.0.as_u128() & ((1 << 62) - 1);
    // A step that shares no factor with ten: attempts walk through all numbers before one comes again.
    let digits = (random + u128::from(attempt) * 38_196_601) % 100_000_000;
    let digits = format!("{digits:08}");
    format!("MRN{digits}{}", check_digit(&digits))
}

/// The digit that makes the number pass the Luhn test, by which a front desk catches one mistyped digit.
fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::{check_digit, generated};
    use crate::patient::normal;
    use entity::id::PatientId;
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn the_check_digit_is_luhns() {
        assert_eq!(check_digit("7992739871"), 3);
    }

    proptest! {
        #[test]
        fn a_generated_number_is_in_its_looked_up_spelling(id in any::<u128>(), attempt in 0_u32..100) {
            let number = generated(PatientId(Uuid::from_u128(id)), attempt);
            prop_assert_eq!(number.len(), 12);
            prop_assert_eq!(normal::mrn(&number), Some(number));
        }

        #[test]
        fn one_mistyped_digit_is_noticed(id in any::<u128>(), place in 0_usize..8, other in 1_u8..10) {
            let number = generated(PatientId(Uuid::from_u128(id)), 0);
            let mut digits = number.as_bytes()[3..11].to_vec();
            digits[place] = (digits[place] - b'0' + other) % 10 + b'0';
            let digits = String::from_utf8(digits).unwrap();
            prop_assert_ne!(check_digit(&digits).to_string(), number[11..].to_owned());
        }

        #[test]
        fn another_attempt_is_another_number(id in any::<u128>(), attempt in 0_u32..1000) {
            let id = PatientId(Uuid::from_u128(id));
            prop_assert_ne!(generated(id, attempt), generated(id, attempt + 1));
        }
    }
}
