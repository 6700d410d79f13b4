//! Doctors who are away, and what becomes of their appointments.

use super::{Entry, STAFF};

pub(super) const ENTRIES: &[Entry] = &[
    (
        "Absence",
        STAFF,
        &[
            "affected",
            "createdAt",
            "doctor",
            "endedAt",
            "endsAt",
            "id",
            "kind",
            "reason",
            "startsAt",
            "updatedAt",
            "version",
        ],
    ),
    (
        "AbsenceConnection",
        STAFF,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("AbsenceEdge", STAFF, &["cursor", "node"]),
    (
        "AbsenceOutcome",
        STAFF,
        &["appointment", "kind", "problem", "proposal", "replacement"],
    ),
    (
        "AbsenceOutcomeConnection",
        STAFF,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("AbsenceOutcomeEdge", STAFF, &["cursor", "node"]),
    ("AffectedAppointment", STAFF, &["appointment", "proposals"]),
    (
        "AffectedAppointmentConnection",
        STAFF,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("AffectedAppointmentEdge", STAFF, &["cursor", "node"]),
    (
        "AppointmentProposal",
        STAFF,
        &["doctor", "endsAt", "startsAt", "way"],
    ),
    ("EndAbsenceError", STAFF, &["code", "message", "path"]),
    ("EndAbsencePayload", STAFF, &["absence", "userErrors"]),
    ("MarkAbsenceError", STAFF, &["code", "message", "path"]),
    ("MarkAbsencePayload", STAFF, &["absence", "userErrors"]),
    (
        "Mutation",
        STAFF,
        &[
            "endAbsence",
            "markAbsence",
            "rerouteAppointment",
            "resolveAbsence",
            "updateAbsence",
        ],
    ),
    ("Query", STAFF, &["absences"]),
    (
        "RerouteAppointmentError",
        STAFF,
        &["code", "message", "path"],
    ),
    (
        "RerouteAppointmentPayload",
        STAFF,
        &["appointment", "userErrors"],
    ),
    ("ResolveAbsenceError", STAFF, &["code", "message", "path"]),
    (
        "ResolveAbsencePayload",
        STAFF,
        &[
            "absence",
            "next",
            "outcomes",
            "remaining",
            "resolved",
            "userErrors",
        ],
    ),
    ("UpdateAbsenceError", STAFF, &["code", "message", "path"]),
    ("UpdateAbsencePayload", STAFF, &["absence", "userErrors"]),
];
