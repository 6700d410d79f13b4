//! The waiting list.

use super::{Entry, PEOPLE};

pub(super) const ENTRIES: &[Entry] = &[
    ("AcceptOfferError", PEOPLE, &["code", "message", "path"]),
    ("AcceptOfferPayload", PEOPLE, &["entry", "userErrors"]),
    ("DeclineOfferError", PEOPLE, &["code", "message", "path"]),
    ("DeclineOfferPayload", PEOPLE, &["entry", "userErrors"]),
    ("JoinWaitlistError", PEOPLE, &["code", "message", "path"]),
    ("JoinWaitlistPayload", PEOPLE, &["entry", "userErrors"]),
    ("LeaveWaitlistError", PEOPLE, &["code", "message", "path"]),
    ("LeaveWaitlistPayload", PEOPLE, &["entry", "userErrors"]),
    (
        "Mutation",
        PEOPLE,
        &[
            "acceptOffer",
            "declineOffer",
            "joinWaitlist",
            "leaveWaitlist",
            "updateWaitlistEntry",
        ],
    ),
    ("Query", PEOPLE, &["waitlist", "waitlistEntry"]),
    ("Subscription", PEOPLE, &["waitlistChanged"]),
    (
        "UpdateWaitlistEntryError",
        PEOPLE,
        &["code", "message", "path"],
    ),
    (
        "UpdateWaitlistEntryPayload",
        PEOPLE,
        &["entry", "userErrors"],
    ),
    (
        "WaitlistChange",
        PEOPLE,
        &["cursor", "entry", "kind", "occurredAt"],
    ),
    (
        "WaitlistEntry",
        PEOPLE,
        &[
            "appointment",
            "createdAt",
            "doctor",
            "expiresAt",
            "id",
            "note",
            "offer",
            "patient",
            "position",
            "priority",
            "specialty",
            "status",
            "updatedAt",
            "version",
            "visitType",
            "windows",
        ],
    ),
    (
        "WaitlistEntryConnection",
        PEOPLE,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("WaitlistEntryEdge", PEOPLE, &["cursor", "node"]),
    (
        "WaitlistOffer",
        PEOPLE,
        &["appointment", "expiresAt", "offeredAt"],
    ),
    (
        "WaitlistWindow",
        PEOPLE,
        &["firstDay", "from", "lastDay", "until", "weekdays"],
    ),
];
