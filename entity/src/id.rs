//! Typed ids: a `UUIDv7` each, one Rust type a noun, so that mixing two of them up does not compile.

use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

ids! {
    /// One who can sign in.
    UserId;
    /// One message that is to be sent.
    MailId;
    /// One signed-in device: a family of refresh tokens.
    SessionId;
    /// One whose record this is.
    PatientId;
    /// One who treats.
    DoctorId;
    /// A patient's insurance.
    CoverageId;
    /// A part of the clinic.
    DepartmentId;
    /// A doctor's place in a patient's care team.
    CareTeamMemberId;
    /// A doctor's leave to read the record of a patient whom they do not treat.
    BreakGlassGrantId;
    /// A kind of visit, with its length.
    VisitTypeId;
    /// Hours of a doctor that come again each week.
    AvailabilityRuleId;
    /// Days on which a doctor's hours are others.
    AvailabilityExceptionId;
    /// When a doctor is away.
    AbsenceId;
    /// One agreed (or asked for) time of one patient with one doctor.
    AppointmentId;
    /// Appointments that come again by a rule.
    SeriesId;
    /// One who waits for a time.
    WaitlistEntryId;
    /// A time that was offered to somebody who waits.
    WaitlistOfferId;
    /// One entry of a chart, whatever its kind.
    RecordId;
    /// A condition in a chart.
    ConditionId;
    /// An allergy in a chart.
    AllergyId;
    /// A medication that was ordered.
    MedicationRequestId;
    /// A medication that a patient says they take.
    MedicationStatementId;
    /// An immunization.
    ImmunizationId;
    /// A vital sign.
    VitalId;
    /// A visit in a chart.
    EncounterId;
    /// A note of a visit.
    VisitNoteId;
    /// A test, an image or another's opinion that was ordered.
    OrderId;
    /// What a test found.
    TestResultId;
    /// One version of an entry of a chart.
    RecordVersionId;
    /// Vital signs that were taken together.
    PanelId;
    /// A file in a patient's record.
    DocumentId;
    /// Where the sealed bytes of a file lie.
    BlobId;
    /// Something that an account's owner is told.
    NotificationId;
    /// A reading that is out of bounds, and what came of it.
    VitalAlertId;
    /// One version of the bounds of a patient's vital sign.
    VitalThresholdId;
    /// A change that a patient asks for.
    ChangeProposalId;
    /// One entry of the audit.
    AuditEntryId;
    /// One entry of the event log.
    EventId;
}
