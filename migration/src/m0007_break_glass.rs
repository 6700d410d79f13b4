//! Leave to read a record without a relation: one patient, one doctor, one session, an hour at most.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, TABLE).await?;
        dialect::run_either(manager, POSTGRES_HOUR, SQLITE_HOUR).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop()
            .table(Alias::new("break_glass_grant"))
            .to_owned();
        manager.drop_table(drop).await
    }
}

/// A session's row is forgotten before a grant's is, so the one does not refer to the other.
const TABLE: &str = r#"
CREATE TABLE break_glass_grant (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    doctor_id {id} NOT NULL REFERENCES doctor (id),
    user_id {id} NOT NULL REFERENCES "user" (id),
    session_id {id} NOT NULL,
    reason text NOT NULL CHECK (reason IN ('ETREAT', 'ERTREAT', 'COC', 'PATSFTY', 'DISASTER')),
    justification {bytes} NOT NULL,
    starts_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    ended_at {time},
    end_reason text CHECK (end_reason IN ('EXPIRED', 'RELINQUISHED', 'REVOKED', 'SESSION_ENDED')),
    reviewed_at {time},
    reviewed_by {id} REFERENCES "user" (id),
    outcome text CHECK (outcome IN ('JUSTIFIED', 'UNJUSTIFIED', 'ESCALATED')),
    note {bytes},
    version integer NOT NULL,
    CHECK (expires_at > starts_at),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CHECK ((reviewed_at IS NULL) = (outcome IS NULL)),
    CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL)),
    CONSTRAINT break_glass_not_reviewed_by_oneself CHECK (reviewed_by <> user_id)
);
CREATE UNIQUE INDEX break_glass_once ON break_glass_grant (session_id, patient_id) WHERE ended_at IS NULL;
CREATE INDEX break_glass_of_doctor ON break_glass_grant (doctor_id, patient_id) WHERE ended_at IS NULL;
CREATE INDEX break_glass_of_patient ON break_glass_grant (patient_id);
CREATE INDEX break_glass_unreviewed ON break_glass_grant (id) WHERE reviewed_at IS NULL;
"#;

const POSTGRES_HOUR: &str = r#"
ALTER TABLE break_glass_grant ADD CONSTRAINT break_glass_an_hour_at_most
    CHECK (expires_at <= starts_at + interval '60 minutes');
"#;

const SQLITE_HOUR: &str = r#"
CREATE TRIGGER break_glass_an_hour_at_most BEFORE INSERT ON break_glass_grant
WHEN julianday(NEW.expires_at) - julianday(NEW.starts_at) > 3601.0 / 86400
BEGIN
    SELECT RAISE(ABORT, 'break_glass_an_hour_at_most');
END;
"#;
