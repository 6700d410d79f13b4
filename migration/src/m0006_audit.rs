//! The audit: what was looked at and done, the chain over it, and the key of both. Neither entries nor links are ever
//! changed or deleted: the database refuses it.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let with = |sql: &str| sql.replace("{columns}", COLUMNS);
        dialect::run_either(manager, &with(POSTGRES_PLACE), &with(SQLITE_PLACE)).await?;
        dialect::run(manager, TABLES).await?;
        dialect::run_either(manager, POSTGRES_KEY, SQLITE_KEY).await?;
        for table in ["audit_entry", "audit_link"] {
            let named = |sql: &str| sql.replace("{table}", table);
            dialect::run_either(manager, &named(POSTGRES_APPEND), &named(SQLITE_APPEND)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["audit_link", "audit_entry", "audit_key"] {
            let drop = Table::drop().table(Alias::new(table)).to_owned();
            manager.drop_table(drop).await?;
        }
        dialect::run_either(manager, "DROP FUNCTION audit_is_append_only;", "").await
    }
}

/// An entry, but for its place.
const COLUMNS: &str = r#"id {id} NOT NULL CONSTRAINT audit_entry_id_unique UNIQUE,
    occurred_at {time} NOT NULL,
    node {id} NOT NULL,
    request_id text NOT NULL,
    operation text NOT NULL,
    actor {id},
    session {id},
    roles integer NOT NULL,
    action text NOT NULL,
    kinds text NOT NULL,
    object_kind text NOT NULL,
    object_id {id},
    patient_id {id},
    fields text NOT NULL,
    relationship text,
    purpose text,
    grant_id {id},
    reason text,
    outcome text NOT NULL CHECK (outcome IN ('ALLOWED', 'DENIED', 'FAILED')),
    times integer NOT NULL,
    address {bytes},
    mac {bytes} NOT NULL"#;

/// An entry's place counts up as entries are written; on PostgreSQL one may become visible after a later one.
const POSTGRES_PLACE: &str = r#"
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit_is_append_only' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TABLE audit_entry (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY NOT NULL,
    {columns}
);
"#;

const SQLITE_PLACE: &str = r#"
CREATE TABLE audit_entry (
    place integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    {columns}
);
"#;

const TABLES: &str = r#"
CREATE INDEX audit_entry_of_patient ON audit_entry (patient_id, id);
CREATE INDEX audit_entry_of_actor ON audit_entry (actor, id);
CREATE TABLE audit_link (
    seq {long} PRIMARY KEY NOT NULL,
    entry_id {id} NOT NULL CONSTRAINT audit_link_entry_unique UNIQUE,
    hash {bytes} NOT NULL
);
CREATE TABLE audit_key (
    id {id} PRIMARY KEY NOT NULL,
    data_key {bytes} NOT NULL,
    secret {bytes} NOT NULL
);
"#;

/// As for every other table with a data key: it refers to the master key that has wrapped it.
const POSTGRES_KEY: &str = r#"
ALTER TABLE audit_key ADD COLUMN wrapped_by {bytes}
    GENERATED ALWAYS AS (NULLIF(substring(data_key FROM 3 FOR 4), '\x'::bytea)) STORED
    CONSTRAINT audit_key_wrapped_by_known REFERENCES key_check (key_id);
"#;

const SQLITE_KEY: &str = r#"
ALTER TABLE audit_key ADD COLUMN wrapped_by {bytes}
    GENERATED ALWAYS AS (nullif(substr(data_key, 3, 4), x'')) VIRTUAL
    CONSTRAINT audit_key_wrapped_by_known REFERENCES key_check (key_id);
"#;

/// Refuses to change or delete anything of `{table}`.
pub(crate) const POSTGRES_APPEND: &str = r#"
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
"#;

/// The same for SQLite.
pub(crate) const SQLITE_APPEND: &str = r#"
CREATE TRIGGER {table}_is_not_updated BEFORE UPDATE ON {table}
BEGIN
    SELECT RAISE(ABORT, 'audit_is_append_only');
END;
CREATE TRIGGER {table}_is_not_deleted BEFORE DELETE ON {table}
BEGIN
    SELECT RAISE(ABORT, 'audit_is_append_only');
END;
"#;
