//! The second factor of accounts, and when a session's owner last proved who they are.

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
        for table in ["mfa_challenge", "recovery_code", "second_factor"] {
            let drop = Table::drop().table(Alias::new(table)).to_owned();
            manager.drop_table(drop).await?;
        }
        dialect::run(manager, "ALTER TABLE session DROP COLUMN proved_at;").await
    }
}

const TABLES: &str = r#"
CREATE TABLE second_factor (
    user_id {id} PRIMARY KEY NOT NULL REFERENCES "user" (id),
    seed {bytes},
    last_step {long} NOT NULL,
    pending_seed {bytes},
    pending_until {time}
);
CREATE TABLE recovery_code (
    hash {bytes} PRIMARY KEY NOT NULL,
    user_id {id} NOT NULL REFERENCES "user" (id),
    created_at {time} NOT NULL
);
CREATE INDEX recovery_code_of_user ON recovery_code (user_id);
CREATE TABLE mfa_challenge (
    hash {bytes} PRIMARY KEY NOT NULL,
    user_id {id} NOT NULL REFERENCES "user" (id),
    auth_epoch integer NOT NULL,
    session_id {id} NOT NULL,
    device {bytes} NOT NULL,
    wrong integer NOT NULL,
    expires_at {time} NOT NULL
);
CREATE INDEX mfa_challenge_by_age ON mfa_challenge (expires_at);
ALTER TABLE session ADD COLUMN proved_at {time};
"#;
