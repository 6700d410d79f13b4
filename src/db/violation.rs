//! Reading which rule of the database a write broke, without ever passing its words on.

use sea_orm::{DbErr, RuntimeErr};

/// Whether the error is the violation of this constraint. SQLite names the columns of a unique constraint (`table.column`)
/// or the words a trigger raised; PostgreSQL names the constraint. Both are given, and either matches.
#[must_use]
pub fn breaks(error: &DbErr, constraint: &str, sqlite: &str) -> bool {
    let Some(database) = driver(error).and_then(|driver| driver.as_database_error()) else {
        return false;
    };
    match database.constraint() {
        Some(name) => name == constraint,
        None => {
            let words = database.message();
            words.contains(sqlite) || words.contains(constraint)
        }
    }
}

/// Whether the database asks to run the transaction again: serialization failure, deadlock, or a busy file.
pub(super) fn asks_for_retry(error: &DbErr) -> bool {
    driver(error)
        .and_then(|driver| driver.as_database_error())
        .and_then(|database| database.code())
        .is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01" | "5" | "261" | "517"))
}

fn driver(error: &DbErr) -> Option<&sea_orm::SqlxError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(driver))
        | DbErr::Exec(RuntimeErr::SqlxError(driver))
        | DbErr::Query(RuntimeErr::SqlxError(driver)) => Some(driver),
        _ => None,
    }
}

/// Whether the database says that it cannot write: PostgreSQL's class of five characters, or SQLite's number, whose lowest
/// byte is the kind (10 an error of the disk, 13 that it is full).
fn cannot_write(code: &str) -> bool {
    let sqlite = || {
        code.len() < 5
            && code
                .parse::<u32>()
                .is_ok_and(|it| [10, 13].contains(&(it & 0xff)))
    };
    matches!(code, "53100" | "58030") || sqlite()
}

impl From<DbErr> for crate::error::Fault {
    /// A database that cannot be reached is away; anything else that it says is a mistake of ours. Of what it says only
    /// the code and the constraint's name are kept: its own words can hold values.
    fn from(error: DbErr) -> Self {
        if asks_for_retry(&error) {
            return Self::Unavailable(Box::new(Retry));
        }
        match driver(&error) {
            Some(driver) => match driver.as_database_error() {
                Some(database) => {
                    let code = database.code().unwrap_or_default();
                    let rule = database.constraint().unwrap_or_default();
                    match code.as_ref() {
                        "57014" | "57P01" | "57P02" | "57P03" | "53300" => {
                            Self::unavailable(format!("database error {code}"))
                        }
                        code if cannot_write(code) => Self::unavailable(format!(
                            "database error {code}: the disk is full or fails"
                        )),
                        // Out of range, or text with a NUL: only what a client sent can be either.
                        "22007" | "22008" | "22021" | "22P05" => Self::BadRequest(
                            "A value is out of range, or holds a character that cannot be kept.",
                        ),
                        _ => Self::internal(format!("database error {code} {rule}")),
                    }
                }
                None => match driver {
                    sea_orm::SqlxError::Io(_)
                    | sea_orm::SqlxError::PoolTimedOut
                    | sea_orm::SqlxError::PoolClosed
                    | sea_orm::SqlxError::WorkerCrashed => {
                        Self::unavailable("the database cannot be reached")
                    }
                    _ => Self::internal("the database driver failed to read or write a value"),
                },
            },
            None => match error {
                DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => {
                    Self::unavailable("no database connection is free")
                }
                other => Self::internal(other),
            },
        }
    }
}

/// The mark by which `Db::write` knows that the transaction may simply run again.
#[derive(Debug)]
pub(super) struct Retry;

impl std::fmt::Display for Retry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the database asked to run the transaction again")
    }
}

impl std::error::Error for Retry {}
