//! Which copy last looked whether a doctor has a time for those who wait, and upon what.

use sea_orm::entity::prelude::*;

use crate::id::DoctorId;

/// Which copy last looked whether a doctor has a time for those who wait, and upon what.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist_turn")]
pub struct Model {
    /// Whose times.
    #[sea_orm(primary_key, auto_increment = false)]
    pub doctor_id: DoctorId,
    /// Up to which event of the doctor's stream somebody has looked.
    pub seen: i64,
    /// When somebody last looked.
    pub looked_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
