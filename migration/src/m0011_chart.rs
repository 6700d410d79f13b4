//! The chart: its entries as they stand, and every version that each of them had. Plain is what lists are made by; what an
//! entry says is sealed. A version is added, and goes with its patient; the database refuses to change one.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, RECORDS).await?;
        dialect::run(manager, VERSIONS).await?;
        dialect::run_either(manager, POSTGRES_KEPT, SQLITE_KEPT).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["chart_version", "chart_record"] {
            let drop = Table::drop().table(Alias::new(table)).to_owned();
            manager.drop_table(drop).await?;
        }
        dialect::run_either(manager, "DROP FUNCTION chart_version_stays();", "SELECT 1;").await
    }
}

pub(crate) const RECORDS: &str = r#"
CREATE TABLE chart_record (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    kind text NOT NULL CHECK (kind IN
        ('CONDITION', 'ALLERGY', 'MEDICATION_REQUEST', 'MEDICATION_STATEMENT', 'IMMUNIZATION', 'VITAL')),
    status text NOT NULL,
    source text NOT NULL CHECK (source IN ('PATIENT', 'CLINIC')),
    code_index {bytes},
    panel_id {id},
    effective_at {time} NOT NULL,
    content {bytes} NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    CHECK ((kind = 'VITAL') = (code_index IS NOT NULL)),
    CHECK ((kind = 'VITAL') = (panel_id IS NOT NULL))
);
CREATE INDEX chart_of_patient ON chart_record (patient_id, kind, effective_at);
CREATE INDEX chart_vital ON chart_record (patient_id, code_index, effective_at) WHERE code_index IS NOT NULL;
CREATE INDEX chart_panel ON chart_record (panel_id) WHERE panel_id IS NOT NULL;
"#;

const VERSIONS: &str = r#"
CREATE TABLE chart_version (
    id {id} PRIMARY KEY NOT NULL,
    record_id {id} NOT NULL REFERENCES chart_record (id),
    version integer NOT NULL CHECK (version >= 1),
    content {bytes} NOT NULL,
    reason {bytes},
    recorded_as text NOT NULL CHECK (recorded_as IN ('PATIENT', 'CLINIC')),
    recorded_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    CONSTRAINT chart_version_once UNIQUE (record_id, version)
);
"#;

const POSTGRES_KEPT: &str = r#"
CREATE FUNCTION chart_version_stays() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'chart_version_stays' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER chart_version_stays BEFORE UPDATE ON chart_version
    FOR EACH STATEMENT EXECUTE FUNCTION chart_version_stays();
"#;

const SQLITE_KEPT: &str = r#"
CREATE TRIGGER chart_version_stays BEFORE UPDATE ON chart_version
BEGIN
    SELECT RAISE(ABORT, 'chart_version_stays');
END;
"#;
