//! A doctor's leave to read the record of a patient whom they do not treat, for a short time, with a reason.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;
use crate::code::{BreakGlassEnd, BreakGlassOutcome, BreakGlassReason};
use crate::id::{BreakGlassGrantId, DoctorId, PatientId, SessionId, UserId};

/// A doctor's leave to read the record of a patient whom they do not treat, for a short time, with a reason.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "break_glass_grant")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BreakGlassGrantId,
    /// Whose record.
    pub patient_id: PatientId,
    /// Who may read it.
    pub doctor_id: DoctorId,
    /// The doctor's account.
    pub user_id: UserId,
    /// The session it was given in, and outside which it opens nothing.
    pub session_id: SessionId,
    /// What for.
    pub reason: BreakGlassReason,
    /// Why, in the doctor's words; sealed under the patient's key.
    pub justification: Sealed,
    /// From when.
    pub starts_at: DateTimeUtc,
    /// Until when at most.
    pub expires_at: DateTimeUtc,
    /// When it ended; absent as long as nobody has noted that.
    pub ended_at: Option<DateTimeUtc>,
    /// How it ended.
    pub end_reason: Option<BreakGlassEnd>,
    /// When an administrator looked at it.
    pub reviewed_at: Option<DateTimeUtc>,
    /// Who did.
    pub reviewed_by: Option<UserId>,
    /// What they found.
    pub outcome: Option<BreakGlassOutcome>,
    /// What they noted; sealed under the patient's key.
    pub note: Option<Sealed>,
    /// Counts the changes of this row.
    pub version: i32,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
