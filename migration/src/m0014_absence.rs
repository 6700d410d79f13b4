//! When doctors are away, and the guarantee that nobody is given their time then; and who of those who have come was called
//! in when. What is taken over from elsewhere is a fact, whoever was away.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, TABLES).await?;
        dialect::run_either(manager, POSTGRES_GUARANTEE, SQLITE_GUARANTEE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run_either(manager, POSTGRES_WITHOUT, SQLITE_WITHOUT).await?;
        dialect::run(manager, "DROP TABLE attendance; DROP TABLE absence;").await
    }
}

const TABLES: &str = r#"
CREATE TABLE absence (
    id {id} PRIMARY KEY NOT NULL,
    doctor_id {id} NOT NULL REFERENCES doctor (id),
    kind text NOT NULL CHECK (kind IN ('VACATION', 'SICKNESS', 'TRAINING', 'OTHER')),
    starts_at {time} NOT NULL,
    ends_at {time} NOT NULL,
    ended_at {time},
    reason {bytes},
    version integer NOT NULL CHECK (version >= 1),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    CHECK (starts_at < ends_at),
    CHECK (ended_at IS NULL OR ended_at <= ends_at)
);
CREATE INDEX absence_of_doctor ON absence (doctor_id, ends_at);
CREATE TABLE attendance (
    appointment_id {id} PRIMARY KEY NOT NULL REFERENCES appointment (id),
    doctor_id {id} NOT NULL REFERENCES doctor (id),
    arrived_at {time} NOT NULL,
    called_at {time}
);
CREATE INDEX attendance_of_doctor ON attendance (doctor_id, arrived_at);
"#;

/// A function of its own has a snapshot of its own: it sees an absence that was committed while the statement waited for the
/// doctor's lock.
const POSTGRES_GUARANTEE: &str = r#"
CREATE FUNCTION appointment_doctor_away() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM absence a WHERE a.doctor_id = NEW.doctor_id AND a.starts_at < NEW.ends_at
        AND coalesce(a.ended_at, a.ends_at) > greatest(NEW.starts_at, a.starts_at)) THEN
        RAISE EXCEPTION 'appointment_doctor_away'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'appointment_doctor_away';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appointment_doctor_away BEFORE INSERT ON appointment FOR EACH ROW
    WHEN (NEW.status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED') AND NEW.source_index IS NULL)
    EXECUTE FUNCTION appointment_doctor_away();
"#;

const SQLITE_GUARANTEE: &str = r#"
CREATE TRIGGER appointment_doctor_away BEFORE INSERT ON appointment
WHEN NEW.status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED') AND NEW.source_index IS NULL
BEGIN
    SELECT RAISE(ABORT, 'appointment_doctor_away') WHERE EXISTS (
        SELECT 1 FROM absence a WHERE a.doctor_id = NEW.doctor_id AND a.starts_at < NEW.ends_at
        AND coalesce(a.ended_at, a.ends_at) > max(NEW.starts_at, a.starts_at));
END;
"#;

const POSTGRES_WITHOUT: &str = r#"
DROP TRIGGER appointment_doctor_away ON appointment;
DROP FUNCTION appointment_doctor_away();
"#;

const SQLITE_WITHOUT: &str = "DROP TRIGGER appointment_doctor_away;";
