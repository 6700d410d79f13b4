//! What many who follow a stream are shown at once: one entry of the audit names them all, by the numbers under which each is
//! written down once. And one event of a patient's `access:` stream may stand for several places in a row.

use crate::dialect;
use crate::m0006_audit::{POSTGRES_APPEND, SQLITE_APPEND};
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await?;
        let named = |sql: &str| sql.replace("{table}", "audit_follower");
        dialect::run_either(manager, &named(POSTGRES_APPEND), &named(SQLITE_APPEND)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, DOWN).await
    }
}

const UP: &str = "
CREATE TABLE audit_follower (
    node {id} NOT NULL,
    number integer NOT NULL,
    stream text NOT NULL,
    actor {id},
    session {id},
    roles integer NOT NULL,
    request_id text NOT NULL,
    address {bytes},
    mac {bytes} NOT NULL,
    PRIMARY KEY (node, number)
);
CREATE INDEX audit_follower_of_actor ON audit_follower (actor);
CREATE INDEX audit_follower_of_session ON audit_follower (session);
CREATE INDEX audit_follower_of_request ON audit_follower (request_id);
ALTER TABLE audit_entry ADD COLUMN stream text;
ALTER TABLE audit_entry ADD COLUMN shown_to {bytes};
CREATE INDEX audit_entry_shown_in ON audit_entry (stream, id) WHERE shown_to IS NOT NULL;
ALTER TABLE event ADD COLUMN span integer NOT NULL DEFAULT 1 CHECK (span > 0);
";

const DOWN: &str = "
ALTER TABLE event DROP COLUMN span;
DROP INDEX audit_entry_shown_in;
ALTER TABLE audit_entry DROP COLUMN shown_to;
ALTER TABLE audit_entry DROP COLUMN stream;
DROP TABLE audit_follower;
";
