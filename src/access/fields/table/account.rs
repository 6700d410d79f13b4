//! Accounts and sessions.

use super::{ADMIN, Entry, PROVED, PUBLIC, SIGNED_IN};

pub(super) const ENTRIES: &[Entry] = &[
    ("AssignRoleError", ADMIN, &["code", "message", "path"]),
    ("AssignRolePayload", ADMIN, &["user", "userErrors"]),
    (
        "AuthSession",
        PUBLIC,
        &[
            "accessToken",
            "accessTokenExpiresAt",
            "refreshToken",
            "refreshTokenExpiresAt",
            "session",
            "user",
        ],
    ),
    (
        "ChangePasswordError",
        SIGNED_IN,
        &["code", "message", "path"],
    ),
    (
        "ChangePasswordPayload",
        SIGNED_IN,
        &["authSession", "userErrors"],
    ),
    ("CreateUserError", ADMIN, &["code", "message", "path"]),
    (
        "CreateUserPayload",
        ADMIN,
        &["temporaryPassword", "user", "userErrors"],
    ),
    ("RefreshSessionError", PUBLIC, &["code", "message", "path"]),
    (
        "RefreshSessionPayload",
        PUBLIC,
        &["authSession", "userErrors"],
    ),
    (
        "RevokeOtherSessionsError",
        SIGNED_IN,
        &["code", "message", "path"],
    ),
    (
        "RevokeOtherSessionsPayload",
        SIGNED_IN,
        &["sessions", "userErrors"],
    ),
    (
        "RevokeSessionError",
        SIGNED_IN,
        &["code", "message", "path"],
    ),
    (
        "RevokeSessionPayload",
        SIGNED_IN,
        &["session", "userErrors"],
    ),
    (
        "Session",
        PROVED,
        &[
            "createdAt",
            "current",
            "device",
            "expiresAt",
            "id",
            "lastUsedAt",
            "revokedAt",
        ],
    ),
    ("SetClearanceError", ADMIN, &["code", "message", "path"]),
    ("SetClearancePayload", ADMIN, &["user", "userErrors"]),
    ("SetUserStatusError", ADMIN, &["code", "message", "path"]),
    ("SetUserStatusPayload", ADMIN, &["user", "userErrors"]),
    ("SignInError", PUBLIC, &["code", "message", "path"]),
    (
        "SignInPayload",
        PUBLIC,
        &["authSession", "deviceToken", "userErrors"],
    ),
    ("SignOutError", SIGNED_IN, &["code", "message", "path"]),
    ("SignOutPayload", SIGNED_IN, &["session", "userErrors"]),
    (
        "User",
        PROVED,
        &[
            "clearance",
            "createdAt",
            "displayName",
            "email",
            "id",
            "mfaEnrolled",
            "roles",
            "sessions",
            "status",
            "version",
        ],
    ),
    (
        "UserConnection",
        ADMIN,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("UserEdge", ADMIN, &["cursor", "node"]),
    (
        "Viewer",
        SIGNED_IN,
        &[
            "doctor",
            "mustChangePassword",
            "patient",
            "sessions",
            "user",
        ],
    ),
    ("WithdrawRoleError", ADMIN, &["code", "message", "path"]),
    ("WithdrawRolePayload", ADMIN, &["user", "userErrors"]),
];
