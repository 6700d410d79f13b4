//! Private links to calendars: one an account, of which only the hash is kept.

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
        dialect::run(manager, "DROP TABLE calendar_feed;").await
    }
}

const TABLE: &str = r#"
CREATE TABLE calendar_feed (
    user_id {id} PRIMARY KEY NOT NULL REFERENCES "user" (id),
    hash {bytes} NOT NULL CONSTRAINT calendar_feed_hash_unique UNIQUE,
    created_at {time} NOT NULL
);
"#;
