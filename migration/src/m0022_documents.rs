//! Documents: what is known of each file, the leave to bring one, and which bytes are to go. The bytes lie elsewhere, sealed under a key of their own
//! that is sealed in the row. A file is never changed: another takes its place, as a row of its own of the same series.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(
            manager,
            "DROP TABLE document_waste; DROP TABLE document_upload; DROP TABLE document;",
        )
        .await
    }
}

const TABLES: &str = r#"
CREATE TABLE document (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    series_id {id} NOT NULL REFERENCES document (id),
    edition integer NOT NULL CHECK (edition >= 1),
    status text NOT NULL CHECK (status IN ('current', 'superseded', 'entered-in-error')),
    scan text NOT NULL CHECK (scan IN ('QUARANTINED', 'CLEAN', 'REFUSED')),
    source text NOT NULL CHECK (source IN ('PATIENT', 'CLINIC')),
    media_type text NOT NULL CHECK (media_type IN ('application/pdf', 'image/png', 'image/jpeg', 'text/plain')),
    size {long} NOT NULL CHECK (size > 0),
    content {bytes} NOT NULL,
    content_key {bytes} NOT NULL,
    blob_id {id} NOT NULL CONSTRAINT document_blob_unique UNIQUE,
    shared_at {time},
    shared_version integer,
    version integer NOT NULL CHECK (version >= 1),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    CONSTRAINT document_edition_unique UNIQUE (series_id, edition),
    CHECK ((shared_at IS NULL) = (shared_version IS NULL)),
    CHECK (source <> 'PATIENT' OR shared_at IS NOT NULL)
);
CREATE UNIQUE INDEX document_one_current ON document (series_id) WHERE status = 'current';
CREATE INDEX document_of_patient ON document (patient_id, created_at);
CREATE INDEX document_quarantined ON document (created_at) WHERE scan = 'QUARANTINED';

CREATE TABLE document_upload (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    user_id {id} NOT NULL REFERENCES "user" (id),
    session_id {id} NOT NULL,
    replaces_id {id} REFERENCES document (id),
    expected_version integer,
    media_type text NOT NULL CHECK (media_type IN ('application/pdf', 'image/png', 'image/jpeg', 'text/plain')),
    size {long} NOT NULL CHECK (size > 0),
    content {bytes} NOT NULL,
    blob_id {id} NOT NULL CONSTRAINT document_upload_blob_unique UNIQUE,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    used_at {time},
    CHECK ((replaces_id IS NULL) = (expected_version IS NULL))
);
CREATE INDEX document_upload_of_user ON document_upload (user_id, created_at);
CREATE INDEX document_upload_old ON document_upload (created_at);

CREATE TABLE document_waste (
    blob_id {id} PRIMARY KEY NOT NULL,
    created_at {time} NOT NULL
);
"#;
