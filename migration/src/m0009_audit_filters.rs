//! What administrators find entries of the audit by, beside the patient and the user.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, NO_INDEXES).await
    }
}

/// Most entries are looks that were allowed: in the last three stand only the others, so that a look pays nothing for them.
const INDEXES: &str = r#"
CREATE INDEX audit_entry_of_request ON audit_entry (request_id, id);
CREATE INDEX audit_entry_of_session ON audit_entry (session, id);
CREATE INDEX audit_entry_not_allowed ON audit_entry (id) WHERE outcome <> 'ALLOWED';
CREATE INDEX audit_entry_not_read ON audit_entry (id) WHERE action <> 'READ';
CREATE INDEX audit_entry_through_glass ON audit_entry (id) WHERE grant_id IS NOT NULL;
"#;

const NO_INDEXES: &str = r#"
DROP INDEX audit_entry_through_glass;
DROP INDEX audit_entry_not_read;
DROP INDEX audit_entry_not_allowed;
DROP INDEX audit_entry_of_session;
DROP INDEX audit_entry_of_request;
"#;
