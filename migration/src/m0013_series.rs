//! Appointments that come again by a rule: what they were booked by, and which of them an appointment is.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, TABLE).await?;
        dialect::run_either(manager, POSTGRES_COLUMN, SQLITE_COLUMN).await?;
        dialect::run(manager, PLACE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, DOWN).await
    }
}

const TABLE: &str = r#"
CREATE TABLE appointment_series (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    doctor_id {id} NOT NULL REFERENCES doctor (id),
    rule text NOT NULL,
    zone text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id)
);
"#;

const POSTGRES_COLUMN: &str = r#"
ALTER TABLE appointment ADD COLUMN series_id {id} REFERENCES appointment_series (id);
"#;

/// SQLite cannot take a column away again that refers to another table.
const SQLITE_COLUMN: &str = r#"
ALTER TABLE appointment ADD COLUMN series_id {id};
"#;

/// Of what the rule says once there is one appointment that stands, however often it was moved.
const PLACE: &str = r#"
ALTER TABLE appointment ADD COLUMN occurrence integer
    CHECK ((occurrence IS NULL) = (series_id IS NULL) AND (occurrence IS NULL OR occurrence > 0));
CREATE UNIQUE INDEX appointment_occurrence ON appointment (series_id, occurrence)
    WHERE series_id IS NOT NULL AND status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED');
CREATE INDEX appointment_of_series ON appointment (series_id, starts_at) WHERE series_id IS NOT NULL;
"#;

const DOWN: &str = r#"
DROP INDEX appointment_of_series;
DROP INDEX appointment_occurrence;
ALTER TABLE appointment DROP COLUMN occurrence;
ALTER TABLE appointment DROP COLUMN series_id;
DROP TABLE appointment_series;
"#;
