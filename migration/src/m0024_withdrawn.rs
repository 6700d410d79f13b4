//! At which version a file or an entry was last taken back from the patient: whoever had been shown it is told to drop it.

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
            "ALTER TABLE chart_record ADD COLUMN withdrawn_version integer;
             ALTER TABLE document ADD COLUMN withdrawn_version integer;",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(
            manager,
            "ALTER TABLE document DROP COLUMN withdrawn_version;
             ALTER TABLE chart_record DROP COLUMN withdrawn_version;",
        )
        .await
    }
}
