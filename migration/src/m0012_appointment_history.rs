//! What was done to an appointment, one row for each version after the first. What was done before this step is not known.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, TABLE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, "DROP TABLE appointment_change;").await
    }
}

const TABLE: &str = r#"
CREATE TABLE appointment_change (
    appointment_id {id} NOT NULL REFERENCES appointment (id),
    version integer NOT NULL CHECK (version > 1),
    from_status text NOT NULL,
    status text NOT NULL,
    cancellation_reason text,
    occurred_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    PRIMARY KEY (appointment_id, version)
);
"#;
