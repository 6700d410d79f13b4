//! The roots, and what every room shares.

use super::{ADMIN, Entry, PEOPLE, PUBLIC, SIGNED_IN, STAFF};

pub(super) const ENTRIES: &[Entry] = &[
    ("AccessEnded", PEOPLE, &["message"]),
    ("CaughtUp", PEOPLE, &["cursor"]),
    (
        "Mutation",
        STAFF,
        &[
            "acceptAppointment",
            "addCareTeamMember",
            "arriveAppointment",
            "checkInAppointment",
            "completeAppointment",
            "createPatient",
            "endCareTeamMember",
            "enterAppointmentInError",
            "markNoShow",
            "undoNoShow",
        ],
    ),
    (
        "Mutation",
        PEOPLE,
        &[
            "addCoverage",
            "bookAppointment",
            "cancelAppointment",
            "confirmAppointment",
            "removeCoverage",
            "requestAppointment",
            "rescheduleAppointment",
            "updateCoverage",
            "updatePatient",
        ],
    ),
    (
        "Mutation",
        SIGNED_IN,
        &[
            "changePassword",
            "revokeOtherSessions",
            "revokeSession",
            "signOut",
        ],
    ),
    (
        "Mutation",
        ADMIN,
        &[
            "assignRole",
            "createDepartment",
            "createDoctor",
            "createUser",
            "createVisitType",
            "erasePatient",
            "setClearance",
            "setPatientConfidentiality",
            "setUserStatus",
            "updateDoctor",
            "withdrawRole",
        ],
    ),
    (
        "Mutation",
        PUBLIC,
        &["refreshSession", "registerPatient", "signIn"],
    ),
    ("Node", SIGNED_IN, &["id"]),
    (
        "PageInfo",
        SIGNED_IN,
        &["endCursor", "hasNextPage", "hasPreviousPage", "startCursor"],
    ),
    (
        "Query",
        PEOPLE,
        &[
            "appointment",
            "appointments",
            "departments",
            "doctor",
            "doctors",
            "patient",
            "visitTypes",
        ],
    ),
    ("Query", ADMIN, &["clinicDay", "users"]),
    ("Query", SIGNED_IN, &["node", "user", "viewer"]),
    ("Query", STAFF, &["patients"]),
    ("ResyncRequired", PEOPLE, &["message"]),
    (
        "Subscription",
        PEOPLE,
        &["accessLogChanged", "appointmentChanged", "patientChanged"],
    ),
];
