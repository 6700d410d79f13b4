//! The states of entries of all kinds.

use async_graphql::Enum;

/// Where an entry of any kind stands: FHIR's codes; each kind knows some of them.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::RecordStatus")]
pub enum RecordStatus {
    /// FHIR `active`.
    Active,
    /// FHIR `recurrence`.
    Recurrence,
    /// FHIR `relapse`.
    Relapse,
    /// FHIR `inactive`.
    Inactive,
    /// FHIR `remission`.
    Remission,
    /// FHIR `resolved`.
    Resolved,
    /// FHIR `on-hold`.
    OnHold,
    /// FHIR `cancelled`.
    Cancelled,
    /// FHIR `completed`.
    Completed,
    /// FHIR `stopped`.
    Stopped,
    /// FHIR `draft`.
    Draft,
    /// FHIR `intended`.
    Intended,
    /// FHIR `not-taken`.
    NotTaken,
    /// FHIR `not-done`.
    NotDone,
    /// FHIR `unknown`.
    Unknown,
    /// FHIR `final`.
    Final,
    /// FHIR `planned`.
    Planned,
    /// FHIR `in-progress`.
    InProgress,
    /// FHIR `finished`.
    Finished,
    /// FHIR `revoked`.
    Revoked,
    /// FHIR `registered`.
    Registered,
    /// FHIR `partial`.
    Partial,
    /// FHIR `preliminary`.
    Preliminary,
    /// FHIR `amended`.
    Amended,
    /// FHIR `corrected`.
    Corrected,
    /// FHIR `appended`.
    Appended,
    /// FHIR `entered-in-error`.
    EnteredInError,
}
