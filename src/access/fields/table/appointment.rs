//! Appointments and visit types.

use super::{ADMIN, Entry, PEOPLE, STAFF};

pub(super) const ENTRIES: &[Entry] = &[
    (
        "AcceptAppointmentError",
        STAFF,
        &["code", "message", "path"],
    ),
    (
        "AcceptAppointmentPayload",
        STAFF,
        &["appointment", "userErrors"],
    ),
    (
        "Appointment",
        PEOPLE,
        &[
            "cancellationReason",
            "confirmedAt",
            "createdAt",
            "doctor",
            "endsAt",
            "id",
            "modality",
            "patient",
            "reason",
            "replaces",
            "startsAt",
            "status",
            "updatedAt",
            "version",
            "visitType",
            "zone",
        ],
    ),
    (
        "AppointmentChange",
        PEOPLE,
        &["appointment", "cursor", "kind", "occurredAt"],
    ),
    (
        "AppointmentConnection",
        PEOPLE,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("AppointmentEdge", PEOPLE, &["cursor", "node"]),
    (
        "ArriveAppointmentError",
        STAFF,
        &["code", "message", "path"],
    ),
    (
        "ArriveAppointmentPayload",
        STAFF,
        &["appointment", "userErrors"],
    ),
    ("BookAppointmentError", PEOPLE, &["code", "message", "path"]),
    (
        "BookAppointmentPayload",
        PEOPLE,
        &["appointment", "userErrors"],
    ),
    (
        "CancelAppointmentError",
        PEOPLE,
        &["code", "message", "path"],
    ),
    (
        "CancelAppointmentPayload",
        PEOPLE,
        &["appointment", "userErrors"],
    ),
    (
        "CheckInAppointmentError",
        STAFF,
        &["code", "message", "path"],
    ),
    (
        "CheckInAppointmentPayload",
        STAFF,
        &["appointment", "userErrors"],
    ),
    (
        "CompleteAppointmentError",
        STAFF,
        &["code", "message", "path"],
    ),
    (
        "CompleteAppointmentPayload",
        STAFF,
        &["appointment", "userErrors"],
    ),
    (
        "ConfirmAppointmentError",
        PEOPLE,
        &["code", "message", "path"],
    ),
    (
        "ConfirmAppointmentPayload",
        PEOPLE,
        &["appointment", "userErrors"],
    ),
    ("CreateVisitTypeError", ADMIN, &["code", "message", "path"]),
    (
        "CreateVisitTypePayload",
        ADMIN,
        &["userErrors", "visitType"],
    ),
    ("MarkNoShowError", STAFF, &["code", "message", "path"]),
    ("MarkNoShowPayload", STAFF, &["appointment", "userErrors"]),
    (
        "RequestAppointmentError",
        PEOPLE,
        &["code", "message", "path"],
    ),
    (
        "RequestAppointmentPayload",
        PEOPLE,
        &["appointment", "userErrors"],
    ),
    (
        "RescheduleAppointmentError",
        PEOPLE,
        &["code", "message", "path"],
    ),
    (
        "RescheduleAppointmentPayload",
        PEOPLE,
        &["appointment", "userErrors"],
    ),
    ("UndoNoShowError", STAFF, &["code", "message", "path"]),
    ("UndoNoShowPayload", STAFF, &["appointment", "userErrors"]),
    (
        "VisitKind",
        PEOPLE,
        &[
            "active",
            "code",
            "id",
            "minutes",
            "modality",
            "name",
            "requiresApproval",
            "version",
        ],
    ),
    (
        "VisitKindConnection",
        PEOPLE,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("VisitKindEdge", PEOPLE, &["cursor", "node"]),
];
