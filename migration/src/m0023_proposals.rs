//! Changes that patients ask for: plain is of what, whose and where it stands; what it should say, and the word on it, are
//! sealed. Once there is a word on one, or its patient took it back, it stays as it is: the database refuses anything else.
//! And whose proposal a version of an entry came of.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, TABLES).await?;
        dialect::run_either(manager, POSTGRES_KEPT, SQLITE_KEPT).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop()
            .table(Alias::new("change_proposal"))
            .to_owned();
        manager.drop_table(drop).await?;
        dialect::run(
            manager,
            "ALTER TABLE chart_version DROP COLUMN proposal_id;",
        )
        .await?;
        dialect::run_either(
            manager,
            "DROP FUNCTION change_proposal_stays();",
            "SELECT 1;",
        )
        .await
    }
}

/// A version has no reference to its proposal: both go with their patient, in one statement each.
const TABLES: &str = r#"
CREATE TABLE change_proposal (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    kind text NOT NULL CHECK (kind IN ('DEMOGRAPHICS', 'CONDITION', 'ALLERGY', 'MEDICATION_STATEMENT', 'IMMUNIZATION')),
    status text NOT NULL CHECK (status IN ('PENDING', 'ACCEPTED', 'PARTLY_ACCEPTED', 'REJECTED', 'WITHDRAWN')),
    record_id {id} REFERENCES chart_record (id),
    base_version integer CHECK (base_version >= 1),
    content {bytes} NOT NULL,
    decision {bytes},
    proposed_at {time} NOT NULL,
    proposed_by {id} NOT NULL REFERENCES "user" (id),
    decided_at {time},
    decided_by {id} REFERENCES "user" (id),
    version integer NOT NULL CHECK (version >= 1),
    CHECK (kind <> 'DEMOGRAPHICS' OR (record_id IS NULL AND base_version IS NOT NULL)),
    CHECK (kind = 'DEMOGRAPHICS' OR base_version IS NULL OR record_id IS NOT NULL),
    CHECK ((status = 'PENDING') = (decided_at IS NULL)),
    CHECK ((status IN ('ACCEPTED', 'PARTLY_ACCEPTED', 'REJECTED')) = (decision IS NOT NULL)),
    CHECK ((decision IS NULL) = (decided_by IS NULL))
);
CREATE INDEX change_proposal_of_patient ON change_proposal (patient_id, proposed_at);
CREATE INDEX change_proposal_open ON change_proposal (patient_id, id) WHERE status = 'PENDING';
ALTER TABLE chart_version ADD COLUMN proposal_id {id};
"#;

const POSTGRES_KEPT: &str = r#"
CREATE FUNCTION change_proposal_stays() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'change_proposal_stays' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER change_proposal_stays BEFORE UPDATE ON change_proposal
    FOR EACH ROW WHEN (OLD.status <> 'PENDING') EXECUTE FUNCTION change_proposal_stays();
"#;

const SQLITE_KEPT: &str = r#"
CREATE TRIGGER change_proposal_stays BEFORE UPDATE ON change_proposal WHEN OLD.status <> 'PENDING'
BEGIN
    SELECT RAISE(ABORT, 'change_proposal_stays');
END;
"#;
