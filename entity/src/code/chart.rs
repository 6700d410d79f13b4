//! The codes of charts.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

codes! {
    /// What an entry of the chart is.
    RecordKind {
        /// FHIR Condition.
        Condition = "CONDITION",
        /// FHIR AllergyIntolerance.
        Allergy = "ALLERGY",
        /// FHIR MedicationRequest.
        MedicationRequest = "MEDICATION_REQUEST",
        /// FHIR MedicationStatement: what the patient says they take.
        MedicationStatement = "MEDICATION_STATEMENT",
        /// FHIR Immunization.
        Immunization = "IMMUNIZATION",
        /// FHIR Observation of the category `vital-signs`.
        Vital = "VITAL",
        /// FHIR Encounter: a visit.
        Encounter = "ENCOUNTER",
        /// FHIR Composition: what somebody wrote of a visit.
        VisitNote = "VISIT_NOTE",
        /// FHIR ServiceRequest: a test, an image, or another's opinion.
        Order = "ORDER",
        /// FHIR DiagnosticReport: what was found.
        TestResult = "TEST_RESULT",
    }
    /// Where an entry of the chart stands: the codes of all its kinds; each kind knows some of them.
    RecordStatus {
        /// FHIR `active`.
        Active = "active",
        /// FHIR `recurrence`.
        Recurrence = "recurrence",
        /// FHIR `relapse`.
        Relapse = "relapse",
        /// FHIR `inactive`.
        Inactive = "inactive",
        /// FHIR `remission`.
        Remission = "remission",
        /// FHIR `resolved`.
        Resolved = "resolved",
        /// FHIR `on-hold`.
        OnHold = "on-hold",
        /// FHIR `cancelled`.
        Cancelled = "cancelled",
        /// FHIR `completed`.
        Completed = "completed",
        /// FHIR `stopped`.
        Stopped = "stopped",
        /// FHIR `draft`.
        Draft = "draft",
        /// FHIR `intended`.
        Intended = "intended",
        /// FHIR `not-taken`.
        NotTaken = "not-taken",
        /// FHIR `not-done`.
        NotDone = "not-done",
        /// FHIR `unknown`.
        Unknown = "unknown",
        /// FHIR `final`.
        Final = "final",
        /// FHIR `planned`.
        Planned = "planned",
        /// FHIR `in-progress`.
        InProgress = "in-progress",
        /// FHIR `finished`.
        Finished = "finished",
        /// FHIR `revoked`.
        Revoked = "revoked",
        /// FHIR `registered`.
        Registered = "registered",
        /// FHIR `partial`.
        Partial = "partial",
        /// FHIR `preliminary`.
        Preliminary = "preliminary",
        /// FHIR `amended`.
        Amended = "amended",
        /// FHIR `corrected`.
        Corrected = "corrected",
        /// FHIR `appended`.
        Appended = "appended",
        /// FHIR `entered-in-error`.
        EnteredInError = "entered-in-error",
    }
    /// What a patient asks to have changed.
    ProposalKind {
        /// Who they are.
        Demographics = "DEMOGRAPHICS",
        /// A condition.
        Condition = "CONDITION",
        /// An allergy.
        Allergy = "ALLERGY",
        /// A medication that the clinic has noted as taken.
        MedicationStatement = "MEDICATION_STATEMENT",
        /// An immunization.
        Immunization = "IMMUNIZATION",
    }
    /// Where it stands.
    ProposalStatus {
        /// Nobody has decided.
        Pending = "PENDING",
        /// All of it was made.
        Accepted = "ACCEPTED",
        /// Some of it was made.
        PartlyAccepted = "PARTLY_ACCEPTED",
        /// Nothing of it was made.
        Rejected = "REJECTED",
        /// The patient took it back.
        Withdrawn = "WITHDRAWN",
    }
    /// Whose word an entry of the chart is.
    RecordSource {
        /// The patient's.
        Patient = "PATIENT",
        /// The clinic's.
        Clinic = "CLINIC",
    }
}
