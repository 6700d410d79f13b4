//! The refusals of the mutations, each with its own enum of codes.

use crate::account::service::{
    AssignRoleRefusal, ChangePasswordRefusal, CreateUserRefusal, RefreshRefusal, RevokeRefusal,
    SetClearanceRefusal, SetUserStatusRefusal, SignInRefusal, WithdrawRoleRefusal,
};

crate::refusals! {
    /// Why nobody was signed in. Whoever asked may read it.
    SignInError, SignInErrorCode from SignInRefusal {
        /// No such account, not its password, or it may not sign in; which of them is not said.
        InvalidCredentials => ("The e-mail address or the password is wrong.", ["input"]),
        /// Too many tries lately; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
    }
}

crate::refusals! {
    /// Why a session was not refreshed. Whoever asked may read it.
    RefreshSessionError, RefreshSessionErrorCode from RefreshRefusal {
        /// The token is unknown, was used before, or its session has ended: sign in again.
        InvalidRefreshToken => ("The refresh token is not good any more; sign in again.", ["input", "refreshToken"]),
        /// Too many tokens lately that were none; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
    }
}

macro_rules! revocation_errors {
    ($(#[$doc:meta])+ $error:ident, $code:ident) => {
        crate::refusals! {
            $(#[$doc])+
            $error, $code from RevokeRefusal {
                /// The idempotency key was used with another input.
                IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
            }
        }
    };
}

revocation_errors! {
    /// Why the session was not ended. Whoever asked may read it.
    SignOutError, SignOutErrorCode
}

revocation_errors! {
    /// Why the session was not ended. Whoever asked may read it.
    RevokeSessionError, RevokeSessionErrorCode
}

revocation_errors! {
    /// Why the sessions were not ended. Whoever asked may read it.
    RevokeOtherSessionsError, RevokeOtherSessionsErrorCode
}

crate::refusals! {
    /// Why the password was not changed. Whoever asked may read it.
    ChangePasswordError, ChangePasswordErrorCode from ChangePasswordRefusal {
        /// The current password is not that.
        WrongPassword => ("The current password is wrong.", ["input", "currentPassword"]),
        /// Too many wrong passwords lately; wait, and try again.
        TryLater => ("Too many tries; wait a while.", ["input"]),
        /// The new password is the current one.
        PasswordUnchanged => ("The new password is the current one.", ["input", "newPassword"]),
        /// The new password has fewer than 15 characters, or than 10 beside a second factor.
        PasswordTooShort => ("A password has at least 15 characters, or 10 beside a second factor.", ["input", "newPassword"]),
        /// The new password has more than 256 characters.
        PasswordTooLong => ("A password has at most 256 characters.", ["input", "newPassword"]),
        /// The new password is among the first that a guesser would try.
        PasswordGuessable => ("The new password is too easy to guess.", ["input", "newPassword"]),
    }
}

crate::refusals! {
    /// Why the account was not made. Whoever asked may read it.
    CreateUserError, CreateUserErrorCode from CreateUserRefusal {
        /// The e-mail address has not the shape of one.
        InvalidEmail => ("This is no e-mail address.", ["input", "email"]),
        /// Another account has the e-mail address.
        EmailTaken => ("Another account has this e-mail address.", ["input", "email"]),
        /// The name is empty, has more than 100 characters, or control characters.
        InvalidName => ("A name has 1 to 100 characters.", ["input", "displayName"]),
        /// At least one role is needed.
        InvalidRoles => ("Give at least one role of ADMIN, ANALYST.", ["input", "roles"]),
        /// Patients register themselves: the account comes with the record.
        NoPatientRecord => ("Patients register themselves.", ["input", "roles"]),
        /// The account of a doctor is made with their entry in the directory, by `createDoctor`.
        NoDoctorEntry => ("A doctor's account is made with their entry in the directory.", ["input", "roles"]),
        /// Prove with proveIdentity who you are, and ask again: it was not proved within five minutes.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why the status was not changed. Whoever asked may read it.
    SetUserStatusError, SetUserStatusErrorCode from SetUserStatusRefusal {
        /// The account has changed since it was read.
        Conflict => ("The record has changed; read it again.", ["input", "expectedVersion"]),
        /// An administrator cannot shut themselves out.
        OwnAccount => ("You cannot change your own status.", ["input", "id"]),
        /// Nobody would be left to let anybody in.
        LastAdministrator => ("The last administrator cannot be shut out.", ["input", "status"]),
        /// Nobody becomes INVITED again.
        InvalidStatus => ("An account cannot be given this status.", ["input", "status"]),
        /// Prove with proveIdentity who you are, and ask again: it was not proved within five minutes.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why the role was not given. Whoever asked may read it.
    AssignRoleError, AssignRoleErrorCode from AssignRoleRefusal {
        /// The account has changed since it was read.
        Conflict => ("The record has changed; read it again.", ["input", "expectedVersion"]),
        /// Nobody changes what they themselves may.
        OwnAccount => ("You cannot change your own roles.", ["input", "userId"]),
        /// A patient is one whose record is kept here.
        NoPatientRecord => ("The account has no patient record.", ["input", "role"]),
        /// A doctor is one who has an entry in the directory.
        NoDoctorEntry => ("The account has no entry in the directory of doctors.", ["input", "role"]),
        /// Prove with proveIdentity who you are, and ask again: it was not proved within five minutes.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why the role was not taken. Whoever asked may read it.
    WithdrawRoleError, WithdrawRoleErrorCode from WithdrawRoleRefusal {
        /// The account has changed since it was read.
        Conflict => ("The record has changed; read it again.", ["input", "expectedVersion"]),
        /// Nobody changes what they themselves may.
        OwnAccount => ("You cannot change your own roles.", ["input", "userId"]),
        /// Nobody would be left to give it again.
        LastAdministrator => ("The last administrator stays one.", ["input", "role"]),
        /// Whose record is kept here may read it; whoever is to be kept out is locked.
        HasPatientRecord => ("The account has a patient record.", ["input", "role"]),
        /// Prove with proveIdentity who you are, and ask again: it was not proved within five minutes.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why the clearance was not set. Whoever asked may read it.
    SetClearanceError, SetClearanceErrorCode from SetClearanceRefusal {
        /// The account has changed since it was read.
        Conflict => ("The record has changed; read it again.", ["input", "expectedVersion"]),
        /// Nobody changes what they themselves may.
        OwnAccount => ("You cannot change your own clearance.", ["input", "userId"]),
        /// Prove with proveIdentity who you are, and ask again: it was not proved within five minutes.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}
