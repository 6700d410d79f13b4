//! One of the patients at whose records one request has looked, by whom the entry that names them all is found.

use sea_orm::entity::prelude::*;

use crate::id::{AuditEntryId, PatientId};

/// One of the patients at whose records one request has looked, by whom the entry that names them all is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_patient")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub patient_id: PatientId,
    /// The entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: AuditEntryId,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
