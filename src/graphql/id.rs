//! Ids on the wire: `<kind>_<32 hex digits>`, opaque to clients, unique over the whole graph (Relay).

use crate::error::Fault;
use async_graphql::ID;
use entity::id::{
    AbsenceId, AllergyId, AppointmentId, AuditEntryId, AvailabilityExceptionId, AvailabilityRuleId,
    BreakGlassGrantId, CareTeamMemberId, ChangeProposalId, ConditionId, CoverageId, DepartmentId,
    DoctorId, DocumentId, EncounterId, ImmunizationId, MedicationRequestId, MedicationStatementId,
    NotificationId, OrderId, PatientId, SeriesId, SessionId, TestResultId, UserId, VisitNoteId,
    VisitTypeId, VitalAlertId, VitalId, WaitlistEntryId,
};
use uuid::Uuid;

/// An id that clients may hold.
pub trait Named: Copy + From<Uuid> {
    /// What its text begins with.
    const KIND: &'static str;
    /// What is said of an id that is none of these.
    const OTHER: &'static str;

    /// The bare id.
    fn uuid(self) -> Uuid;
}

macro_rules! named {
    ($($name:ident $kind:literal),+ $(,)?) => {$(
        impl Named for $name {
            const KIND: &'static str = $kind;
            const OTHER: &'static str =
                concat!("An id given is none of the kind expected here: ", $kind, "_ and 32 hexadecimal digits.");

            fn uuid(self) -> Uuid {
                self.0
            }
        }
    )+};
}

named! {
    UserId "user",
    SessionId "ses",
    PatientId "pat",
    DoctorId "doc",
    CoverageId "cov",
    DepartmentId "dep",
    CareTeamMemberId "ctm",
    BreakGlassGrantId "btg",
    VisitTypeId "vis",
    AvailabilityRuleId "avr",
    AvailabilityExceptionId "avx",
    AbsenceId "abs",
    AppointmentId "app",
    SeriesId "ser",
    ConditionId "con",
    AllergyId "alg",
    MedicationRequestId "med",
    MedicationStatementId "mst",
    ImmunizationId "imm",
    VitalId "vit",
    EncounterId "enc",
    VisitNoteId "nte",
    OrderId "ord",
    TestResultId "res",
    DocumentId "dcm",
    NotificationId "ntf",
    WaitlistEntryId "wai",
    VitalAlertId "alr",
    ChangeProposalId "prp",
    AuditEntryId "aud",
}

/// The id as clients know it.
#[must_use]
pub fn encode_id<T: Named>(id: T) -> ID {
    ID(format!("{}_{}", T::KIND, id.uuid().simple()))
}

/// The id that a client gave.
///
/// # Errors
/// [`Fault::BadRequest`] when it is not one of this kind.
pub fn decode_id<T: Named>(id: &ID) -> Result<T, Fault> {
    id.split_once('_')
        .filter(|(kind, digits)| *kind == T::KIND && digits.len() == 32)
        .and_then(|(_, digits)| Uuid::try_parse(digits).ok())
        .map(T::from)
        .ok_or(Fault::BadRequest(T::OTHER))
}
