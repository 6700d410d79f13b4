//! Series of appointments.

use super::{Entry, PEOPLE};

pub(super) const ENTRIES: &[Entry] = &[
    (
        "AppointmentSeries",
        PEOPLE,
        &[
            "appointments",
            "createdAt",
            "id",
            "rule",
            "updatedAt",
            "version",
            "zone",
        ],
    ),
    ("BookSeriesError", PEOPLE, &["code", "message", "path"]),
    (
        "BookSeriesPayload",
        PEOPLE,
        &["occurrences", "series", "userErrors"],
    ),
    ("CancelSeriesError", PEOPLE, &["code", "message", "path"]),
    (
        "CancelSeriesPayload",
        PEOPLE,
        &["occurrences", "series", "userErrors"],
    ),
    ("ChangeSeriesError", PEOPLE, &["code", "message", "path"]),
    (
        "ChangeSeriesPayload",
        PEOPLE,
        &["occurrences", "series", "userErrors"],
    ),
    (
        "PlannedAppointment",
        PEOPLE,
        &["conflict", "endsAt", "localTime", "occurrence", "startsAt"],
    ),
    (
        "PlannedAppointmentConnection",
        PEOPLE,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("PlannedAppointmentEdge", PEOPLE, &["cursor", "node"]),
    (
        "Mutation",
        PEOPLE,
        &["bookSeries", "cancelSeries", "changeSeries"],
    ),
];
