//! One agreed (or asked for) time of one patient with one doctor.

use sea_orm::entity::prelude::*;

use crate::cell::{BlindIndex, Sealed};
use crate::code::{AppointmentStatus, CancellationReason, Modality};
use crate::id::{AppointmentId, DoctorId, PatientId, SeriesId, UserId, VisitTypeId};

/// One agreed (or asked for) time of one patient with one doctor.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppointmentId,
    /// Who comes.
    pub patient_id: PatientId,
    /// Who receives.
    pub doctor_id: DoctorId,
    /// What kind of visit; absent when imported from elsewhere.
    pub visit_type_id: Option<VisitTypeId>,
    /// When it begins.
    pub starts_at: DateTimeUtc,
    /// When it ends; the time is free again from here on.
    pub ends_at: DateTimeUtc,
    /// IANA zone in which it was agreed.
    pub zone: String,
    /// How patient and doctor meet.
    pub modality: Modality,
    /// Where it stands.
    pub status: AppointmentStatus,
    /// When the patient said that they will come.
    pub confirmed_at: Option<DateTimeUtc>,
    /// Sealed under the patient's key: why they come.
    pub reason: Option<Sealed>,
    /// Why it was called off.
    pub cancellation_reason: Option<CancellationReason>,
    /// The appointment that this one replaces.
    pub replaces_id: Option<AppointmentId>,
    /// The identifier of the source it was imported from, for re-imports; unique.
    pub source_index: Option<BlindIndex>,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Who made it.
    pub recorded_by: Option<UserId>,
    /// From when on the doctor's time is taken: the beginning, less what the visit needs before.
    pub blocked_from: DateTimeUtc,
    /// Until when it is: the end, and what the visit needs after.
    pub blocked_until: DateTimeUtc,
    /// Whose time does not stand in its way: its own id, or what all who come to the same group visit share.
    pub group_key: Uuid,
    /// Which seat of the group visit, counted from 0.
    pub seat: i32,
    /// Until when a hold holds; from then on it is nobody's, whatever its state still says.
    pub hold_expires_at: Option<DateTimeUtc>,
    /// The series that it is one of.
    pub series_id: Option<SeriesId>,
    /// Which of the series, counted from 1 as the rule counts.
    pub occurrence: Option<i32>,
}

/// The to-one relations that a page of appointments is joined with.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Who comes.
    #[sea_orm(
        belongs_to = "super::patient::Entity",
        from = "Column::PatientId",
        to = "super::patient::Column::Id"
    )]
    Patient,
    /// Who receives.
    #[sea_orm(
        belongs_to = "super::doctor::Entity",
        from = "Column::DoctorId",
        to = "super::doctor::Column::Id"
    )]
    Doctor,
    /// What kind of visit.
    #[sea_orm(
        belongs_to = "super::visit_type::Entity",
        from = "Column::VisitTypeId",
        to = "super::visit_type::Column::Id"
    )]
    VisitType,
}

impl Related<super::patient::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Patient.def()
    }
}

impl Related<super::doctor::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Doctor.def()
    }
}

impl Related<super::visit_type::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::VisitType.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
