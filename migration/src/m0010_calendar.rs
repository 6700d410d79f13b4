//! A doctor's hours, holds that end by themselves, and the guarantee of one time again: now over what a visit blocks, its
//! buffers included, and with as many seats as a group visit has.

use crate::dialect;
use crate::m0002_appointments as before;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run_either(manager, POSTGRES_WITHOUT, SQLITE_WITHOUT).await?;
        dialect::run(manager, VISIT_TYPES).await?;
        dialect::run_either(manager, POSTGRES_COLUMNS, SQLITE_COLUMNS).await?;
        dialect::run(manager, SEATS).await?;
        dialect::run_either(manager, POSTGRES_GUARANTEE, SQLITE_GUARANTEE).await?;
        dialect::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run_either(manager, POSTGRES_WITHOUT, SQLITE_WITHOUT).await?;
        dialect::run(manager, DOWN).await?;
        dialect::run_either(
            manager,
            before::POSTGRES_GUARANTEE,
            before::SQLITE_GUARANTEE,
        )
        .await
    }
}

const POSTGRES_WITHOUT: &str = r#"
ALTER TABLE appointment DROP CONSTRAINT appointment_doctor_free;
ALTER TABLE appointment DROP CONSTRAINT appointment_patient_free;
"#;

const SQLITE_WITHOUT: &str = r#"
DROP TRIGGER appointment_free_on_insert;
DROP TRIGGER appointment_free_on_update;
"#;

const VISIT_TYPES: &str = r#"
ALTER TABLE visit_type ADD COLUMN buffer_before integer NOT NULL DEFAULT 0 CHECK (buffer_before BETWEEN 0 AND 120);
ALTER TABLE visit_type ADD COLUMN buffer_after integer NOT NULL DEFAULT 0 CHECK (buffer_after BETWEEN 0 AND 120);
ALTER TABLE visit_type ADD COLUMN minimum_notice integer NOT NULL DEFAULT 0 CHECK (minimum_notice BETWEEN 0 AND 43200);
ALTER TABLE visit_type ADD COLUMN maximum_advance integer NOT NULL DEFAULT 730 CHECK (maximum_advance BETWEEN 1 AND 730);
ALTER TABLE visit_type ADD COLUMN capacity integer NOT NULL DEFAULT 1 CHECK (capacity BETWEEN 1 AND 50);
"#;

/// What is there already blocks its own time and is no group visit.
const POSTGRES_COLUMNS: &str = r#"
ALTER TABLE appointment ADD COLUMN blocked_from {time};
ALTER TABLE appointment ADD COLUMN blocked_until {time};
ALTER TABLE appointment ADD COLUMN group_key {id};
ALTER TABLE appointment ADD COLUMN seat integer NOT NULL DEFAULT 0 CHECK (seat BETWEEN 0 AND 49);
ALTER TABLE appointment ADD COLUMN hold_expires_at {time};
UPDATE appointment SET blocked_from = starts_at, blocked_until = ends_at, group_key = id;
ALTER TABLE appointment ALTER COLUMN blocked_from SET NOT NULL;
ALTER TABLE appointment ALTER COLUMN blocked_until SET NOT NULL;
ALTER TABLE appointment ALTER COLUMN group_key SET NOT NULL;
ALTER TABLE appointment ADD CONSTRAINT appointment_blocks_itself
    CHECK (blocked_from <= starts_at AND blocked_until >= ends_at);
"#;

/// SQLite adds a column that cannot be null with a default only.
const SQLITE_COLUMNS: &str = r#"
ALTER TABLE appointment ADD COLUMN blocked_from {time} NOT NULL DEFAULT '';
ALTER TABLE appointment ADD COLUMN blocked_until {time} NOT NULL DEFAULT '';
ALTER TABLE appointment ADD COLUMN group_key {id} NOT NULL DEFAULT x'';
ALTER TABLE appointment ADD COLUMN seat integer NOT NULL DEFAULT 0 CHECK (seat BETWEEN 0 AND 49);
ALTER TABLE appointment ADD COLUMN hold_expires_at {time};
UPDATE appointment SET blocked_from = starts_at, blocked_until = ends_at, group_key = id;
"#;

/// Nobody sits on another's chair.
const SEATS: &str = r#"
CREATE UNIQUE INDEX appointment_seat ON appointment (group_key, seat)
    WHERE status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED') AND group_key <> id;
CREATE INDEX appointment_holds ON appointment (hold_expires_at) WHERE status = 'PENDING';
"#;

/// Two appointments of a doctor share no moment of what they block, unless they are seats of one group visit. A patient is
/// still in one place at a time: for the time of the visit itself.
const POSTGRES_GUARANTEE: &str = r#"
ALTER TABLE appointment ADD CONSTRAINT appointment_doctor_free
    EXCLUDE USING gist (doctor_id WITH =, tstzrange(blocked_from, blocked_until, '[)') WITH &&, group_key WITH <>)
    WHERE (status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED'));
ALTER TABLE appointment ADD CONSTRAINT appointment_patient_free
    EXCLUDE USING gist (patient_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
    WHERE (status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED'));
"#;

const SQLITE_GUARANTEE: &str = r#"
CREATE INDEX appointment_blocked ON appointment (doctor_id, blocked_until)
    WHERE status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED');
CREATE TRIGGER appointment_free_on_insert BEFORE INSERT ON appointment
WHEN NEW.status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED')
BEGIN
    SELECT RAISE(ABORT, 'appointment_doctor_free') WHERE EXISTS (
        SELECT 1 FROM appointment a WHERE a.doctor_id = NEW.doctor_id AND a.id <> NEW.id
        AND a.blocked_from < NEW.blocked_until AND a.blocked_until > NEW.blocked_from AND a.group_key <> NEW.group_key
        AND a.status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED'));
    SELECT RAISE(ABORT, 'appointment_patient_free') WHERE EXISTS (
        SELECT 1 FROM appointment a WHERE a.patient_id = NEW.patient_id AND a.id <> NEW.id
        AND a.starts_at < NEW.ends_at AND a.ends_at > NEW.starts_at
        AND a.status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED'));
END;
CREATE TRIGGER appointment_free_on_update BEFORE UPDATE ON appointment
WHEN NEW.status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED')
BEGIN
    SELECT RAISE(ABORT, 'appointment_doctor_free') WHERE EXISTS (
        SELECT 1 FROM appointment a WHERE a.doctor_id = NEW.doctor_id AND a.id <> NEW.id
        AND a.blocked_from < NEW.blocked_until AND a.blocked_until > NEW.blocked_from AND a.group_key <> NEW.group_key
        AND a.status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED'));
    SELECT RAISE(ABORT, 'appointment_patient_free') WHERE EXISTS (
        SELECT 1 FROM appointment a WHERE a.patient_id = NEW.patient_id AND a.id <> NEW.id
        AND a.starts_at < NEW.ends_at AND a.ends_at > NEW.starts_at
        AND a.status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED'));
END;
"#;

const TABLES: &str = r#"
CREATE TABLE availability_rule (
    id {id} PRIMARY KEY NOT NULL,
    doctor_id {id} NOT NULL REFERENCES doctor (id),
    weekdays integer NOT NULL CHECK (weekdays BETWEEN 1 AND 127),
    from_minute integer NOT NULL,
    until_minute integer NOT NULL,
    step integer NOT NULL CHECK (step BETWEEN 5 AND 480),
    zone text NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    visit_types {json} NOT NULL,
    location text,
    version integer NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    CHECK (from_minute >= 0 AND from_minute < until_minute AND until_minute <= 1440),
    CHECK (valid_until IS NULL OR valid_until >= valid_from)
);
CREATE INDEX availability_rule_of_doctor ON availability_rule (doctor_id);
CREATE TABLE availability_exception (
    id {id} PRIMARY KEY NOT NULL,
    doctor_id {id} NOT NULL REFERENCES doctor (id),
    kind text NOT NULL CHECK (kind IN ('CLOSED', 'OPEN')),
    first_day date NOT NULL,
    last_day date NOT NULL,
    from_minute integer NOT NULL,
    until_minute integer NOT NULL,
    step integer NOT NULL CHECK (step BETWEEN 5 AND 480),
    zone text NOT NULL,
    visit_types {json} NOT NULL,
    location text,
    created_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    CHECK (from_minute >= 0 AND from_minute < until_minute AND until_minute <= 1440),
    CHECK (last_day >= first_day)
);
CREATE INDEX availability_exception_of_doctor ON availability_exception (doctor_id, last_day);
"#;

const DOWN: &str = r#"
DROP TABLE availability_exception;
DROP TABLE availability_rule;
DROP INDEX appointment_seat;
DROP INDEX appointment_holds;
DROP INDEX IF EXISTS appointment_blocked;
ALTER TABLE appointment DROP COLUMN hold_expires_at;
ALTER TABLE appointment DROP COLUMN seat;
ALTER TABLE appointment DROP COLUMN group_key;
ALTER TABLE appointment DROP COLUMN blocked_until;
ALTER TABLE appointment DROP COLUMN blocked_from;
ALTER TABLE visit_type DROP COLUMN capacity;
ALTER TABLE visit_type DROP COLUMN maximum_advance;
ALTER TABLE visit_type DROP COLUMN minimum_notice;
ALTER TABLE visit_type DROP COLUMN buffer_after;
ALTER TABLE visit_type DROP COLUMN buffer_before;
"#;
