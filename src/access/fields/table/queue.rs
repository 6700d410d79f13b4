//! The queue of the day.

use super::{Entry, PEOPLE, STAFF};

pub(super) const ENTRIES: &[Entry] = &[
    ("CallAppointmentError", STAFF, &["code", "message", "path"]),
    (
        "CallAppointmentPayload",
        STAFF,
        &["appointment", "userErrors"],
    ),
    ("Appointment", PEOPLE, &["queuePlace"]),
    ("Mutation", STAFF, &["callAppointment"]),
    ("Query", STAFF, &["queue"]),
    (
        "QueuePlace",
        PEOPLE,
        &["arrivedAt", "calledAt", "position", "waitedMinutes"],
    ),
    (
        "QueuePlaceChange",
        PEOPLE,
        &["cursor", "occurredAt", "place"],
    ),
    ("Subscription", PEOPLE, &["queuePlaceChanged"]),
];
