//! Where an entry of a chart came from that was taken in from elsewhere: by what address, of whom, written down when; and what kind of
//! visit an appointment is there. What was taken in before has none.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(
            manager,
            "ALTER TABLE chart_record ADD COLUMN provenance {bytes};
             CREATE TABLE appointment_kind (
                 appointment_id {id} PRIMARY KEY NOT NULL REFERENCES appointment (id),
                 kind {bytes} NOT NULL,
                 is_reason {bool} NOT NULL
             );",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(
            manager,
            "DROP TABLE appointment_kind;
             ALTER TABLE chart_record DROP COLUMN provenance;",
        )
        .await
    }
}
