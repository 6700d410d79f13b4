//! A patient's insurance.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;
use crate::id::{CoverageId, PatientId, UserId};

/// A patient's insurance.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CoverageId,
    /// Whose it is.
    pub patient_id: PatientId,
    /// Sealed under the patient's key: payer, member number.
    pub detail: Sealed,
    /// First day of validity.
    pub valid_from: Option<Date>,
    /// Last day of validity.
    pub valid_to: Option<Date>,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Who recorded it.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
