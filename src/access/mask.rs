//! What is shown only in part, and which part.

/// What stands for the part that is not shown. No number and no address is taken that begins with it, so that what was
/// read masked is not written back as if it were the whole.
const VEIL: char = '…';
/// The most characters that a mask shows.
const MOST: usize = 4;

/// What of an allowed resource is shown only in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// All of it.
    Nothing,
    /// Telephone, e-mail and insurance numbers only by their last characters.
    Contact,
}

impl Mask {
    /// The text as far as it is shown: all of it, or its last four characters, and never more than half. Enough to tell
    /// on the telephone whether two speak of the same number, too little to call it.
    #[must_use]
    pub fn over(self, text: String) -> String {
        match self {
            Self::Nothing => text,
            Self::Contact => {
                let length = text.chars().count();
                let shown = (length / 2).min(MOST);
                let end = text.chars().skip(length - shown);
                std::iter::once(VEIL).chain(end).collect()
            }
        }
    }

    /// Whether this text came out from under a mask.
    #[must_use]
    pub fn has_veiled(text: &str) -> bool {
        text.starts_with(VEIL)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Mask, VEIL};
    use proptest::prelude::*;

    fn masked(text: &str) -> String {
        Mask::Contact.over(text.to_owned())
    }

    #[test]
    fn a_masked_number_shows_its_end_and_never_more_than_half() {
        for (text, shown) in [
            ("+15550100199", "…0199"),
            ("ana@clinic.test", "…test"),
            ("1234567", "…567"),
            ("1234", "…34"),
            ("né", "…é"),
            ("é", "…"),
            ("", "…"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    proptest! {
        #[test]
        fn a_mask_shows_the_end_of_it_and_no_more_than_it_may(text in any::<String>()) {
            let shown = masked(&text);
            prop_assert!(Mask::has_veiled(&shown));
            let end = shown.strip_prefix(VEIL).unwrap_or_default();
            prop_assert!(text.ends_with(end));
            let (length, seen) = (text.chars().count(), end.chars().count());
            prop_assert!(seen <= MOST && 2 * seen <= length, "{seen} of {length}");
        }

        #[test]
        fn what_differs_only_before_the_end_looks_the_same(
            one in "\\PC{4,40}", other in "\\PC{4,40}", end in "\\PC{4}"
        ) {
            prop_assert_eq!(masked(&format!("{one}{end}")), masked(&format!("{other}{end}")));
        }

        #[test]
        fn without_a_mask_the_text_is_whole(text in any::<String>()) {
            prop_assert_eq!(Mask::Nothing.over(text.clone()), text);
        }
    }
}
