//! Coded values as clients see them: FHIR's codes, described.

use crate::chart::vital::{level, news2, unit};
use crate::chart::{content, vital};
use async_graphql::Enum;

/// Makes a kind's statuses of those of all kinds.
macro_rules! statuses {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$variant_doc:meta])+ $variant:ident,)+ })+) => {$(
        $(#[$doc])+
        #[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])+ $variant,)+
            /// FHIR `entered-in-error`: it should not be there, and says nothing any more. It is given by enterInError alone.
            EnteredInError,
        }

        impl From<$name> for entity::code::RecordStatus {
            fn from(status: $name) -> Self {
                match status {
                    $($name::$variant => Self::$variant,)+
                    $name::EnteredInError => Self::EnteredInError,
                }
            }
        }

        impl $name {
            /// This kind's status, if it is one.
            #[must_use]
            pub fn of(status: entity::code::RecordStatus) -> Option<Self> {
                match status {
                    $(entity::code::RecordStatus::$variant => Some(Self::$variant),)+
                    entity::code::RecordStatus::EnteredInError => Some(Self::EnteredInError),
                    _ => None,
                }
            }
        }
    )+};
}

pub(super) use statuses;

statuses! {
    /// Where a condition stands: FHIR condition clinical status.
    ConditionStatus {
        /// FHIR `active`: the patient has it.
        Active,
        /// FHIR `recurrence`: it has come again.
        Recurrence,
        /// FHIR `relapse`: it is worse again.
        Relapse,
        /// FHIR `inactive`: the patient does not feel it.
        Inactive,
        /// FHIR `remission`: it is quiet, and may come again.
        Remission,
        /// FHIR `resolved`: it is over.
        Resolved,
    }
    /// Where an allergy stands: FHIR allergy intolerance clinical status.
    AllergyStatus {
        /// FHIR `active`: the patient is at risk.
        Active,
        /// FHIR `inactive`: the patient is not at risk any more.
        Inactive,
        /// FHIR `resolved`: it was tried, and nothing happened.
        Resolved,
    }
    /// Where an ordered medication stands: FHIR medication request status.
    MedicationRequestStatus {
        /// FHIR `active`: to be taken.
        Active,
        /// FHIR `on-hold`: not for now.
        OnHold,
        /// FHIR `cancelled`: never begun.
        Cancelled,
        /// FHIR `completed`: taken to the end.
        Completed,
        /// FHIR `stopped`: given up before the end.
        Stopped,
        /// FHIR `draft`: not ordered yet.
        Draft,
        /// FHIR `unknown`.
        Unknown,
    }
    /// Where a medication stands that a patient speaks of: FHIR medication statement status.
    MedicationStatementStatus {
        /// FHIR `active`: taken.
        Active,
        /// FHIR `completed`: taken to the end.
        Completed,
        /// FHIR `intended`: to be taken.
        Intended,
        /// FHIR `stopped`: given up.
        Stopped,
        /// FHIR `on-hold`: not for now.
        OnHold,
        /// FHIR `not-taken`: it was never taken.
        NotTaken,
        /// FHIR `unknown`.
        Unknown,
    }
    /// Whether a vaccine was given: FHIR immunization status.
    ImmunizationStatus {
        /// FHIR `completed`: given.
        Completed,
        /// FHIR `not-done`: not given.
        NotDone,
    }
    /// Where a vital sign stands: FHIR observation status.
    VitalStatus {
        /// FHIR `final`.
        Final,
    }
}

/// What an entry of the chart is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::RecordKind")]
pub enum RecordKind {
    /// FHIR Condition.
    Condition,
    /// FHIR AllergyIntolerance.
    Allergy,
    /// FHIR MedicationRequest.
    MedicationRequest,
    /// FHIR MedicationStatement.
    MedicationStatement,
    /// FHIR Immunization.
    Immunization,
    /// FHIR Observation of the category `vital-signs`.
    Vital,
    /// FHIR Encounter.
    Encounter,
    /// FHIR Composition.
    VisitNote,
    /// FHIR ServiceRequest.
    Order,
    /// FHIR DiagnosticReport.
    TestResult,
}

/// What happened to an entry of the chart. Whoever may see the entry may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordChangeKind {
    /// It came to be.
    Recorded,
    /// It says another thing, or was entered in error: its status says which.
    Updated,
}

impl RecordChangeKind {
    /// What made this version of an entry.
    pub(super) fn of(version: i32) -> Self {
        match version {
            1 => Self::Recorded,
            _ => Self::Updated,
        }
    }
}

/// What happened to a vital sign. Whoever may see it may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum VitalChangeKind {
    /// It was recorded.
    Recorded,
    /// It was entered in error: nothing else can happen to it.
    EnteredInError,
}

impl VitalChangeKind {
    /// What made this version of a vital sign.
    pub(super) fn of(version: i32) -> Self {
        match version {
            1 => Self::Recorded,
            _ => Self::EnteredInError,
        }
    }
}

/// Whose word something is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::RecordSource")]
pub enum RecordSource {
    /// The patient's.
    Patient,
    /// The clinic's.
    Clinic,
}

/// How sure one is of a condition: FHIR condition verification status.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "content::ConditionVerification")]
pub enum ConditionVerification {
    /// FHIR `unconfirmed`.
    Unconfirmed,
    /// FHIR `provisional`.
    Provisional,
    /// FHIR `differential`.
    Differential,
    /// FHIR `confirmed`.
    Confirmed,
    /// FHIR `refuted`.
    Refuted,
}

/// How sure one is of an allergy: FHIR allergy intolerance verification status.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "content::AllergyVerification")]
pub enum AllergyVerification {
    /// FHIR `unconfirmed`.
    Unconfirmed,
    /// FHIR `presumed`.
    Presumed,
    /// FHIR `confirmed`.
    Confirmed,
    /// FHIR `refuted`.
    Refuted,
}

/// What the body does: FHIR allergy intolerance type.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "content::AllergyType")]
pub enum AllergyType {
    /// FHIR `allergy`: the immune system.
    Allergy,
    /// FHIR `intolerance`: something else.
    Intolerance,
}

/// What kind of substance it is: FHIR allergy intolerance category.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "content::AllergyCategory")]
pub enum AllergyCategory {
    /// FHIR `food`.
    Food,
    /// FHIR `medication`.
    Medication,
    /// FHIR `environment`.
    Environment,
    /// FHIR `biologic`.
    Biologic,
}

/// How much harm is to be feared: FHIR allergy intolerance criticality.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "content::AllergyCriticality")]
pub enum AllergyCriticality {
    /// FHIR `low`.
    Low,
    /// FHIR `high`.
    High,
    /// FHIR `unable-to-assess`.
    UnableToAssess,
}

/// What is measured.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "vital::VitalCode")]
pub enum VitalCode {
    /// LOINC 85354-9, with 8480-6 (systolic) and 8462-4 (diastolic), in `mm[Hg]`.
    BloodPressure,
    /// LOINC 8867-4, in `/min`.
    HeartRate,
    /// LOINC 9279-1, in `/min`.
    RespiratoryRate,
    /// LOINC 59408-5 and 2708-6, in `%`.
    OxygenSaturation,
    /// LOINC 8310-5, in `Cel`.
    BodyTemperature,
    /// LOINC 29463-7, in `kg`.
    BodyWeight,
    /// LOINC 8302-2, in `cm`.
    BodyHeight,
    /// LOINC 39156-5, in `kg/m2`; derived of weight and height.
    BodyMassIndex,
    /// LOINC 3151-8, in `L/min`; 0 is air.
    OxygenFlow,
    /// LOINC 80288-4; it has no unit.
    Consciousness,
}

/// How awake somebody is: the ACVPU scale.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "vital::Consciousness")]
pub enum Consciousness {
    /// A: awake and oriented.
    Alert,
    /// C: newly confused.
    Confusion,
    /// V: answers to a voice.
    Voice,
    /// P: answers to pain.
    Pain,
    /// U: answers to nothing.
    Unresponsive,
}

/// How far a reading is from what is normal, for whoever is 16 or older: by the bands of NEWS2 (Royal College of Physicians,
/// 2017). A clinic's own thresholds need a clinician's signature.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "level::Level")]
pub enum VitalLevel {
    /// No points.
    Normal,
    /// One or two points.
    Abnormal,
    /// Three points.
    Critical,
}

/// How soon a clinician should look (NEWS2).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "news2::Risk")]
pub enum EarlyWarningRisk {
    /// 0 to 4 points.
    Low,
    /// 0 to 4 points, and 3 of them in one part.
    LowMedium,
    /// 5 or 6 points.
    Medium,
    /// 7 points or more.
    High,
}

/// By which scale oxygen saturation is scored (NEWS2).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "news2::Scale")]
pub enum EarlyWarningScale {
    /// For everybody but those below.
    One,
    /// For those with hypercapnic respiratory failure, when a clinician has said so.
    Two,
}

/// A unit of pressure.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "unit::Pressure")]
pub enum PressureUnit {
    /// UCUM `mm[Hg]`.
    MillimetresOfMercury,
    /// UCUM `kPa`.
    Kilopascals,
}

/// A unit of temperature.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "unit::Temperature")]
pub enum TemperatureUnit {
    /// UCUM `Cel`.
    Celsius,
    /// UCUM `[degF]`.
    Fahrenheit,
}

/// A unit of weight.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "unit::Weight")]
pub enum WeightUnit {
    /// UCUM `kg`.
    Kilograms,
    /// UCUM `[lb_av]`.
    Pounds,
}

/// A unit of length.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "unit::Length")]
pub enum LengthUnit {
    /// UCUM `cm`.
    Centimetres,
    /// UCUM `[in_i]`.
    Inches,
}
