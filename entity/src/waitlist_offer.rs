//! A time that was offered to somebody who waits: a hold of theirs, and what came of it.

use sea_orm::entity::prelude::*;

use crate::id::{AppointmentId, DoctorId, WaitlistEntryId, WaitlistOfferId};

/// What came of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum OfferOutcome {
    /// Nobody has answered yet.
    #[sea_orm(string_value = "OPEN")]
    Open,
    /// It was taken.
    #[sea_orm(string_value = "ACCEPTED")]
    Accepted,
    /// It was not wanted, or was called off.
    #[sea_orm(string_value = "DECLINED")]
    Declined,
    /// Nobody answered in time.
    #[sea_orm(string_value = "LAPSED")]
    Lapsed,
}

/// A time that was offered to somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist_offer")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WaitlistOfferId,
    /// To whom.
    pub entry_id: WaitlistEntryId,
    /// The hold that keeps the time for them.
    pub appointment_id: AppointmentId,
    /// With whom.
    pub doctor_id: DoctorId,
    /// When the visit would begin.
    pub starts_at: DateTimeUtc,
    /// What came of it.
    pub outcome: OfferOutcome,
    /// When it was made.
    pub offered_at: DateTimeUtc,
    /// Until when it could be answered.
    pub expires_at: DateTimeUtc,
    /// When it was answered or found to be over; absent as long as it is open.
    pub ended_at: Option<DateTimeUtc>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The hold.
    #[sea_orm(
        belongs_to = "super::appointment::Entity",
        from = "Column::AppointmentId",
        to = "super::appointment::Column::Id"
    )]
    Appointment,
}

impl Related<super::appointment::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Appointment.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
