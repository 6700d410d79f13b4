//! What a password must be. Pure: no list of leaked passwords is read here.
//!
//! Length counts, composition does not: no rule asks for a digit or a capital. What is refused is what a guesser who
//! knows the owner and the product tries first.

/// Characters that a password has at least.
const SHORTEST: usize = 10;
/// Characters that a password has at most. Nothing is ever cut off.
const LONGEST: usize = 256;
/// Runs of neighbouring keys that a password has at least.
const RUNS: usize = 5;
/// Parts of a name shorter than this are in too many words to be refused.
const TELLING: usize = 4;

/// The product's own words.
const PRODUCT: [&str; 2] = ["patient", "tracker"];
/// Words that need nothing but digits and signs around them to be a guesser's first tries.
const COMMON: [&str; 10] = [
    "password",
    "passwort",
    "passphrase",
    "welcome",
    "letmein",
    "iloveyou",
    "administrator",
    "changeme",
    "doctor",
    "hospital",
];
/// What lies side by side, on a keyboard or in the alphabet.
const ROWS: [&str; 5] = [
    "`1234567890-=",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "abcdefghijklmnopqrstuvwxyz",
];

/// Whose password it is to be: what they must not call it.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// Their e-mail address.
    pub email: &'a str,
    /// Their name.
    pub name: &'a str,
}

/// What is wrong with a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// It has fewer than 10 characters.
    TooShort,
    /// It has more than 256 characters.
    TooLong,
    /// It holds the owner's or the product's name, repeats itself, or runs along the keyboard.
    Guessable,
}

/// Whether the password will do for this owner.
///
/// # Errors
/// The first [`Weakness`] found.
pub fn check_strength(password: &str, owner: Owner<'_>) -> Result<(), Weakness> {
    // No password of 256 characters has more than 1,024 bytes: counting characters need not read all of a megabyte.
    if password.len() > LONGEST * 4 {
        return Err(Weakness::TooLong);
    }
    let characters: Vec<char> = password.to_lowercase().chars().collect();
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Weakness::TooShort);
    }
    if length > LONGEST {
        return Err(Weakness::TooLong);
    }
    let lower: String = characters.iter().collect();
    let guessable = holds_a_name(&lower, owner)
        || is_common(&lower)
        || period(&characters) < SHORTEST
        || runs(&characters) < RUNS;
    if guessable {
        return Err(Weakness::Guessable);
    }
    Ok(())
}

fn holds_a_name(password: &str, owner: Owner<'_>) -> bool {
    let email = owner.email.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    let name = owner.name.to_lowercase();
    name.split(|c: char| !c.is_alphanumeric())
        .chain([local])
        .filter(|part| part.chars().count() >= TELLING)
        .chain(PRODUCT)
        .any(|part| password.contains(part))
}

fn is_common(password: &str) -> bool {
    let core = password.trim_matches(|c: char| !c.is_alphabetic());
    COMMON.contains(&core)
}

/// The length of what the password repeats; its own length when it repeats nothing.
fn period(characters: &[char]) -> usize {
    (1..characters.len())
        .find(|by| characters[*by..] == characters[..characters.len() - by])
        .unwrap_or(characters.len())
}

/// In how many runs of neighbouring or equal characters the password can be typed.
fn runs(characters: &[char]) -> usize {
    1 + characters
        .windows(2)
        .filter(|pair| !neighbours(pair[0], pair[1]))
        .count()
}

fn neighbours(one: char, other: char) -> bool {
    one == other
        || ROWS.iter().any(|row| {
            let place = |c| row.find(c);
            matches!((place(one), place(other)), (Some(a), Some(b)) if a.abs_diff(b) == 1)
        })
}

#[cfg(test)]
mod tests {
    use super::{Owner, Weakness, check_strength};
    use proptest::prelude::*;

    const ANA: Owner<'_> = Owner {
        email: "ana.lopez@example.org",
        name: "Ana López-Rivera",
    };

    #[test]
    fn long_enough_and_unlike_the_owner_is_enough() {
        for good in [
            "a red boat at noon",
            "köök-aken-tuul",
            "7h!Qz0-Lp2",
            "東京の朝はとても静かだ",
            "xk4mp-29wtr-8hjcd-q7zfn",
            "    nine spaces    ",
        ] {
            assert_eq!(check_strength(good, ANA), Ok(()), "{good}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_and_nothing_is_cut() {
        assert_eq!(check_strength("", ANA), Err(Weakness::TooShort));
        assert_eq!(check_strength("7h!Qz0-Lp", ANA), Err(Weakness::TooShort));
        assert_eq!(check_strength("öäüõšž", ANA), Err(Weakness::TooShort));
        let long: String = (0..256_u32)
            .filter_map(|at| char::from_u32(0x4e00 + at * 7 % 251))
            .collect();
        assert_eq!(check_strength(&long, ANA), Ok(()));
        assert_eq!(
            check_strength(&format!("{long}x"), ANA),
            Err(Weakness::TooLong)
        );
        assert_eq!(
            check_strength(&"x".repeat(1_000_000), ANA),
            Err(Weakness::TooLong)
        );
    }

    #[test]
    fn the_names_of_owner_and_product_are_refused_in_any_case() {
        for bad in [
            "ana.lopez!2031xy",
            "xx-ANA.LOPEZ-xx-yy",
            "my-López-garden-7",
            "the rivera house",
            "Patient4711xyz",
            "keep track: Tracker9",
        ] {
            assert_eq!(check_strength(bad, ANA), Err(Weakness::Guessable), "{bad}");
        }
    }

    #[test]
    fn repetition_runs_and_first_guesses_are_refused() {
        for bad in [
            "aaaaaaaaaa",
            "abcabcabcabc",
            "Tr0ub4dorTr0ub4dor",
            "1234567890",
            "0987654321qwerty",
            "qwertyuiopasdfghjkl",
            "abcdefghijklmnop",
            "Password12345!",
            "!!!Welcome2031",
            "administrator1",
        ] {
            assert_eq!(check_strength(bad, ANA), Err(Weakness::Guessable), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn length_decides_first_whatever_the_text(password in ".{0,300}", email in ".{0,40}", name in ".{0,40}") {
            let length = password.chars().count();
            let verdict = check_strength(&password, Owner { email: &email, name: &name });
            prop_assert_eq!(verdict == Err(Weakness::TooShort), length < 10);
            prop_assert_eq!(verdict == Err(Weakness::TooLong), length > 256);
        }
    }
}
