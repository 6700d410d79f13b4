//! One who treats.

use sea_orm::entity::prelude::*;

use crate::cell::{BlindIndex, Sealed};
use crate::code::Specialties;
use crate::id::{DepartmentId, DoctorId, UserId};

/// One who treats.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "doctor")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DoctorId,
    /// The account they sign in with, if they have one.
    pub user_id: Option<UserId>,
    /// The wrapped key under which this row is sealed.
    pub data_key: Sealed,
    /// Sealed: the names.
    pub name: Sealed,
    /// Sealed: licences with their validity.
    pub licences: Sealed,
    /// What they are trained in.
    pub specialties: Specialties,
    /// Where they work.
    pub department_id: Option<DepartmentId>,
    /// IANA zone of their working hours.
    pub zone: String,
    /// Whether new patients may book.
    pub accepts_new_patients: bool,
    /// The identifier of the source it was imported from, for re-imports; unique.
    pub source_index: Option<BlindIndex>,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
