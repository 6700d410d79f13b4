//! What a request may ask for once only.

/// Root fields that may occur once a request, because each is an attempt at guessing.
pub(super) const ONCE: &[&str] = &[
    "signIn",
    "completeSignIn",
    "refreshSession",
    "registerPatient",
    "changePassword",
    "beginMfaEnrolment",
    "confirmMfaEnrolment",
    "regenerateRecoveryCodes",
    "disableMfa",
    "proveIdentity",
    "requestPasswordReset",
    "resetPassword",
    "requestEmailVerification",
    "verifyEmail",
];
