//! The chart.

use super::{Entry, PEOPLE};
use crate::access::fields::Rule;
use entity::code::Roles;

const ERROR: &[&str] = &["code", "message", "path"];
const PAGE: &[&str] = &["edges", "nodes", "pageInfo", "totalCount"];
const EDGE: &[&str] = &["cursor", "node"];
const DOCTOR: Rule = Rule::Roles(Roles::DOCTOR);
/// The patient and those who treat them: what an administrator asks for is refused by the policy, which knows why.
const CLINICAL: Rule = PEOPLE;

/// What every entry shares.
const SHARED: &[&str] = &[
    "history",
    "id",
    "note",
    "patient",
    "recordedAt",
    "recordedBy",
    "source",
    "status",
    "updatedAt",
    "version",
];

pub(super) const ENTRIES: &[Entry] = &[
    ("Allergy", CLINICAL, SHARED),
    (
        "Allergy",
        CLINICAL,
        &[
            "allergyType",
            "category",
            "criticality",
            "onsetAt",
            "reactions",
            "substance",
            "verification",
        ],
    ),
    ("AllergyConnection", CLINICAL, PAGE),
    ("AllergyEdge", CLINICAL, EDGE),
    ("AllergyReaction", CLINICAL, &["manifestation", "severity"]),
    ("Concept", CLINICAL, &["codings", "text"]),
    ("Condition", CLINICAL, SHARED),
    (
        "Condition",
        CLINICAL,
        &[
            "abatedAt",
            "bodySite",
            "code",
            "onsetAt",
            "severity",
            "verification",
        ],
    ),
    ("ConditionConnection", CLINICAL, PAGE),
    ("ConditionEdge", CLINICAL, EDGE),
    (
        "EarlyWarningParts",
        CLINICAL,
        &[
            "consciousness",
            "oxygen",
            "oxygenSaturation",
            "pulse",
            "respiratoryRate",
            "systolic",
            "temperature",
        ],
    ),
    (
        "EarlyWarningScore",
        CLINICAL,
        &["parts", "risk", "scale", "score", "since"],
    ),
    ("EnterInErrorError", CLINICAL, ERROR),
    ("EnterInErrorPayload", CLINICAL, &["record", "userErrors"]),
    ("Immunization", CLINICAL, SHARED),
    (
        "Immunization",
        CLINICAL,
        &[
            "doseNumber",
            "lotNumber",
            "occurredAt",
            "site",
            "statusReason",
            "vaccine",
        ],
    ),
    ("ImmunizationConnection", CLINICAL, PAGE),
    ("ImmunizationEdge", CLINICAL, EDGE),
    ("MedicationRequest", CLINICAL, SHARED),
    (
        "MedicationRequest",
        CLINICAL,
        &[
            "asNeeded",
            "authoredAt",
            "dosage",
            "endsAt",
            "medication",
            "reason",
            "route",
        ],
    ),
    ("MedicationRequestConnection", CLINICAL, PAGE),
    ("MedicationRequestEdge", CLINICAL, EDGE),
    ("MedicationStatement", CLINICAL, SHARED),
    (
        "MedicationStatement",
        CLINICAL,
        &["dosage", "medication", "reason", "takenFrom", "takenUntil"],
    ),
    ("MedicationStatementConnection", CLINICAL, PAGE),
    ("MedicationStatementEdge", CLINICAL, EDGE),
    (
        "Mutation",
        DOCTOR,
        &[
            "recordAllergy",
            "recordCondition",
            "recordImmunization",
            "requestMedication",
            "updateAllergy",
            "updateCondition",
            "updateImmunization",
            "updateMedicationRequest",
        ],
    ),
    (
        "Mutation",
        CLINICAL,
        &[
            "enterInError",
            "recordVitals",
            "stateMedication",
            "updateMedicationStatement",
        ],
    ),
    (
        "Patient",
        CLINICAL,
        &[
            "allergies",
            "conditions",
            "earlyWarningScore",
            "immunizations",
            "latestVitals",
            "medicationStatements",
            "medications",
            "vitals",
        ],
    ),
    ("RecordAllergyError", DOCTOR, ERROR),
    ("RecordAllergyPayload", DOCTOR, &["allergy", "userErrors"]),
    (
        "RecordChange",
        CLINICAL,
        &["cursor", "kind", "occurredAt", "record"],
    ),
    ("RecordConditionError", DOCTOR, ERROR),
    (
        "RecordConditionPayload",
        DOCTOR,
        &["condition", "userErrors"],
    ),
    ("RecordDifference", CLINICAL, &["after", "before", "field"]),
    ("RecordHistoryConnection", CLINICAL, PAGE),
    ("RecordHistoryEdge", CLINICAL, EDGE),
    ("RecordImmunizationError", DOCTOR, ERROR),
    (
        "RecordImmunizationPayload",
        DOCTOR,
        &["immunization", "userErrors"],
    ),
    (
        "RecordVersion",
        CLINICAL,
        &[
            "changes",
            "reason",
            "recordedAt",
            "recordedBy",
            "source",
            "version",
        ],
    ),
    ("RecordVitalsError", CLINICAL, ERROR),
    ("RecordVitalsPayload", CLINICAL, &["userErrors", "vitals"]),
    ("RequestMedicationError", DOCTOR, ERROR),
    (
        "RequestMedicationPayload",
        DOCTOR,
        &["medicationRequest", "userErrors"],
    ),
    ("StateMedicationError", CLINICAL, ERROR),
    (
        "StateMedicationPayload",
        CLINICAL,
        &["medicationStatement", "userErrors"],
    ),
    (
        "Subscription",
        CLINICAL,
        &["recordChanged", "vitalRecorded"],
    ),
    ("UpdateAllergyError", DOCTOR, ERROR),
    ("UpdateAllergyPayload", DOCTOR, &["allergy", "userErrors"]),
    ("UpdateConditionError", DOCTOR, ERROR),
    (
        "UpdateConditionPayload",
        DOCTOR,
        &["condition", "userErrors"],
    ),
    ("UpdateImmunizationError", DOCTOR, ERROR),
    (
        "UpdateImmunizationPayload",
        DOCTOR,
        &["immunization", "userErrors"],
    ),
    ("UpdateMedicationRequestError", DOCTOR, ERROR),
    (
        "UpdateMedicationRequestPayload",
        DOCTOR,
        &["medicationRequest", "userErrors"],
    ),
    ("UpdateMedicationStatementError", CLINICAL, ERROR),
    (
        "UpdateMedicationStatementPayload",
        CLINICAL,
        &["medicationStatement", "userErrors"],
    ),
    ("Vital", CLINICAL, SHARED),
    (
        "Vital",
        CLINICAL,
        &[
            "code",
            "codings",
            "components",
            "consciousness",
            "derived",
            "given",
            "level",
            "measuredAt",
            "unit",
            "value",
        ],
    ),
    (
        "VitalChange",
        CLINICAL,
        &["cursor", "kind", "occurredAt", "vital"],
    ),
    ("VitalComponent", CLINICAL, &["coding", "value"]),
    ("VitalConnection", CLINICAL, PAGE),
    ("VitalEdge", CLINICAL, EDGE),
    ("VitalLine", CLINICAL, &["coding", "points"]),
    (
        "VitalPoint",
        CLINICAL,
        &["count", "from", "max", "mean", "min", "to"],
    ),
    (
        "VitalSeries",
        CLINICAL,
        &["code", "lines", "readings", "unit"],
    ),
];
