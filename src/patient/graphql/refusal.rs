//! Refusals on the wire, with the place in the input that they are about. The kit's macro knows paths that are written
//! down; here a path can lead to the third of a list, so this one carries the domain's own.

use crate::patient::input::Problem;
use crate::patient::service::{
    AddCoverageRefusal, CreateRefusal, EraseRefusal, RegisterRefusal, RemoveCoverageRefusal,
    SetConfidentialityRefusal, UpdateCoverageRefusal, UpdateRefusal,
};

/// What a problem is called in a schema; the text of the enum value of that name.
macro_rules! problem_doc {
    (Blank) => {
        "Nothing is there, and something must be."
    };
    (TooLong) => {
        "There are more characters than are kept."
    };
    (InvalidCharacter) => {
        "There is a character that is not taken, or no letter at all."
    };
    (InvalidEmail) => {
        "It has not the shape of an e-mail address."
    };
    (InvalidPhone) => {
        "It is no telephone number with its country's code."
    };
    (InvalidMrn) => {
        "It is no medical record number."
    };
    (InvalidLanguage) => {
        "It is no BCP 47 language tag."
    };
    (InvalidZone) => {
        "It is no IANA time zone."
    };
    (InTheFuture) => {
        "The day has not come yet."
    };
    (TooEarly) => {
        "It is too long ago."
    };
    (EndsBeforeStart) => {
        "It would end before it begins."
    };
    (OutOfOrder) => {
        "It does not lie beyond the one before it."
    };
    (TooMany) => {
        "There are more entries than are kept."
    };
    (Implausible) => {
        "No body has this measure: a slip of the pen, or another unit."
    };
    (NotGivenHere) => {
        "This value is not given here: it has a mutation of its own, or belongs to something else."
    };
    (Taken) => {
        "Something else has it already."
    };
    (Signed) => {
        "It was signed, and stays as it is; add to it instead."
    };
}
pub(crate) use problem_doc;

/// The words for people.
pub(crate) fn words(problem: Problem) -> &'static str {
    match problem {
        Problem::Blank => problem_doc!(Blank),
        Problem::TooLong => problem_doc!(TooLong),
        Problem::InvalidCharacter => problem_doc!(InvalidCharacter),
        Problem::InvalidEmail => problem_doc!(InvalidEmail),
        Problem::InvalidPhone => problem_doc!(InvalidPhone),
        Problem::InvalidMrn => problem_doc!(InvalidMrn),
        Problem::InvalidLanguage => problem_doc!(InvalidLanguage),
        Problem::InvalidZone => problem_doc!(InvalidZone),
        Problem::InTheFuture => problem_doc!(InTheFuture),
        Problem::TooEarly => problem_doc!(TooEarly),
        Problem::EndsBeforeStart => problem_doc!(EndsBeforeStart),
        Problem::OutOfOrder => problem_doc!(OutOfOrder),
        Problem::TooMany => problem_doc!(TooMany),
        Problem::Implausible => problem_doc!(Implausible),
        Problem::NotGivenHere => problem_doc!(NotGivenHere),
        Problem::Taken => problem_doc!(Taken),
        Problem::Signed => problem_doc!(Signed),
    }
}

/// Makes a mutation's error type and its enum of codes from a refusal that has a variant `Invalid`: the problems that can
/// occur first, then the refusal's other variants with their words and paths.
macro_rules! answers {
    (
        $(#[$doc:meta])+
        $error:ident, $code:ident from $refusal:ident [$($problem:ident),+] {
            $($(#[$variant_doc:meta])+ $variant:ident $(($field:ident))? => ($words:expr, [$($path:expr),*]),)*
        }
    ) => {
        $(#[$doc])+
        #[derive(async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $code {
            $(#[doc = $crate::patient::graphql::problem_doc!($problem)] $problem,)+
            $($(#[$variant_doc])+ $variant,)*
        }

        $(#[$doc])+
        #[derive(async_graphql::SimpleObject, Clone, Debug)]
        pub struct $error {
            /// What it is, for programs.
            pub code: $code,
            /// What it is, for people.
            pub message: String,
            /// The part of the arguments that it is about; empty when it is about all of it.
            pub path: Vec<String>,
        }

        impl $error {
            /// All that is wrong with the input, or the one thing that it is refused for.
            #[must_use]
            pub fn all(refusal: $refusal) -> Vec<Self> {
                match refusal {
                    $refusal::Invalid(invalid) => {
                        invalid.all().map(|one| $refusal::Invalid(one).into()).collect()
                    }
                    other => vec![other.into()],
                }
            }
        }

        impl From<$refusal> for $error {
            fn from(refusal: $refusal) -> Self {
                match refusal {
                    $refusal::Invalid(invalid) => {
                        let mut path = vec!["input".to_owned()];
                        path.extend(invalid.path);
                        let code = match invalid.problem {
                            $($crate::patient::input::Problem::$problem => $code::$problem,)+
                            // The others occur in no field of this input.
                            _ => $code::InvalidCharacter,
                        };
                        let message = $crate::patient::graphql::words(invalid.problem).to_owned();
                        Self { code, message, path }
                    }
                    $($refusal::$variant $(($field))? => Self {
                        code: $code::$variant,
                        message: ($words).to_owned(),
                        path: vec![$(($path).to_owned()),*],
                    },)*
                }
            }
        }
    };
}
pub(crate) use answers;

answers! {
    /// Why a patient is not recorded. Whoever asked for it may read it.
    CreatePatientError, CreatePatientErrorCode from CreateRefusal [
        Blank, TooLong, InvalidCharacter, InvalidEmail, InvalidPhone, InvalidMrn, InvalidLanguage, InTheFuture, TooEarly,
        TooMany
    ] {
        /// Another patient has this medical record number. Numbers are unique over the whole clinic, so this is told also of a
        /// record that you may not see: that there is one, and nothing of it.
        MrnTaken => ("Another patient has this medical record number.", ["input", "mrn"]),
        /// The record would be more sensitive than you may read.
        AboveClearance => ("The record would be more sensitive than you may read.", ["input", "confidentiality"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

answers! {
    /// Why a patient is not changed. Whoever asked for it may read it.
    UpdatePatientError, UpdatePatientErrorCode from UpdateRefusal [
        Blank, TooLong, InvalidCharacter, InvalidEmail, InvalidPhone, InvalidMrn, InvalidLanguage, InTheFuture, TooEarly,
        TooMany
    ] {
        /// Only staff may change this field; only administrators may lower the confidentiality.
        FieldNotYours(field) => ("You may not change this field so; ask the clinic to.", ["input", field]),
        /// Another patient has this medical record number. Numbers are unique over the whole clinic, so this is told also of a
        /// record that you may not see: that there is one, and nothing of it.
        MrnTaken => ("Another patient has this medical record number.", ["input", "mrn"]),
        /// The record would be more sensitive than you may read.
        AboveClearance => ("The record would be more sensitive than you may read.", ["input", "confidentiality"]),
        /// The record has changed; read it again.
        Conflict => ("The record has changed; read it again.", ["input", "expectedVersion"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why the sensitivity is not changed. Whoever asked for it may read it.
    SetPatientConfidentialityError, SetPatientConfidentialityErrorCode from SetConfidentialityRefusal {
        /// The record has changed; read it again.
        Conflict => ("The record has changed; read it again.", ["input", "expectedVersion"]),
        /// Prove with proveIdentity who you are, and ask again: it was not proved within five minutes.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

answers! {
    /// Why an insurance is not noted. Whoever asked for it may read it.
    AddCoverageError, AddCoverageErrorCode from AddCoverageRefusal [Blank, TooLong, InvalidCharacter, EndsBeforeStart] {
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

answers! {
    /// Why an insurance is not changed. Whoever asked for it may read it.
    UpdateCoverageError, UpdateCoverageErrorCode from UpdateCoverageRefusal [
        Blank, TooLong, InvalidCharacter, EndsBeforeStart
    ] {
        /// The insurance has changed; read it again.
        Conflict => ("The insurance has changed; read it again.", ["input", "expectedVersion"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why an insurance is not taken away. Whoever asked for it may read it.
    RemoveCoverageError, RemoveCoverageErrorCode from RemoveCoverageRefusal {
        /// The insurance has changed; read it again.
        Conflict => ("The insurance has changed; read it again.", ["input", "expectedVersion"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

answers! {
    /// Why you are not registered. That you are already is no reason. Whoever asked for it may read it.
    RegisterPatientError, RegisterPatientErrorCode from RegisterRefusal [
        Blank, TooLong, InvalidCharacter, InvalidEmail, InvalidPhone, InvalidLanguage, InTheFuture, TooEarly, TooMany
    ] {
        /// Too many tries lately, from this place or with this address; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
        /// The password has fewer than 15 characters.
        PasswordTooShort => ("A password has at least 15 characters.", ["input", "password"]),
        /// The password has more than 256 characters.
        PasswordTooLong => ("A password has at most 256 characters.", ["input", "password"]),
        /// The password holds a name or a common word, repeats itself, or runs along the keyboard.
        PasswordGuessable => ("This password is easily guessed; choose another.", ["input", "password"]),
    }
}

crate::refusals! {
    /// Why a patient is not erased. Whoever asked for it may read it.
    ErasePatientError, ErasePatientErrorCode from EraseRefusal {
        /// The patient has another medical record number.
        OtherMrn => ("The patient has another medical record number.", ["input", "mrn"]),
        /// Appointments of the patient stand: cancel or complete them first.
        AppointmentsStand => ("Appointments of the patient stand.", ["input", "id"]),
        /// Prove with proveIdentity who you are, and ask again: it was not proved within five minutes.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
    }
}
