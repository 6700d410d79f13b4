//! One whose record this is. Everything that says who they are is sealed.

use sea_orm::entity::prelude::*;

use crate::cell::{BlindIndex, Sealed};
use crate::code::Confidentiality;
use crate::id::{PatientId, UserId};

/// One whose record this is. Everything that says who they are is sealed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "patient")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PatientId,
    /// The account they sign in with, if they have one.
    pub user_id: Option<UserId>,
    /// The wrapped key under which this row, and all rows about this patient, are sealed.
    pub data_key: Sealed,
    /// Sealed: the medical record number.
    pub mrn: Sealed,
    /// The medical record number, for look-ups; unique.
    pub mrn_index: BlindIndex,
    /// Sealed: the names.
    pub name: Sealed,
    /// Sealed: the date of birth.
    pub birth_date: Sealed,
    /// Sealed: gender, blood group, language, preferences.
    pub profile: Sealed,
    /// Sealed: e-mail address and telephone number.
    pub contact: Sealed,
    /// Sealed: the postal address.
    pub address: Option<Sealed>,
    /// Sealed: whom to call.
    pub emergency_contacts: Sealed,
    /// How sensitive the record is.
    pub confidentiality: Confidentiality,
    /// The identifier of the source it was imported from, for re-imports; unique.
    pub source_index: Option<BlindIndex>,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Who changed it last.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
