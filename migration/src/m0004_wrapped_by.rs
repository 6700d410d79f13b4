//! Each data key refers to the master key that has wrapped it, so that no master key ends while one is left.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            let named = |sql: &str| sql.replace("{table}", table);
            dialect::run_either(manager, &named(POSTGRES), &named(SQLITE)).await?;
            dialect::run(manager, &named(INDEX)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            dialect::run(manager, &DOWN.replace("{table}", table)).await?;
        }
        Ok(())
    }
}

/// The tables whose rows have a data key.
const TABLES: [&str; 3] = ["patient", "doctor", "user"];

/// The four bytes after format and algorithm name the master key; a key that was destroyed is empty and names none.
const POSTGRES: &str = r#"
ALTER TABLE "{table}" ADD COLUMN wrapped_by {bytes}
    GENERATED ALWAYS AS (NULLIF(substring(data_key FROM 3 FOR 4), '\x'::bytea)) STORED
    CONSTRAINT {table}_wrapped_by_known REFERENCES key_check (key_id);
"#;

/// SQLite adds no stored column to a table that is there; a derived one is checked all the same.
const SQLITE: &str = r#"
ALTER TABLE "{table}" ADD COLUMN wrapped_by {bytes}
    GENERATED ALWAYS AS (nullif(substr(data_key, 3, 4), x'')) VIRTUAL
    CONSTRAINT {table}_wrapped_by_known REFERENCES key_check (key_id);
"#;

const INDEX: &str = r#"CREATE INDEX {table}_by_master_key ON "{table}" (wrapped_by, id);"#;

const DOWN: &str = r#"
DROP INDEX {table}_by_master_key;
ALTER TABLE "{table}" DROP COLUMN wrapped_by;
"#;
