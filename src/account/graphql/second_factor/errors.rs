//! The refusals around the second factor, each with its own enum of codes.

use crate::account::service::{
    BeginMfaEnrolmentRefusal, CompleteSignInRefusal, ConfirmMfaEnrolmentRefusal, DisableMfaRefusal,
    ProveIdentityRefusal, RegenerateRecoveryCodesRefusal, ResetMfaRefusal,
};

crate::refusals! {
    /// Why nobody was signed in. Whoever asked may read it.
    CompleteSignInError, CompleteSignInErrorCode from CompleteSignInRefusal {
        /// The challenge was answered before, had too many wrong codes, or is over: sign in again.
        InvalidChallenge => ("The challenge is not good any more; sign in again.", ["input", "challenge"]),
        /// The code is wrong, or was used before.
        InvalidCode => ("The code is wrong or was used before.", ["input", "code"]),
        /// Too many tries lately; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
    }
}

crate::refusals! {
    /// Why no secret was given. Whoever asked may read it.
    BeginMfaEnrolmentError, BeginMfaEnrolmentErrorCode from BeginMfaEnrolmentRefusal {
        /// The password is not that.
        WrongPassword => ("The password is wrong.", ["input", "password"]),
        /// Too many tries lately; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
        /// The password is one that an administrator has handed out: change it first.
        PasswordNotChosen => ("Choose a password of your own first.", ["input", "password"]),
        /// There is a second factor already: prove it with proveIdentity, and ask again.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
    }
}

crate::refusals! {
    /// Why nothing was enrolled. Whoever asked may read it.
    ConfirmMfaEnrolmentError, ConfirmMfaEnrolmentErrorCode from ConfirmMfaEnrolmentRefusal {
        /// No secret awaits its first code; begin (again).
        NotBegun => ("No secret awaits its first code; begin again.", ["input"]),
        /// The code is not one of the secret's.
        InvalidCode => ("The code is wrong.", ["input", "code"]),
        /// Too many tries lately; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
    }
}

crate::refusals! {
    /// Why no recovery codes were given. Whoever asked may read it.
    RegenerateRecoveryCodesError, RegenerateRecoveryCodesErrorCode from RegenerateRecoveryCodesRefusal {
        /// There is no second factor that they could stand in for.
        NotEnrolled => ("There is no second factor.", ["input"]),
        /// The second factor was not proved within five minutes: prove it with proveIdentity, and ask again.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
        /// The password is not that.
        WrongPassword => ("The password is wrong.", ["input", "password"]),
        /// Too many tries lately; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
    }
}

crate::refusals! {
    /// Why the second factor stays. Whoever asked may read it.
    DisableMfaError, DisableMfaErrorCode from DisableMfaRefusal {
        /// There is no second factor.
        NotEnrolled => ("There is no second factor.", ["input"]),
        /// One of the account's roles must have a second factor.
        RequiredByRole => ("Your role must have a second factor.", ["input"]),
        /// The second factor was not proved within five minutes: prove it with proveIdentity, and ask again.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
        /// The password is not that.
        WrongPassword => ("The password is wrong.", ["input", "password"]),
        /// The password has fewer than 15 characters, or is easy to guess: it does beside a second factor, not alone. Change it
        /// first (changePassword).
        PasswordTooShort => ("Without a second factor a password has at least 15 characters and is hard to guess; change it first.", ["input", "password"]),
        /// Too many tries lately; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
    }
}

crate::refusals! {
    /// Why nothing was proved. Whoever asked may read it.
    ProveIdentityError, ProveIdentityErrorCode from ProveIdentityRefusal {
        /// The code is wrong, or was used before.
        InvalidCode => ("The code is wrong or was used before.", ["input", "code"]),
        /// The password is not that.
        WrongPassword => ("The password is wrong.", ["input", "password"]),
        /// The account has a second factor: give a code of it.
        CodeRequired => ("Give a code of your second factor.", ["input"]),
        /// The account has no second factor: give the password.
        PasswordRequired => ("Give your password.", ["input"]),
        /// Too many tries lately; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
    }
}

crate::refusals! {
    /// Why the second factor stays. Whoever asked may read it.
    ResetMfaError, ResetMfaErrorCode from ResetMfaRefusal {
        /// The account has changed since it was read.
        Conflict => ("The record has changed; read it again.", ["input", "expectedVersion"]),
        /// One's own second factor goes only with itself (disableMfa).
        OwnAccount => ("You cannot reset your own second factor.", ["input", "userId"]),
        /// There is no second factor.
        NotEnrolled => ("There is no second factor.", ["input", "userId"]),
        /// Prove with proveIdentity who you are, and ask again: it was not proved within five minutes.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}
