//! Who looked, and who did what.

use super::{ADMIN, Entry};

pub(super) const ENTRIES: &[Entry] = &[
    (
        "AuditEntry",
        ADMIN,
        &[
            "action",
            "actor",
            "address",
            "breakGlassGrant",
            "fields",
            "id",
            "kinds",
            "object",
            "occurredAt",
            "operation",
            "outcome",
            "patient",
            "purpose",
            "relationship",
            "request",
            "roles",
            "session",
            "times",
        ],
    ),
    (
        "AuditEntryConnection",
        ADMIN,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("AuditEntryEdge", ADMIN, &["cursor", "node"]),
    ("AuditObject", ADMIN, &["id", "kind", "objectId"]),
    ("Query", ADMIN, &["auditEntries"]),
];
