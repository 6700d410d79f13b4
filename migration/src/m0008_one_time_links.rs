//! Links that are sent by mail and work once, the mail that is to be sent, and whether somebody reads an account's mail.

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
        for table in ["outgoing_mail", "one_time_link"] {
            let drop = Table::drop().table(Alias::new(table)).to_owned();
            manager.drop_table(drop).await?;
        }
        dialect::run(
            manager,
            r#"ALTER TABLE "user" DROP COLUMN email_verified_at;"#,
        )
        .await
    }
}

/// Whoever had an account before addresses were verified keeps it as it is.
const TABLES: &str = r#"
ALTER TABLE "user" ADD COLUMN email_verified_at {time};
UPDATE "user" SET email_verified_at = created_at;
CREATE TABLE one_time_link (
    hash {bytes} PRIMARY KEY NOT NULL,
    user_id {id} NOT NULL REFERENCES "user" (id),
    purpose text NOT NULL,
    auth_epoch integer NOT NULL,
    expires_at {time} NOT NULL,
    CONSTRAINT one_time_link_unique UNIQUE (user_id, purpose)
);
CREATE TABLE outgoing_mail (
    id {id} PRIMARY KEY NOT NULL,
    email_index {bytes} NOT NULL,
    kind text NOT NULL,
    attempts integer NOT NULL,
    due_at {time} NOT NULL,
    created_at {time} NOT NULL
);
CREATE INDEX outgoing_mail_by_time ON outgoing_mail (due_at);
"#;
