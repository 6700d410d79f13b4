//! What is done at visits joins the chart: encounters, notes, orders and results are entries like the others, tied to their
//! visit, with who wrote them, when they were signed and since when the patient is shown them. A signed note stays as it
//! is: the database refuses to change it.

use crate::dialect;
use crate::m0011_chart as before;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Whole or not at all, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run_either(manager, POSTGRES_TIES, SQLITE_ASIDE).await?;
        dialect::run_either(manager, NOTHING, SQLITE_RECORDS).await?;
        dialect::run_either(manager, NOTHING, SQLITE_BACK).await?;
        dialect::run(manager, INDEXES).await?;
        dialect::run_either(manager, POSTGRES_SIGNED, SQLITE_SIGNED).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, FORGET).await?;
        dialect::run_either(manager, POSTGRES_WITHOUT, SQLITE_ASIDE).await?;
        dialect::run_either(manager, NOTHING, before::RECORDS).await?;
        dialect::run_either(manager, NOTHING, SQLITE_BACK).await
    }
}

const NOTHING: &str = "SELECT 1;";

/// The kinds that there are now.
macro_rules! kinds {
    () => {
        "kind IN ('CONDITION', 'ALLERGY', 'MEDICATION_REQUEST', 'MEDICATION_STATEMENT', 'IMMUNIZATION', 'VITAL',
         'ENCOUNTER', 'VISIT_NOTE', 'ORDER', 'TEST_RESULT')"
    };
}

/// What holds between the columns of an entry.
macro_rules! rules {
    ($add:literal) => {
        concat!(
            $add,
            " CONSTRAINT chart_tied CHECK (
                (encounter_id IS NULL OR kind IN ('VISIT_NOTE', 'ORDER', 'TEST_RESULT'))
                AND (parent_id IS NULL OR kind IN ('VISIT_NOTE', 'TEST_RESULT'))
                AND (appointment_id IS NULL OR kind = 'ENCOUNTER')
                AND (author_id IS NULL OR kind IN ('ENCOUNTER', 'VISIT_NOTE', 'ORDER', 'TEST_RESULT'))),\n",
            $add,
            " CONSTRAINT chart_signed CHECK (
                (signed_at IS NULL) = (signed_version IS NULL) AND (signed_at IS NULL OR kind = 'VISIT_NOTE')
                AND (kind <> 'VISIT_NOTE' OR status = 'entered-in-error' OR (status = 'final') = (signed_at IS NOT NULL))),\n",
            $add,
            " CONSTRAINT chart_shared CHECK (
                (shared_at IS NULL) = (shared_version IS NULL)
                AND (shared_at IS NULL OR kind IN ('ENCOUNTER', 'ORDER', 'TEST_RESULT') OR signed_at IS NOT NULL)
                AND (shared_at IS NULL OR status NOT IN ('draft', 'registered', 'partial', 'preliminary'))),\n",
            $add,
            " CONSTRAINT chart_in_chart UNIQUE (id, patient_id),\n",
            $add,
            " CONSTRAINT chart_of_one_visit FOREIGN KEY (encounter_id, patient_id) REFERENCES chart_record (id, patient_id),\n",
            $add,
            " CONSTRAINT chart_of_one_parent FOREIGN KEY (parent_id, patient_id) REFERENCES chart_record (id, patient_id)"
        )
    };
}

const POSTGRES_TIES: &str = concat!(
    r#"
ALTER TABLE chart_record DROP CONSTRAINT chart_record_kind_check;
ALTER TABLE chart_record
    ADD COLUMN author_id {id} REFERENCES "user" (id),
    ADD COLUMN encounter_id {id},
    ADD COLUMN parent_id {id},
    ADD COLUMN appointment_id {id} REFERENCES appointment (id),
    ADD COLUMN signed_at {time},
    ADD COLUMN signed_version integer,
    ADD COLUMN shared_at {time},
    ADD COLUMN shared_version integer,
    ADD CONSTRAINT chart_record_kind_check CHECK ("#,
    kinds!(),
    "),\n",
    rules!("ADD"),
    ";"
);

/// SQLite changes no rule of a table that is there: what stands in it is laid aside, and the table is made anew under its name.
/// Versions and alerts refer to entries by that name, and find them again before the transaction ends.
const SQLITE_ASIDE: &str = r#"
PRAGMA defer_foreign_keys = ON;
CREATE TABLE chart_aside AS SELECT id, patient_id, kind, status, source, code_index, panel_id, effective_at, content, version,
    created_at, updated_at, recorded_by FROM chart_record;
DROP TABLE chart_record;
"#;

const SQLITE_RECORDS: &str = concat!(
    r#"
CREATE TABLE chart_record (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    kind text NOT NULL CHECK ("#,
    kinds!(),
    r#"),
    status text NOT NULL,
    source text NOT NULL CHECK (source IN ('PATIENT', 'CLINIC')),
    code_index {bytes},
    panel_id {id},
    effective_at {time} NOT NULL,
    content {bytes} NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    author_id {id} REFERENCES "user" (id),
    encounter_id {id},
    parent_id {id},
    appointment_id {id} REFERENCES appointment (id),
    signed_at {time},
    signed_version integer,
    shared_at {time},
    shared_version integer,
    CHECK ((kind = 'VITAL') = (code_index IS NOT NULL)),
    CHECK ((kind = 'VITAL') = (panel_id IS NOT NULL)),
"#,
    rules!(""),
    r#"
);
CREATE INDEX chart_of_patient ON chart_record (patient_id, kind, effective_at);
CREATE INDEX chart_vital ON chart_record (patient_id, code_index, effective_at) WHERE code_index IS NOT NULL;
CREATE INDEX chart_panel ON chart_record (panel_id) WHERE panel_id IS NOT NULL;
"#
);

const SQLITE_BACK: &str = r#"
INSERT INTO chart_record (id, patient_id, kind, status, source, code_index, panel_id, effective_at, content, version,
    created_at, updated_at, recorded_by)
    SELECT id, patient_id, kind, status, source, code_index, panel_id, effective_at, content, version,
    created_at, updated_at, recorded_by FROM chart_aside;
DROP TABLE chart_aside;
"#;

/// An appointment has one visit, unless that never took place or never was.
const INDEXES: &str = r#"
CREATE UNIQUE INDEX chart_one_visit ON chart_record (appointment_id)
    WHERE appointment_id IS NOT NULL AND status NOT IN ('cancelled', 'entered-in-error');
CREATE INDEX chart_of_encounter ON chart_record (encounter_id) WHERE encounter_id IS NOT NULL;
CREATE INDEX chart_of_parent ON chart_record (parent_id) WHERE parent_id IS NOT NULL;
"#;

const POSTGRES_SIGNED: &str = r#"
CREATE FUNCTION chart_note_signed() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'chart_note_signed' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER chart_note_signed BEFORE UPDATE ON chart_record FOR EACH ROW
    WHEN (OLD.signed_at IS NOT NULL AND (
        NEW.content <> OLD.content OR NEW.effective_at <> OLD.effective_at OR NEW.kind <> OLD.kind
        OR NEW.patient_id <> OLD.patient_id OR NEW.signed_at IS DISTINCT FROM OLD.signed_at
        OR NEW.signed_version IS DISTINCT FROM OLD.signed_version OR NEW.author_id IS DISTINCT FROM OLD.author_id
        OR NEW.encounter_id IS DISTINCT FROM OLD.encounter_id OR NEW.parent_id IS DISTINCT FROM OLD.parent_id))
    EXECUTE FUNCTION chart_note_signed();
"#;

const SQLITE_SIGNED: &str = r#"
CREATE TRIGGER chart_note_signed BEFORE UPDATE ON chart_record
WHEN OLD.signed_at IS NOT NULL AND (
    NEW.content <> OLD.content OR NEW.effective_at <> OLD.effective_at OR NEW.kind <> OLD.kind
    OR NEW.patient_id <> OLD.patient_id OR NEW.signed_at IS NOT OLD.signed_at
    OR NEW.signed_version IS NOT OLD.signed_version OR NEW.author_id IS NOT OLD.author_id
    OR NEW.encounter_id IS NOT OLD.encounter_id OR NEW.parent_id IS NOT OLD.parent_id)
BEGIN
    SELECT RAISE(ABORT, 'chart_note_signed');
END;
"#;

/// Going back, what the tables before had no room for goes.
const FORGET: &str = r#"
DELETE FROM chart_version WHERE record_id IN
    (SELECT id FROM chart_record WHERE kind IN ('ENCOUNTER', 'VISIT_NOTE', 'ORDER', 'TEST_RESULT'));
DELETE FROM chart_record WHERE kind IN ('ENCOUNTER', 'VISIT_NOTE', 'ORDER', 'TEST_RESULT');
DROP INDEX chart_one_visit;
DROP INDEX chart_of_encounter;
DROP INDEX chart_of_parent;
"#;

const POSTGRES_WITHOUT: &str = r#"
DROP TRIGGER chart_note_signed ON chart_record;
DROP FUNCTION chart_note_signed();
ALTER TABLE chart_record
    DROP CONSTRAINT chart_of_one_parent,
    DROP CONSTRAINT chart_of_one_visit,
    DROP CONSTRAINT chart_in_chart,
    DROP CONSTRAINT chart_shared,
    DROP CONSTRAINT chart_signed,
    DROP CONSTRAINT chart_tied,
    DROP CONSTRAINT chart_record_kind_check,
    DROP COLUMN shared_version,
    DROP COLUMN shared_at,
    DROP COLUMN signed_version,
    DROP COLUMN signed_at,
    DROP COLUMN appointment_id,
    DROP COLUMN parent_id,
    DROP COLUMN encounter_id,
    DROP COLUMN author_id,
    ADD CONSTRAINT chart_record_kind_check CHECK (kind IN
        ('CONDITION', 'ALLERGY', 'MEDICATION_REQUEST', 'MEDICATION_STATEMENT', 'IMMUNIZATION', 'VITAL'));
"#;
