//! Notifications, reminders, and private links to calendars.

use super::{Entry, PEOPLE, SIGNED_IN};

const ERROR: &[&str] = &["code", "message", "path"];

pub(super) const ENTRIES: &[Entry] = &[
    ("Appointment", PEOPLE, &["calendar", "reminders"]),
    ("CalendarFeed", SIGNED_IN, &["createdAt"]),
    ("CreateCalendarFeedError", SIGNED_IN, ERROR),
    (
        "CreateCalendarFeedPayload",
        SIGNED_IN,
        &["calendarFeed", "path", "userErrors"],
    ),
    ("MarkNotificationReadError", SIGNED_IN, ERROR),
    (
        "MarkNotificationReadPayload",
        SIGNED_IN,
        &["notification", "userErrors"],
    ),
    (
        "Mutation",
        SIGNED_IN,
        &[
            "createCalendarFeed",
            "markNotificationRead",
            "revokeCalendarFeed",
            "updateNotificationPreferences",
        ],
    ),
    (
        "Notification",
        SIGNED_IN,
        &["createdAt", "id", "kind", "readAt", "reminderKind"],
    ),
    ("Notification", PEOPLE, &["appointment"]),
    (
        "NotificationChange",
        SIGNED_IN,
        &["cursor", "kind", "notification", "occurredAt"],
    ),
    (
        "NotificationConnection",
        SIGNED_IN,
        &["edges", "nodes", "pageInfo", "totalCount"],
    ),
    ("NotificationEdge", SIGNED_IN, &["cursor", "node"]),
    (
        "NotificationPreferences",
        SIGNED_IN,
        &["channels", "kinds", "quietHours", "version", "zone"],
    ),
    ("QuietHours", SIGNED_IN, &["from", "until"]),
    (
        "Reminder",
        PEOPLE,
        &[
            "attempts",
            "cause",
            "channel",
            "dueAt",
            "kind",
            "sendAt",
            "state",
            "updatedAt",
        ],
    ),
    ("RevokeCalendarFeedError", SIGNED_IN, ERROR),
    (
        "RevokeCalendarFeedPayload",
        SIGNED_IN,
        &["revoked", "userErrors"],
    ),
    ("Subscription", SIGNED_IN, &["notificationReceived"]),
    ("UpdateNotificationPreferencesError", SIGNED_IN, ERROR),
    (
        "UpdateNotificationPreferencesPayload",
        SIGNED_IN,
        &["notificationPreferences", "userErrors"],
    ),
    (
        "Viewer",
        SIGNED_IN,
        &["calendarFeed", "notificationPreferences", "notifications"],
    ),
];
