//! One-time links of accounts.

use super::{Entry, PROVED, PUBLIC};

const ERROR: &[&str] = &["code", "message", "path"];
const ASKED: &[&str] = &["accepted", "userErrors"];

pub(super) const ENTRIES: &[Entry] = &[
    (
        "Mutation",
        PUBLIC,
        &[
            "requestEmailVerification",
            "requestPasswordReset",
            "resetPassword",
            "verifyEmail",
        ],
    ),
    ("RequestEmailVerificationError", PUBLIC, ERROR),
    ("RequestEmailVerificationPayload", PUBLIC, ASKED),
    ("RequestPasswordResetError", PUBLIC, ERROR),
    ("RequestPasswordResetPayload", PUBLIC, ASKED),
    ("ResetPasswordError", PUBLIC, ERROR),
    ("ResetPasswordPayload", PUBLIC, &["reset", "userErrors"]),
    ("User", PROVED, &["emailVerified"]),
    ("VerifyEmailError", PUBLIC, ERROR),
    ("VerifyEmailPayload", PUBLIC, &["userErrors", "verified"]),
];
