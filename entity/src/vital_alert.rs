//! A reading that is out of bounds, and what came of it.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;
use crate::code::{AlertLevel, AlertStatus};
use crate::id::{PatientId, RecordId, UserId, VitalAlertId};

/// A reading that is out of bounds, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vital_alert")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VitalAlertId,
    /// Whose.
    pub patient_id: PatientId,
    /// Which reading; no other alert is of it.
    #[sea_orm(unique)]
    pub record_id: RecordId,
    /// How far out of bounds.
    pub level: AlertLevel,
    /// Where it stands.
    pub status: AlertStatus,
    /// When it was raised.
    pub raised_at: DateTimeUtc,
    /// When the next is called if nobody takes it on; none when nobody is left, or somebody has.
    pub due_at: Option<DateTimeUtc>,
    /// When somebody took it on.
    pub acknowledged_at: Option<DateTimeUtc>,
    /// Who did.
    pub acknowledged_by: Option<UserId>,
    /// Sealed under the patient's key: what they noted.
    pub note: Option<Sealed>,
    /// When the reading turned out to be none.
    pub closed_at: Option<DateTimeUtc>,
    /// Counts the changes of this row.
    pub version: i32,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
