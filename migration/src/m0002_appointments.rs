//! Visit types and appointments, and the guarantee that one time has one appointment.

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
        for table in ["appointment", "visit_type"] {
            let drop = Table::drop().table(Alias::new(table)).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

const TABLES: &str = r#"
CREATE TABLE visit_type (
    id {id} PRIMARY KEY NOT NULL,
    code text NOT NULL CONSTRAINT visit_type_code_unique UNIQUE,
    name text NOT NULL,
    minutes integer NOT NULL CHECK (minutes BETWEEN 5 AND 480),
    modality text NOT NULL CHECK (modality IN ('IN_PERSON', 'VIDEO', 'PHONE')),
    requires_approval {bool} NOT NULL,
    active {bool} NOT NULL,
    version integer NOT NULL
);
CREATE TABLE appointment (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    doctor_id {id} NOT NULL REFERENCES doctor (id),
    visit_type_id {id} REFERENCES visit_type (id),
    starts_at {time} NOT NULL,
    ends_at {time} NOT NULL,
    zone text NOT NULL,
    modality text NOT NULL CHECK (modality IN ('IN_PERSON', 'VIDEO', 'PHONE')),
    status text NOT NULL CHECK (status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED', 'FULFILLED',
        'CANCELLED', 'NOSHOW', 'ENTERED_IN_ERROR')),
    confirmed_at {time},
    reason {bytes},
    cancellation_reason text,
    replaces_id {id} REFERENCES appointment (id),
    source_index {bytes} CONSTRAINT appointment_source_unique UNIQUE,
    version integer NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    CHECK (ends_at > starts_at),
    CHECK ((status = 'CANCELLED') = (cancellation_reason IS NOT NULL))
);
CREATE INDEX appointment_of_doctor ON appointment (doctor_id, starts_at);
CREATE INDEX appointment_of_patient ON appointment (patient_id, starts_at);
"#;

/// Half-open ranges: one appointment may begin the moment the other ends.
pub(crate) const POSTGRES_GUARANTEE: &str = r#"
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE appointment ADD CONSTRAINT appointment_doctor_free
    EXCLUDE USING gist (doctor_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
    WHERE (status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED'));
ALTER TABLE appointment ADD CONSTRAINT appointment_patient_free
    EXCLUDE USING gist (patient_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
    WHERE (status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED'));
"#;

pub(crate) const SQLITE_GUARANTEE: &str = r#"
CREATE TRIGGER appointment_free_on_insert BEFORE INSERT ON appointment
WHEN NEW.status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED')
BEGIN
    SELECT RAISE(ABORT, 'appointment_doctor_free') WHERE EXISTS (
        SELECT 1 FROM appointment a WHERE a.doctor_id = NEW.doctor_id AND a.id <> NEW.id
        AND a.starts_at < NEW.ends_at AND a.ends_at > NEW.starts_at
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
        AND a.starts_at < NEW.ends_at AND a.ends_at > NEW.starts_at
        AND a.status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED'));
    SELECT RAISE(ABORT, 'appointment_patient_free') WHERE EXISTS (
        SELECT 1 FROM appointment a WHERE a.patient_id = NEW.patient_id AND a.id <> NEW.id
        AND a.starts_at < NEW.ends_at AND a.ends_at > NEW.starts_at
        AND a.status IN ('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED'));
END;
"#;
