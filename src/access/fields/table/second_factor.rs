//! The second factor of accounts.

use super::{ADMIN, Entry, PROVED, PUBLIC, SIGNED_IN};

const ERROR: &[&str] = &["code", "message", "path"];

pub(super) const ENTRIES: &[Entry] = &[
    ("BeginMfaEnrolmentError", SIGNED_IN, ERROR),
    (
        "BeginMfaEnrolmentPayload",
        SIGNED_IN,
        &["mfaEnrolment", "userErrors"],
    ),
    ("CompleteSignInError", PUBLIC, ERROR),
    (
        "CompleteSignInPayload",
        PUBLIC,
        &["authSession", "deviceToken", "userErrors"],
    ),
    ("ConfirmMfaEnrolmentError", SIGNED_IN, ERROR),
    (
        "ConfirmMfaEnrolmentPayload",
        SIGNED_IN,
        &["recoveryCodes", "user", "userErrors"],
    ),
    ("DisableMfaError", SIGNED_IN, ERROR),
    ("DisableMfaPayload", SIGNED_IN, &["user", "userErrors"]),
    ("MfaChallenge", PUBLIC, &["expiresAt", "token"]),
    (
        "MfaEnrolment",
        SIGNED_IN,
        &["expiresAt", "otpauthUri", "secret"],
    ),
    (
        "Mutation",
        SIGNED_IN,
        &[
            "beginMfaEnrolment",
            "confirmMfaEnrolment",
            "disableMfa",
            "proveIdentity",
            "regenerateRecoveryCodes",
        ],
    ),
    ("Mutation", ADMIN, &["resetMfa"]),
    ("Mutation", PUBLIC, &["completeSignIn"]),
    ("ProveIdentityError", SIGNED_IN, ERROR),
    (
        "ProveIdentityPayload",
        SIGNED_IN,
        &["session", "userErrors"],
    ),
    ("RegenerateRecoveryCodesError", SIGNED_IN, ERROR),
    (
        "RegenerateRecoveryCodesPayload",
        SIGNED_IN,
        &["recoveryCodes", "userErrors"],
    ),
    ("ResetMfaError", ADMIN, ERROR),
    ("ResetMfaPayload", ADMIN, &["user", "userErrors"]),
    ("Session", PROVED, &["provedAt"]),
    ("SignInPayload", PUBLIC, &["mfaChallenge"]),
    ("Viewer", SIGNED_IN, &["mustEnrolMfa", "recoveryCodesLeft"]),
];
