//! Coded values as clients see them: the entity's own codes, described.

use async_graphql::Enum;

/// Why a doctor opens the record of a patient whom they do not treat (HL7 v3 PurposeOfUse).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::BreakGlassReason")]
pub enum BreakGlassReason {
    /// PurposeOfUse `ETREAT`: emergency treatment.
    EmergencyTreatment,
    /// PurposeOfUse `ERTREAT`: treatment in an emergency room.
    EmergencyRoom,
    /// PurposeOfUse `COC`: coordination of care, as when standing in for who treats them.
    CoordinationOfCare,
    /// PurposeOfUse `PATSFTY`: a danger to the patient's safety.
    PatientSafety,
    /// PurposeOfUse `DISASTER`: a disaster with many hurt.
    Disaster,
}

/// How a break-glass grant ended.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::BreakGlassEnd")]
pub enum BreakGlassEndReason {
    /// Its time was over.
    Expired,
    /// The doctor closed the record again.
    Relinquished,
    /// An administrator took it away.
    Revoked,
    /// The session ended that it was given in: signed out, idle, locked out, or with other rights.
    SessionEnded,
}

/// What an administrator thinks of a break-glass grant.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::BreakGlassOutcome")]
pub enum BreakGlassOutcome {
    /// There was reason enough.
    Justified,
    /// There was not.
    Unjustified,
    /// Others are to decide.
    Escalated,
}

/// What happened to a break-glass grant.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakGlassChangeKind {
    /// A doctor opened the record.
    Granted,
    /// It is closed to them again.
    Ended,
    /// An administrator looked at it.
    Reviewed,
}
