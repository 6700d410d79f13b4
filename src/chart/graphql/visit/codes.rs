//! Coded values of visits: FHIR's codes, described.

use crate::chart::content;
use crate::chart::graphql::codes::statuses;
use async_graphql::Enum;

statuses! {
    /// Where a visit stands: FHIR encounter status.
    EncounterStatus {
        /// FHIR `planned`: it has not begun.
        Planned,
        /// FHIR `in-progress`: it goes on.
        InProgress,
        /// FHIR `finished`: it is over.
        Finished,
        /// FHIR `cancelled`: it never began.
        Cancelled,
    }
    /// Where a note stands: FHIR composition status.
    VisitNoteStatus {
        /// FHIR `preliminary`: a draft.
        Preliminary,
        /// FHIR `final`: signed.
        Final,
    }
    /// Where an order stands: FHIR service request status.
    OrderStatus {
        /// FHIR `draft`: not ordered yet.
        Draft,
        /// FHIR `active`: ordered.
        Active,
        /// FHIR `on-hold`: not for now.
        OnHold,
        /// FHIR `revoked`: called off.
        Revoked,
        /// FHIR `completed`: done.
        Completed,
        /// FHIR `unknown`.
        Unknown,
    }
    /// Where a result stands: FHIR diagnostic report status.
    TestResultStatus {
        /// FHIR `registered`: nothing was found yet.
        Registered,
        /// FHIR `partial`: some of it was found.
        Partial,
        /// FHIR `preliminary`: found, and not verified.
        Preliminary,
        /// FHIR `final`: verified.
        Final,
        /// FHIR `amended`: changed after it was final.
        Amended,
        /// FHIR `corrected`: it was wrong when it was final.
        Corrected,
        /// FHIR `appended`: more was found after it was final.
        Appended,
        /// FHIR `cancelled`: called off.
        Cancelled,
        /// FHIR `unknown`.
        Unknown,
    }
}

/// What kind of visit it is: HL7 v3 ActCode, as FHIR encounter class has it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "content::EncounterClass")]
pub enum EncounterClass {
    /// HL7 `AMB`: they come and go.
    Ambulatory,
    /// HL7 `EMER`: in an emergency.
    Emergency,
    /// HL7 `HH`: at their home.
    HomeHealth,
    /// HL7 `IMP`: they stay.
    Inpatient,
    /// HL7 `OBSENC`: they are watched, to see whether they stay.
    Observation,
    /// HL7 `SS`: they stay for a short time.
    ShortStay,
    /// HL7 `VR`: from afar.
    Virtual,
}

/// What a doctor does at a visit: HL7 v3 ParticipationType.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "content::ParticipantRole")]
pub enum ParticipantRole {
    /// HL7 `ATND`: answers for it.
    Attender,
    /// HL7 `ADM`: admitted the patient.
    Admitter,
    /// HL7 `CON`: gives an opinion.
    Consultant,
    /// HL7 `DIS`: discharged the patient.
    Discharger,
    /// HL7 `PPRF`: does it.
    PrimaryPerformer,
    /// HL7 `REF`: sent the patient.
    Referrer,
    /// HL7 `SPRF`: helps.
    SecondaryPerformer,
}

/// What is ordered: FHIR service request category.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "content::OrderCategory")]
pub enum OrderCategory {
    /// SNOMED CT 108252007: a test of the laboratory.
    Laboratory,
    /// SNOMED CT 363679005: an image.
    Imaging,
    /// SNOMED CT 3457005: another's opinion.
    Referral,
}

/// How soon: FHIR request priority.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "content::OrderPriority")]
pub enum OrderPriority {
    /// FHIR `routine`: in its turn.
    Routine,
    /// FHIR `urgent`: before others.
    Urgent,
    /// FHIR `asap`: as soon as possible.
    Asap,
    /// FHIR `stat`: at once.
    Stat,
}

/// How far off what is normal: HL7 v3 ObservationInterpretation.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "content::Interpretation")]
pub enum ObservationInterpretation {
    /// HL7 `N`.
    Normal,
    /// HL7 `L`.
    Low,
    /// HL7 `H`.
    High,
    /// HL7 `LL`.
    CriticalLow,
    /// HL7 `HH`.
    CriticalHigh,
    /// HL7 `A`: not as it should be, in words.
    Abnormal,
}

/// How a note is written.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteFormat {
    /// In four parts: subjective, objective, assessment, plan.
    Soap,
    /// As one text.
    Free,
}
