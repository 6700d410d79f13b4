//! Where entries of charts came from that were taken in from elsewhere: a keyed hash of the source's name for each, so that
//! what comes again is known. An entry can be made of several sources; a source makes one entry.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, SOURCES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(Alias::new("chart_source")).to_owned();
        manager.drop_table(drop).await
    }
}

const SOURCES: &str = r#"
CREATE TABLE chart_source (
    source_index {bytes} PRIMARY KEY NOT NULL,
    record_id {id} NOT NULL REFERENCES chart_record (id)
);
CREATE INDEX chart_source_of_record ON chart_source (record_id);
"#;
