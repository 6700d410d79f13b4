//! Break-glass.

use super::{ADMIN, Entry, PEOPLE, STAFF};
use crate::access::fields::Rule;
use entity::code::Roles;

const ERROR: &[&str] = &["code", "message", "path"];
const PAYLOAD: &[&str] = &["breakGlassGrant", "userErrors"];
const DOCTOR: Rule = Rule::Roles(Roles::DOCTOR);

pub(super) const ENTRIES: &[Entry] = &[
    (
        "BreakGlassChange",
        PEOPLE,
        &["breakGlassGrant", "cursor", "kind", "occurredAt"],
    ),
    ("BreakGlassError", DOCTOR, ERROR),
    (
        "BreakGlassGrant",
        PEOPLE,
        &[
            "active",
            "doctor",
            "endReason",
            "endedAt",
            "expiresAt",
            "id",
            "justification",
            "patient",
            "reason",
            "reviewedAt",
            "startsAt",
            "version",
        ],
    ),
    ("BreakGlassGrant", ADMIN, &["overdue", "review"]),
    (
        "BreakGlassGrantConnection",
        ADMIN,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("BreakGlassGrantEdge", ADMIN, &["cursor", "node"]),
    ("BreakGlassPayload", DOCTOR, PAYLOAD),
    (
        "BreakGlassReview",
        ADMIN,
        &["note", "outcome", "reviewedBy"],
    ),
    ("EndBreakGlassError", STAFF, ERROR),
    ("EndBreakGlassPayload", DOCTOR, PAYLOAD),
    ("Mutation", DOCTOR, &["breakGlass", "endBreakGlass"]),
    ("Mutation", ADMIN, &["reviewBreakGlass", "revokeBreakGlass"]),
    ("Query", ADMIN, &["breakGlassGrants"]),
    ("ReviewBreakGlassError", ADMIN, ERROR),
    ("ReviewBreakGlassPayload", ADMIN, PAYLOAD),
    ("RevokeBreakGlassPayload", ADMIN, PAYLOAD),
    ("Subscription", PEOPLE, &["breakGlassChanged"]),
];
