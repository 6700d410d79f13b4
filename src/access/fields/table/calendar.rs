//! Doctors' hours, free times and holds.

use super::{Entry, PEOPLE, STAFF};

pub(super) const ENTRIES: &[Entry] = &[
    (
        "AddAvailabilityExceptionError",
        STAFF,
        &["code", "message", "path"],
    ),
    (
        "AddAvailabilityExceptionPayload",
        STAFF,
        &["availabilityException", "userErrors"],
    ),
    (
        "AddAvailabilityRuleError",
        STAFF,
        &["code", "message", "path"],
    ),
    (
        "AddAvailabilityRulePayload",
        STAFF,
        &["availabilityRule", "userErrors"],
    ),
    (
        "EndAvailabilityRuleError",
        STAFF,
        &["code", "message", "path"],
    ),
    (
        "EndAvailabilityRulePayload",
        STAFF,
        &["availabilityRule", "userErrors"],
    ),
    (
        "RemoveAvailabilityExceptionError",
        STAFF,
        &["code", "message", "path"],
    ),
    (
        "RemoveAvailabilityExceptionPayload",
        STAFF,
        &["doctor", "userErrors"],
    ),
    (
        "UpdateAvailabilityRuleError",
        STAFF,
        &["code", "message", "path"],
    ),
    (
        "UpdateAvailabilityRulePayload",
        STAFF,
        &["availabilityRule", "userErrors"],
    ),
    (
        "AvailabilityException",
        PEOPLE,
        &[
            "doctor",
            "firstDay",
            "from",
            "id",
            "kind",
            "lastDay",
            "location",
            "step",
            "until",
            "visitTypes",
            "zone",
        ],
    ),
    (
        "AvailabilityExceptionConnection",
        PEOPLE,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("AvailabilityExceptionEdge", PEOPLE, &["cursor", "node"]),
    (
        "AvailabilityRule",
        PEOPLE,
        &[
            "doctor",
            "from",
            "id",
            "location",
            "step",
            "until",
            "validFrom",
            "validUntil",
            "version",
            "visitTypes",
            "weekdays",
            "zone",
        ],
    ),
    (
        "AvailabilityRuleConnection",
        PEOPLE,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("AvailabilityRuleEdge", PEOPLE, &["cursor", "node"]),
    ("HoldSlotError", PEOPLE, &["code", "message", "path"]),
    ("HoldSlotPayload", PEOPLE, &["appointment", "userErrors"]),
    ("Mutation", PEOPLE, &["holdSlot"]),
    (
        "Mutation",
        STAFF,
        &[
            "addAvailabilityException",
            "addAvailabilityRule",
            "endAvailabilityRule",
            "removeAvailabilityException",
            "updateAvailabilityRule",
        ],
    ),
    ("Query", PEOPLE, &["firstSlots", "slots"]),
    (
        "Slot",
        PEOPLE,
        &[
            "doctor",
            "endsAt",
            "location",
            "seats",
            "startsAt",
            "visitType",
        ],
    ),
    (
        "SlotConnection",
        PEOPLE,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("SlotEdge", PEOPLE, &["cursor", "node"]),
    (
        "SlotsChange",
        PEOPLE,
        &["cursor", "firstDay", "lastDay", "occurredAt"],
    ),
    ("Subscription", PEOPLE, &["slotsChanged"]),
];
