//! Whether a database holds anything yet.

use crate::db::Db;
use crate::error::Fault;
use sea_orm::ConnectionTrait;

/// Every other table has rows only where one of these has.
const FIRST: [&str; 5] = ["user", "patient", "doctor", "department", "visit_type"];

/// Whether nobody has entered anything: no account, no person, no visit type. The schema must be up to date.
///
/// # Errors
/// Those of the database.
pub async fn is_empty(db: &Db) -> Result<bool, Fault> {
    for table in FIRST {
        let found = format!("SELECT 1 FROM \"{table}\" LIMIT 1");
        let statement = sea_orm::Statement::from_string(db.read().get_database_backend(), found);
        if db.read().query_one_raw(statement).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}
