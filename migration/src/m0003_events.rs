//! The event log: a head a stream, and the facts behind it.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["event", "stream_head"] {
            let drop = Table::drop().table(Alias::new(table)).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

const TABLES: &str = r#"
CREATE TABLE stream_head (
    stream text PRIMARY KEY NOT NULL,
    seq {long} NOT NULL,
    floor {long} NOT NULL
);
CREATE TABLE event (
    stream text NOT NULL,
    seq {long} NOT NULL,
    id {id} NOT NULL,
    kind text NOT NULL,
    subject {id} NOT NULL,
    version integer NOT NULL,
    occurred_at {time} NOT NULL,
    PRIMARY KEY (stream, seq)
);
CREATE INDEX event_by_age ON event (occurred_at);
"#;
