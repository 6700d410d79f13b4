//! What was asked for or held does not become a booking while the doctor is away either.

use crate::dialect;
use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run_either(manager, POSTGRES, SQLITE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run_either(manager, POSTGRES_WITHOUT, SQLITE_WITHOUT).await
    }
}

const POSTGRES: &str = r#"
CREATE TRIGGER appointment_doctor_away_still BEFORE UPDATE OF status ON appointment FOR EACH ROW
    WHEN (OLD.status IN ('PROPOSED', 'PENDING') AND NEW.status = 'BOOKED' AND NEW.source_index IS NULL)
    EXECUTE FUNCTION appointment_doctor_away();
"#;

const SQLITE: &str = r#"
CREATE TRIGGER appointment_doctor_away_still BEFORE UPDATE OF status ON appointment
WHEN OLD.status IN ('PROPOSED', 'PENDING') AND NEW.status = 'BOOKED' AND NEW.source_index IS NULL
BEGIN
    SELECT RAISE(ABORT, 'appointment_doctor_away') WHERE EXISTS (
        SELECT 1 FROM absence a WHERE a.doctor_id = NEW.doctor_id AND a.starts_at < NEW.ends_at
        AND coalesce(a.ended_at, a.ends_at) > max(NEW.starts_at, a.starts_at));
END;
"#;

const POSTGRES_WITHOUT: &str = "DROP TRIGGER appointment_doctor_away_still ON appointment;";

const SQLITE_WITHOUT: &str = "DROP TRIGGER appointment_doctor_away_still;";
