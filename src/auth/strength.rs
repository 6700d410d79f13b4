//! What a password must be. Pure.
//!
//! Length counts, composition does not: no rule asks for a digit or a capital. What is refused is what a guesser who
//! knows the owner, the product and other people's passwords tries first: the owner's name and address, runs and
//! repetitions, what is on a list of common passwords, and what an estimate of the guesses it takes finds too easy.

mod common;

use zxcvbn::{Score, zxcvbn};

/// Characters that a password has at least when it stands alone (NIST SP 800-63B-4).
const SHORTEST: usize = 15;
/// Characters that it has at least beside a second factor.
const SHORTEST_OF_TWO: usize = 10;
/// Characters that a password has at most. Nothing is ever cut off.
const LONGEST: usize = 256;
/// Runs of neighbouring keys that a password has at least.
const RUNS: usize = 5;
/// Words shorter than this are in too many others to be taken out.
const SHORTEST_WORD: usize = 3;
/// Parts of a name shorter than this are in too many words to be refused.
const TELLING: usize = 4;

/// Characters that a password has beside words that say whose it is and what for.
const OWN: usize = 8;
/// Characters that the estimate reads: what comes after can only make a password better, and costs more with each.
const ESTIMATED: usize = 64;

/// The product's own words.
const PRODUCT: [&str; 2] = ["patient", "tracker"];
/// What people are here, and where: worth nothing in a password, and too common in sentences to be refused.
const PLACES: [&str; 9] = [
    "administrator",
    "admin",
    "analyst",
    "clinic",
    "doctor",
    "health",
    "hospital",
    "login",
    "nurse",
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
    /// Whether they have a second factor, beside which a shorter one does.
    pub second_factor: bool,
}

impl Owner<'_> {
    /// Characters that their password has at least.
    fn shortest(&self) -> usize {
        if self.second_factor {
            SHORTEST_OF_TWO
        } else {
            SHORTEST
        }
    }

    /// Every word that says who they are or what they do: parts of the name and of the address, alone and run together.
    fn words(&self) -> Vec<String> {
        let lower = |text: &str| text.to_lowercase();
        let parts = |text: &str| -> Vec<String> {
            let parts = text.split(|c: char| !c.is_alphanumeric());
            parts.map(lower).collect()
        };
        let (local, domain) = self.email.split_once('@').unwrap_or((self.email, ""));
        let mut words = parts(self.name);
        words.extend(parts(local));
        words.extend(parts(domain));
        words.push(lower(local));
        words.extend(PLACES.iter().chain(&PRODUCT).map(|word| (*word).to_owned()));
        words.retain(|word| word.chars().count() >= SHORTEST_WORD);
        // The longest first: of two that overlap it leaves less.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words
    }
}

/// What is wrong with a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// It has fewer than 15 characters, or than 10 beside a second factor.
    TooShort,
    /// It has more than 256 characters.
    TooLong,
    /// It holds the owner's or the product's name, repeats itself, runs along the keyboard, or is one that many have.
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
    if length < owner.shortest() {
        return Err(Weakness::TooShort);
    }
    if length > LONGEST {
        return Err(Weakness::TooLong);
    }
    let lower: String = characters.iter().collect();
    let guessable = holds_a_name(&lower, owner)
        || has_little_of_its_own(&lower, &owner)
        || is_common(&lower)
        || period(&characters) < SHORTEST_OF_TWO
        || runs(&characters) < RUNS
        || is_estimated_weak(password, &owner);
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

/// Whether little is left once every word is taken out that says who its owner is and what it is for.
fn has_little_of_its_own(password: &str, owner: &Owner<'_>) -> bool {
    let rest = owner
        .words()
        .iter()
        .fold(password.to_owned(), |rest, word| rest.replace(word, ""));
    rest.chars().filter(|c| c.is_alphanumeric()).count() < OWN
}

/// Whether it, or the word between digits and signs in it, is one that many have.
fn is_common(password: &str) -> bool {
    let core = password.trim_matches(|c: char| !c.is_alphabetic());
    common::has(password) || common::has(core)
}

/// Whether so few guesses find it that they could be made.
fn is_estimated_weak(password: &str, owner: &Owner<'_>) -> bool {
    let read: String = password.chars().take(ESTIMATED).collect();
    let words = owner.words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    zxcvbn(&read, &words).score() < Score::Three
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
        second_factor: false,
    };
    const BOTH: Owner<'_> = Owner {
        second_factor: true,
        ..ANA
    };

    #[test]
    fn long_enough_and_unlike_the_owner_is_enough() {
        for good in [
            "a red boat at noon",
            "köök-aken-tuul-uks",
            "東京の朝はとても静かで、海が青い",
            "xk4mp-29wtr-8hjcd-q7zfn",
            "    nine  spaces    ",
            "my doctor drinks cold tea",
        ] {
            assert_eq!(check_strength(good, ANA), Ok(()), "{good}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_and_nothing_is_cut() {
        assert_eq!(check_strength("", ANA), Err(Weakness::TooShort));
        assert_eq!(
            check_strength("7h!Qz0-Lp2uW4k", ANA),
            Err(Weakness::TooShort)
        );
        assert_eq!(check_strength("7h!Qz0-Lp2", ANA), Err(Weakness::TooShort));
        assert_eq!(check_strength("7h!Qz0-Lp2", BOTH), Ok(()));
        assert_eq!(check_strength("7h!Qz0-Lp", BOTH), Err(Weakness::TooShort));
        assert_eq!(
            check_strength("öäüõšžöäüõšž12", ANA),
            Err(Weakness::TooShort)
        );
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
            assert_eq!(check_strength(bad, BOTH), Err(Weakness::Guessable), "{bad}");
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
            "Sunshine!2031",
            "!!!princess!!!123",
            "basketball",
            "P@ssw0rd1234",
        ] {
            assert_eq!(check_strength(bad, BOTH), Err(Weakness::Guessable), "{bad}");
        }
    }

    #[test]
    fn names_run_together_and_with_what_one_does_are_refused() {
        let pat = Owner {
            email: "pdoe@north.example",
            name: "Pat Doe",
            second_factor: true,
        };
        for bad in [
            "patdoe12345",
            "doepat-2031",
            "dr.patdoe@clinic",
            "northclinic2031",
            "DoctorDoe1980",
        ] {
            assert_eq!(check_strength(bad, pat), Err(Weakness::Guessable), "{bad}");
        }
        assert_eq!(check_strength("a path to red boats", pat), Ok(()));
    }

    proptest! {
        #[test]
        fn length_decides_first_whatever_the_text(password in ".{0,300}", email in ".{0,40}", name in ".{0,40}") {
            let length = password.chars().count();
            let owner = Owner { email: &email, name: &name, second_factor: false };
            let verdict = check_strength(&password, owner);
            prop_assert_eq!(verdict == Err(Weakness::TooShort), length < 15);
            prop_assert_eq!(verdict == Err(Weakness::TooLong), length > 256);
        }
    }
}
