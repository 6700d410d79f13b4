//! What one request looks at in the records of many patients: one entry of the audit names them all, and stands for a look at
//! each. By this table a patient's looks are found; whose record an entry is of is in the entry, under its proof.

use crate::dialect;
use crate::m0006_audit::{POSTGRES_APPEND, SQLITE_APPEND};
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run_either(manager, POSTGRES_UP, SQLITE_UP).await?;
        let named = |sql: &str| sql.replace("{table}", "audit_patient");
        dialect::run_either(manager, &named(POSTGRES_APPEND), &named(SQLITE_APPEND)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, DOWN).await
    }
}

const POSTGRES_UP: &str = "
CREATE TABLE audit_patient (
    patient_id {id} NOT NULL,
    entry_id {id} NOT NULL,
    PRIMARY KEY (patient_id, entry_id)
);
ALTER TABLE audit_entry ADD COLUMN patients {bytes};
";

/// The key is all there is: it is kept once.
const SQLITE_UP: &str = "
CREATE TABLE audit_patient (
    patient_id {id} NOT NULL,
    entry_id {id} NOT NULL,
    PRIMARY KEY (patient_id, entry_id)
) WITHOUT ROWID;
ALTER TABLE audit_entry ADD COLUMN patients {bytes};
";

const DOWN: &str = "
ALTER TABLE audit_entry DROP COLUMN patients;
DROP TABLE audit_patient;
";
