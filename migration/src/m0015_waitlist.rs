//! The waiting list: who waits, what was offered to them, and which copy last looked for a time.

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
        dialect::run(manager, DOWN).await
    }
}

/// Nobody waits twice for the same, nobody has two offers at once, none is made twice to the same, and no hold keeps a time
/// for two.
const TABLES: &str = r#"
CREATE TABLE waitlist_entry (
    id {id} PRIMARY KEY NOT NULL,
    patient_id {id} NOT NULL REFERENCES patient (id),
    visit_type_id {id} NOT NULL REFERENCES visit_type (id),
    doctor_id {id} REFERENCES doctor (id),
    specialty text,
    priority integer NOT NULL CHECK (priority BETWEEN 1 AND 4),
    windows {json} NOT NULL,
    note {bytes},
    status text NOT NULL CHECK (status IN ('ACTIVE', 'OFFERED', 'BOOKED', 'WITHDRAWN', 'EXPIRED')),
    unanswered integer NOT NULL DEFAULT 0 CHECK (unanswered >= 0),
    expires_at {time} NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    recorded_by {id} REFERENCES "user" (id),
    CHECK ((doctor_id IS NULL) <> (specialty IS NULL))
);
CREATE INDEX waitlist_of_patient ON waitlist_entry (patient_id);
CREATE INDEX waitlist_of_doctor ON waitlist_entry (doctor_id, priority, created_at)
    WHERE status IN ('ACTIVE', 'OFFERED') AND doctor_id IS NOT NULL;
CREATE INDEX waitlist_of_specialty ON waitlist_entry (specialty, priority, created_at)
    WHERE status IN ('ACTIVE', 'OFFERED') AND specialty IS NOT NULL;
CREATE UNIQUE INDEX waitlist_once_for_doctor ON waitlist_entry (patient_id, visit_type_id, doctor_id)
    WHERE status IN ('ACTIVE', 'OFFERED') AND doctor_id IS NOT NULL;
CREATE UNIQUE INDEX waitlist_once_for_specialty ON waitlist_entry (patient_id, visit_type_id, specialty)
    WHERE status IN ('ACTIVE', 'OFFERED') AND specialty IS NOT NULL;
CREATE TABLE waitlist_offer (
    id {id} PRIMARY KEY NOT NULL,
    entry_id {id} NOT NULL REFERENCES waitlist_entry (id),
    appointment_id {id} NOT NULL REFERENCES appointment (id),
    doctor_id {id} NOT NULL REFERENCES doctor (id),
    starts_at {time} NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('OPEN', 'ACCEPTED', 'DECLINED', 'LAPSED')),
    offered_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    ended_at {time},
    CONSTRAINT waitlist_offer_hold UNIQUE (appointment_id),
    CONSTRAINT waitlist_offer_once UNIQUE (entry_id, doctor_id, starts_at),
    CHECK ((outcome = 'OPEN') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX waitlist_offer_one_open ON waitlist_offer (entry_id) WHERE outcome = 'OPEN';
CREATE TABLE waitlist_turn (
    doctor_id {id} PRIMARY KEY NOT NULL REFERENCES doctor (id),
    seen {long} NOT NULL,
    looked_at {time} NOT NULL
);
"#;

const DOWN: &str = r#"
DROP TABLE waitlist_turn;
DROP TABLE waitlist_offer;
DROP TABLE waitlist_entry;
"#;
