//! Alerts: a reading that is out of bounds, who was called, who took it on; and the bounds that a care team sets for a
//! patient. Plain is what the next call is found by; what somebody wrote, and the bounds, are sealed. A reading raises one
//! alert, nobody is called to one twice, and no version of bounds is changed: the database refuses each. And what an order
//! was given in spite of, beside its version.

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
        for table in ["alert_call", "vital_alert", "vital_threshold"] {
            let drop = Table::drop().table(Alias::new(table)).to_owned();
            manager.drop_table(drop).await?;
        }
        dialect::run(manager, "ALTER TABLE chart_version DROP COLUMN overridden;").await?;
        dialect::run_either(
            manager,
            "DROP FUNCTION vital_threshold_stays();",
            "SELECT 1;",
        )
        .await
    }
}

const TABLES: &str = r#"
CREATE TABLE vital_alert (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    record_id {id} NOT NULL REFERENCES chart_record (id),
    level text NOT NULL CHECK (level IN ('ABNORMAL', 'CRITICAL')),
    status text NOT NULL CHECK (status IN ('OPEN', 'ACKNOWLEDGED', 'CLOSED')),
    raised_at {time} NOT NULL,
    due_at {time},
    acknowledged_at {time},
    acknowledged_by {id} REFERENCES "user" (id),
    note {bytes},
    closed_at {time},
    version integer NOT NULL CHECK (version >= 1),
    CONSTRAINT vital_alert_once UNIQUE (record_id),
    CHECK (status = 'OPEN' OR due_at IS NULL),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CHECK (status <> 'OPEN' OR acknowledged_at IS NULL),
    CHECK (status <> 'ACKNOWLEDGED' OR acknowledged_at IS NOT NULL),
    CHECK (note IS NULL OR acknowledged_at IS NOT NULL),
    CHECK ((status = 'CLOSED') = (closed_at IS NOT NULL))
);
CREATE INDEX vital_alert_of_patient ON vital_alert (patient_id, raised_at);
CREATE INDEX vital_alert_due ON vital_alert (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE alert_call (
    alert_id {id} NOT NULL REFERENCES vital_alert (id),
    place integer NOT NULL CHECK (place >= 1),
    doctor_id {id} NOT NULL REFERENCES doctor (id),
    called_at {time} NOT NULL,
    PRIMARY KEY (alert_id, place),
    CONSTRAINT alert_call_once UNIQUE (alert_id, doctor_id)
);
CREATE TABLE vital_threshold (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    measure_index {bytes} NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    content {bytes} NOT NULL,
    recorded_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    CONSTRAINT vital_threshold_once UNIQUE (patient_id, measure_index, version)
);
ALTER TABLE chart_version ADD COLUMN overridden {bytes};
"#;

const POSTGRES_KEPT: &str = r#"
CREATE FUNCTION vital_threshold_stays() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'vital_threshold_stays' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER vital_threshold_stays BEFORE UPDATE ON vital_threshold
    FOR EACH STATEMENT EXECUTE FUNCTION vital_threshold_stays();
"#;

const SQLITE_KEPT: &str = r#"
CREATE TRIGGER vital_threshold_stays BEFORE UPDATE ON vital_threshold
BEGIN
    SELECT RAISE(ABORT, 'vital_threshold_stays');
END;
"#;
