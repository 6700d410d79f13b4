//! Reminders of appointments, the notifications that they become, and what their owners want of them.
//!
//! That an appointment is to be reminded of is written by the database itself, with whatever makes, moves or ends it: no
//! verb can forget it. What is planned for one that ends or moves is called off in the same transaction. When exactly to
//! remind depends on what its patient wants, so that is worked out afterwards, from a row in `reminder_task`.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, TABLES).await?;
        dialect::run_either(manager, POSTGRES_TASKS, SQLITE_TASKS).await?;
        dialect::run_either(manager, POSTGRES_STANDING, SQLITE_STANDING).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run_either(manager, POSTGRES_WITHOUT, SQLITE_WITHOUT).await?;
        for table in [
            "notification",
            "reminder",
            "reminder_task",
            "notification_preference",
        ] {
            let drop = Table::drop().table(Alias::new(table)).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

/// A reminder has no reference to its appointment: checking one would lock the appointment's row behind whoever changes it.
const TABLES: &str = r#"
CREATE TABLE notification_preference (
    user_id {id} PRIMARY KEY NOT NULL REFERENCES "user" (id),
    live {bool} NOT NULL,
    email {bool} NOT NULL,
    week_before {bool} NOT NULL,
    day_before {bool} NOT NULL,
    hours_before {bool} NOT NULL,
    quiet_from integer CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_until integer CHECK (quiet_until BETWEEN 0 AND 1439),
    zone text,
    version integer NOT NULL CHECK (version >= 1),
    updated_at {time} NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL)),
    CHECK (quiet_from IS NULL OR quiet_from <> quiet_until)
);
CREATE TABLE reminder_task (
    appointment_id {id} PRIMARY KEY NOT NULL,
    since {time} NOT NULL
);
CREATE TABLE reminder (
    appointment_id {id} NOT NULL,
    kind text NOT NULL CHECK (kind IN ('WEEK_BEFORE', 'DAY_BEFORE', 'HOURS_BEFORE')),
    channel text NOT NULL CHECK (channel IN ('LIVE', 'EMAIL')),
    due_at {time} NOT NULL,
    user_id {id} NOT NULL REFERENCES "user" (id),
    send_at {time} NOT NULL,
    try_at {time} NOT NULL,
    state text NOT NULL CHECK (state IN ('PLANNED', 'SENT', 'FAILED', 'CANCELLED', 'SKIPPED')),
    cause text,
    attempts integer NOT NULL CHECK (attempts >= 0),
    message_id {id} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (appointment_id, kind, channel, due_at),
    CHECK ((state IN ('PLANNED', 'SENT')) = (cause IS NULL))
);
CREATE INDEX reminder_due ON reminder (channel, try_at) WHERE state = 'PLANNED';
CREATE INDEX reminder_settled ON reminder (updated_at) WHERE state <> 'PLANNED';
CREATE INDEX reminder_of_user ON reminder (user_id);
CREATE TABLE notification (
    id {id} PRIMARY KEY NOT NULL,
    user_id {id} NOT NULL REFERENCES "user" (id),
    kind text NOT NULL CHECK (kind IN ('APPOINTMENT_REMINDER')),
    appointment_id {id} NOT NULL REFERENCES appointment (id),
    reminder_kind text NOT NULL CHECK (reminder_kind IN ('WEEK_BEFORE', 'DAY_BEFORE', 'HOURS_BEFORE')),
    due_at {time} NOT NULL,
    created_at {time} NOT NULL,
    read_at {time},
    CONSTRAINT notification_once UNIQUE (appointment_id, reminder_kind, due_at)
);
CREATE INDEX notification_of_user ON notification (user_id, id);
CREATE INDEX notification_written ON notification (created_at);
"#;

const POSTGRES_TASKS: &str = r#"
CREATE FUNCTION reminder_of_appointment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE reminder SET state = 'CANCELLED', updated_at = NEW.updated_at,
            cause = CASE WHEN NEW.status IN ('BOOKED', 'CHECKED_IN') THEN 'MOVED' ELSE 'NOT_EXPECTED' END
        WHERE appointment_id = NEW.id AND state = 'PLANNED';
    END IF;
    IF NEW.status IN ('BOOKED', 'CHECKED_IN') AND NEW.starts_at > NEW.updated_at THEN
        INSERT INTO reminder_task (appointment_id, since) VALUES (NEW.id, NEW.updated_at)
        ON CONFLICT (appointment_id) DO UPDATE SET since = EXCLUDED.since;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER reminder_on_insert AFTER INSERT ON appointment FOR EACH ROW
    WHEN (NEW.status IN ('BOOKED', 'CHECKED_IN') AND NEW.starts_at > NEW.updated_at)
    EXECUTE FUNCTION reminder_of_appointment();
CREATE TRIGGER reminder_on_update AFTER UPDATE ON appointment FOR EACH ROW
    WHEN ((OLD.status IN ('BOOKED', 'CHECKED_IN')) <> (NEW.status IN ('BOOKED', 'CHECKED_IN'))
        OR OLD.starts_at <> NEW.starts_at)
    EXECUTE FUNCTION reminder_of_appointment();
CREATE FUNCTION reminder_of_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reminder_task (appointment_id, since)
    SELECT id, NEW.updated_at FROM appointment
    WHERE patient_id = NEW.id AND starts_at > NEW.updated_at AND status IN ('BOOKED', 'CHECKED_IN')
    ON CONFLICT (appointment_id) DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER reminder_on_account AFTER UPDATE OF user_id ON patient FOR EACH ROW
    WHEN (NEW.user_id IS DISTINCT FROM OLD.user_id AND NEW.user_id IS NOT NULL)
    EXECUTE FUNCTION reminder_of_patient();
"#;

const SQLITE_TASKS: &str = r#"
CREATE TRIGGER reminder_on_insert AFTER INSERT ON appointment
WHEN NEW.status IN ('BOOKED', 'CHECKED_IN') AND NEW.starts_at > NEW.updated_at
BEGIN
    INSERT INTO reminder_task (appointment_id, since) VALUES (NEW.id, NEW.updated_at)
    ON CONFLICT (appointment_id) DO UPDATE SET since = excluded.since;
END;
CREATE TRIGGER reminder_on_update AFTER UPDATE ON appointment
WHEN (OLD.status IN ('BOOKED', 'CHECKED_IN')) <> (NEW.status IN ('BOOKED', 'CHECKED_IN'))
    OR OLD.starts_at <> NEW.starts_at
BEGIN
    UPDATE reminder SET state = 'CANCELLED', updated_at = NEW.updated_at,
        cause = CASE WHEN NEW.status IN ('BOOKED', 'CHECKED_IN') THEN 'MOVED' ELSE 'NOT_EXPECTED' END
    WHERE appointment_id = NEW.id AND state = 'PLANNED';
    INSERT INTO reminder_task (appointment_id, since)
    SELECT NEW.id, NEW.updated_at WHERE NEW.status IN ('BOOKED', 'CHECKED_IN') AND NEW.starts_at > NEW.updated_at
    ON CONFLICT (appointment_id) DO UPDATE SET since = excluded.since;
END;
CREATE TRIGGER reminder_on_account AFTER UPDATE OF user_id ON patient
WHEN NEW.user_id IS NOT OLD.user_id AND NEW.user_id IS NOT NULL
BEGIN
    INSERT INTO reminder_task (appointment_id, since)
    SELECT id, NEW.updated_at FROM appointment
    WHERE patient_id = NEW.id AND starts_at > NEW.updated_at AND status IN ('BOOKED', 'CHECKED_IN')
    ON CONFLICT (appointment_id) DO NOTHING;
END;
"#;

/// What is booked already is reminded of from now on.
const POSTGRES_STANDING: &str = "
INSERT INTO reminder_task (appointment_id, since)
SELECT id, now() FROM appointment WHERE status IN ('BOOKED', 'CHECKED_IN') AND starts_at > now();
";

const SQLITE_STANDING: &str = "
INSERT INTO reminder_task (appointment_id, since)
SELECT id, strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now') FROM appointment
WHERE status IN ('BOOKED', 'CHECKED_IN') AND starts_at > strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now');
";

const POSTGRES_WITHOUT: &str = "
DROP TRIGGER reminder_on_insert ON appointment;
DROP TRIGGER reminder_on_update ON appointment;
DROP TRIGGER reminder_on_account ON patient;
DROP FUNCTION reminder_of_appointment();
DROP FUNCTION reminder_of_patient();
";

const SQLITE_WITHOUT: &str = "
DROP TRIGGER reminder_on_insert;
DROP TRIGGER reminder_on_update;
DROP TRIGGER reminder_on_account;
";
