//! Accounts, patients, doctors, and the relations between them.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, ACCOUNTS).await?;
        dialect::run(manager, PEOPLE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "care_team_member",
            "coverage",
            "patient_index",
            "patient",
            "doctor",
            "department",
            "key_check",
            "idempotency",
            "sign_in_throttle",
            "refresh_token",
            "session",
            "user",
        ] {
            let drop = Table::drop().table(Alias::new(table)).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

const ACCOUNTS: &str = r#"
CREATE TABLE "user" (
    id {id} PRIMARY KEY NOT NULL,
    data_key {bytes} NOT NULL,
    email {bytes} NOT NULL,
    email_index {bytes} NOT NULL CONSTRAINT user_email_unique UNIQUE,
    display_name {bytes} NOT NULL,
    password_hash text NOT NULL,
    status text NOT NULL CHECK (status IN ('INVITED', 'ACTIVE', 'LOCKED', 'DISABLED')),
    roles integer NOT NULL CHECK (roles BETWEEN 0 AND 15),
    clearance text NOT NULL CHECK (clearance IN ('N', 'R', 'V')),
    auth_epoch integer NOT NULL,
    mfa_enrolled_at {time},
    version integer NOT NULL,
    created_at {time} NOT NULL
);
CREATE TABLE session (
    id {id} PRIMARY KEY NOT NULL,
    user_id {id} NOT NULL REFERENCES "user" (id),
    auth_epoch integer NOT NULL,
    device {bytes} NOT NULL,
    created_at {time} NOT NULL,
    last_used_at {time} NOT NULL,
    idle_expires_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    revoked_at {time}
);
CREATE INDEX session_of_user ON session (user_id);
CREATE TABLE refresh_token (
    hash {bytes} PRIMARY KEY NOT NULL,
    session_id {id} NOT NULL REFERENCES session (id),
    parent {bytes},
    issued_at {time} NOT NULL,
    used_at {time},
    access_used_at {time},
    revoked {bool} NOT NULL
);
CREATE INDEX refresh_token_of_session ON refresh_token (session_id);
CREATE TABLE sign_in_throttle (
    subject {bytes} PRIMARY KEY NOT NULL,
    failures {long} NOT NULL,
    blocked_until {time},
    updated_at {time} NOT NULL
);
CREATE TABLE idempotency (
    user_id {id} NOT NULL REFERENCES "user" (id),
    mutation text NOT NULL,
    key {bytes} NOT NULL,
    input {bytes} NOT NULL,
    result {id} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (user_id, mutation, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
CREATE TABLE key_check (
    key_id {bytes} PRIMARY KEY NOT NULL,
    proof {bytes} NOT NULL
);
"#;

const PEOPLE: &str = r#"
CREATE TABLE department (
    id {id} PRIMARY KEY NOT NULL,
    name text NOT NULL CONSTRAINT department_name_unique UNIQUE
);
CREATE TABLE doctor (
    id {id} PRIMARY KEY NOT NULL,
    user_id {id} CONSTRAINT doctor_user_unique UNIQUE REFERENCES "user" (id),
    data_key {bytes} NOT NULL,
    name {bytes} NOT NULL,
    licences {bytes} NOT NULL,
    specialties {json} NOT NULL,
    department_id {id} REFERENCES department (id),
    zone text NOT NULL,
    accepts_new_patients {bool} NOT NULL,
    source_index {bytes} CONSTRAINT doctor_source_unique UNIQUE,
    version integer NOT NULL,
    created_at {time} NOT NULL
);
CREATE TABLE patient (
    id {id} PRIMARY KEY NOT NULL,
    user_id {id} CONSTRAINT patient_user_unique UNIQUE REFERENCES "user" (id),
    data_key {bytes} NOT NULL,
    mrn {bytes} NOT NULL,
    mrn_index {bytes} NOT NULL CONSTRAINT patient_mrn_unique UNIQUE,
    name {bytes} NOT NULL,
    birth_date {bytes} NOT NULL,
    profile {bytes} NOT NULL,
    contact {bytes} NOT NULL,
    address {bytes},
    emergency_contacts {bytes} NOT NULL,
    confidentiality text NOT NULL CHECK (confidentiality IN ('N', 'R', 'V')),
    source_index {bytes} CONSTRAINT patient_source_unique UNIQUE,
    version integer NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id)
);
CREATE TABLE patient_index (
    kind smallint NOT NULL,
    token {bytes} NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    PRIMARY KEY (kind, token, patient_id)
);
CREATE INDEX patient_index_of_patient ON patient_index (patient_id);
CREATE TABLE coverage (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    detail {bytes} NOT NULL,
    valid_from date,
    valid_to date,
    version integer NOT NULL,
    created_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id)
);
CREATE INDEX coverage_of_patient ON coverage (patient_id);
CREATE TABLE care_team_member (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    doctor_id {id} NOT NULL REFERENCES doctor (id),
    role text NOT NULL CHECK (role IN ('PRIMARY', 'CONSULTING', 'COVERING')),
    starts_at {time} NOT NULL,
    ends_at {time},
    version integer NOT NULL,
    created_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    CHECK (ends_at IS NULL OR ends_at >= starts_at)
);
CREATE INDEX care_team_of_patient ON care_team_member (patient_id);
CREATE INDEX care_team_of_doctor ON care_team_member (doctor_id, patient_id);
"#;
