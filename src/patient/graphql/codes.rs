//! Coded values as clients see them: the entity's own codes, described.

use crate::access;
use crate::patient::cells;
use async_graphql::Enum;

/// FHIR administrative gender.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::AdministrativeGender")]
pub enum AdministrativeGender {
    /// FHIR `male`.
    Male,
    /// FHIR `female`.
    Female,
    /// FHIR `other`.
    Other,
    /// FHIR `unknown`: not asked, or not said.
    Unknown,
}

/// ABO and rhesus group of the blood.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::BloodGroup")]
pub enum BloodGroup {
    /// A, rhesus positive.
    APositive,
    /// A, rhesus negative.
    ANegative,
    /// B, rhesus positive.
    BPositive,
    /// B, rhesus negative.
    BNegative,
    /// AB, rhesus positive.
    AbPositive,
    /// AB, rhesus negative.
    AbNegative,
    /// O, rhesus positive.
    OPositive,
    /// O, rhesus negative.
    ONegative,
}

/// How a patient wishes to be reached.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "cells::ContactChannel")]
pub enum ContactChannel {
    /// By e-mail.
    Email,
    /// By text message.
    Text,
    /// By telephone.
    Phone,
}

/// Which part of the day a patient likes best.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "cells::PartOfDay")]
pub enum PartOfDay {
    /// Before noon.
    Morning,
    /// After noon.
    Afternoon,
}

/// Through what somebody may see a record.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "access::Relationship")]
pub enum Relationship {
    /// It is their own.
    #[graphql(name = "SELF")]
    OneSelf,
    /// They are in the patient's care team.
    CareTeam,
    /// They have an appointment with the patient.
    Appointment,
    /// They have broken the glass: no relation, but a reason, for an hour at most.
    BreakGlass,
    /// They are a doctor, and this much every doctor may see.
    Clinician,
    /// They run the clinic.
    Administration,
    /// Everybody who is signed in may.
    Public,
}

/// What happened to a patient's administrative data, or to them in a doctor's panel. Whoever receives the change may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatientChangeKind {
    /// Something of the data was made or changed.
    Updated,
    /// They were taken into the panel.
    EnteredPanel,
    /// They are in the panel no more.
    LeftPanel,
}
