//! The refusals around one-time links, each with its own enum of codes.

use crate::account::service::{LetterRefusal, LinkRefusal, ResetPasswordRefusal};

crate::refusals! {
    /// Why no letter is sent. Whoever asked may read it.
    RequestPasswordResetError, RequestPasswordResetErrorCode from LetterRefusal {
        /// Too many were asked for lately, from this place or for this address; wait, and ask again.
        TryLater => ("Too many letters were asked for; wait a while.", ["input"]),
    }
}

crate::refusals! {
    /// Why no letter is sent. Whoever asked may read it.
    RequestEmailVerificationError, RequestEmailVerificationErrorCode from LetterRefusal {
        /// Too many were asked for lately, from this place or for this address; wait, and ask again.
        TryLater => ("Too many letters were asked for; wait a while.", ["input"]),
    }
}

crate::refusals! {
    /// Why the password was not reset. Whoever asked may read it.
    ResetPasswordError, ResetPasswordErrorCode from ResetPasswordRefusal {
        /// The link was used, is over, or a newer one was sent: ask for another.
        InvalidToken => ("The link is not good any more; ask for another.", ["input", "token"]),
        /// Too many tries lately; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
        /// The new password has fewer than 15 characters, or than 10 beside a second factor.
        PasswordTooShort => ("A password has at least 15 characters, or 10 beside a second factor.", ["input", "newPassword"]),
        /// The new password has more than 256 characters.
        PasswordTooLong => ("A password has at most 256 characters.", ["input", "newPassword"]),
        /// The new password is among the first that a guesser would try.
        PasswordGuessable => ("The new password is too easy to guess.", ["input", "newPassword"]),
    }
}

crate::refusals! {
    /// Why the address was not verified. Whoever asked may read it.
    VerifyEmailError, VerifyEmailErrorCode from LinkRefusal {
        /// The link was used, is over, or a newer one was sent: ask for another.
        InvalidToken => ("The link is not good any more; ask for another.", ["input", "token"]),
        /// Too many tries lately; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
    }
}
