//! The blind index that patients are searched by: one row a searchable token.

use sea_orm::entity::prelude::*;

use crate::cell::BlindIndex;
use crate::id::PatientId;

/// The blind index that patients are searched by: one row a searchable token.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "patient_index")]
pub struct Model {
    /// What kind of token: name prefix, birth date, e-mail, phone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i16,
    /// The token's keyed hash.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token: BlindIndex,
    /// Whom it finds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub patient_id: PatientId,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
