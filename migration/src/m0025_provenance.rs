//! Where an entry of a chart came from that was taken in from elsewhere: by what address, of whom, written down when. Entries that
//! were taken in before have none.

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
            "ALTER TABLE chart_record ADD COLUMN provenance {bytes};",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, "ALTER TABLE chart_record DROP COLUMN provenance;").await
    }
}
