//! What can be asked of what: the graph's types with the fields that the oracle knows the answers of.

/// What a field leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// A value.
    Leaf,
    /// A value with fields, or a list of them.
    Plain(&'static str),
    /// A thing of its own.
    One(&'static str),
    /// A page of things.
    Page(&'static str),
}

use Lead::{Leaf, One, Page, Plain};

/// The fields of a type.
pub fn fields(kind: &str) -> &'static [(&'static str, Lead)] {
    match kind {
        "Viewer" => &[
            ("mustChangePassword", Leaf),
            ("mustEnrolMfa", Leaf),
            ("recoveryCodesLeft", Leaf),
            ("user", One("User")),
            ("patient", One("Patient")),
            ("doctor", One("Doctor")),
        ],
        "User" => &[
            ("id", Leaf),
            ("email", Leaf),
            ("displayName", Leaf),
            ("roles", Leaf),
            ("clearance", Leaf),
            ("status", Leaf),
            ("mfaEnrolled", Leaf),
            ("emailVerified", Leaf),
            ("version", Leaf),
        ],
        "Patient" => &[
            ("id", Leaf),
            ("mrn", Leaf),
            ("displayName", Leaf),
            ("birthDate", Leaf),
            ("version", Leaf),
            ("viewerRelationship", Leaf),
            ("gender", Leaf),
            ("bloodGroup", Leaf),
            ("language", Leaf),
            ("confidentiality", Leaf),
            ("name", Plain("PersonName")),
            ("contact", Plain("PatientContact")),
            ("address", Plain("Address")),
            ("preferences", Plain("PatientPreferences")),
            ("coverages", Page("Coverage")),
            ("careTeam", Page("CareTeamMember")),
            ("appointments", Page("Appointment")),
            ("nextAppointment", One("Appointment")),
        ],
        "Doctor" => &[
            ("id", Leaf),
            ("displayName", Leaf),
            ("zone", Leaf),
            ("acceptsNewPatients", Leaf),
            ("version", Leaf),
            ("name", Plain("PersonName")),
            ("credentials", Plain("DoctorCredentials")),
            ("appointments", Page("Appointment")),
        ],
        "Appointment" => &[
            ("id", Leaf),
            ("status", Leaf),
            ("startsAt", Leaf),
            ("endsAt", Leaf),
            ("reason", Leaf),
            ("zone", Leaf),
            ("modality", Leaf),
            ("version", Leaf),
            ("patient", One("Patient")),
            ("doctor", One("Doctor")),
            ("replaces", One("Appointment")),
        ],
        "CareTeamMember" => &[
            ("id", Leaf),
            ("role", Leaf),
            ("active", Leaf),
            ("startsAt", Leaf),
            ("endsAt", Leaf),
            ("version", Leaf),
            ("patient", One("Patient")),
            ("doctor", One("Doctor")),
        ],
        "Coverage" => &[
            ("id", Leaf),
            ("payer", Leaf),
            ("memberNumber", Leaf),
            ("plan", Leaf),
            ("version", Leaf),
            ("patient", One("Patient")),
        ],
        "BreakGlassGrant" => &[
            ("id", Leaf),
            ("active", Leaf),
            ("reason", Leaf),
            ("justification", Leaf),
            ("startsAt", Leaf),
            ("expiresAt", Leaf),
            ("reviewedAt", Leaf),
            ("patient", One("Patient")),
            ("doctor", One("Doctor")),
        ],
        "VisitKind" => &[
            ("id", Leaf),
            ("minutes", Leaf),
            ("active", Leaf),
            ("requiresApproval", Leaf),
            ("bufferBefore", Leaf),
            ("bufferAfter", Leaf),
            ("minimumNotice", Leaf),
            ("maximumAdvance", Leaf),
            ("capacity", Leaf),
        ],
        "AuditEntry" => &[
            ("id", Leaf),
            ("operation", Leaf),
            ("outcome", Leaf),
            ("patient", One("Patient")),
        ],
        "PersonName" => &[
            ("family", Leaf),
            ("given", Leaf),
            ("text", Leaf),
            ("prefix", Leaf),
        ],
        "PatientContact" => &[
            ("email", Leaf),
            ("phone", Leaf),
            ("emergencyContacts", Plain("EmergencyContact")),
        ],
        "EmergencyContact" => &[("name", Leaf), ("phone", Leaf), ("relationship", Leaf)],
        "Address" => &[("city", Leaf), ("lines", Leaf), ("country", Leaf)],
        "PatientPreferences" => &[("remindersByEmail", Leaf), ("contactBy", Leaf)],
        "DoctorCredentials" => &[("licences", Plain("Licence"))],
        "Licence" => &[("number", Leaf), ("authority", Leaf)],
        _ => &[],
    }
}

/// The types that `node` finds.
pub const NODES: &[&str] = &[
    "User",
    "Patient",
    "Doctor",
    "Appointment",
    "CareTeamMember",
    "Coverage",
    "VisitKind",
    "BreakGlassGrant",
];
