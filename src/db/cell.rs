//! Cells that are often empty.

use sea_orm::sqlx::{Row as _, ValueRef as _};
use sea_orm::{DbErr, QueryResult, TryGetable};

/// The cell at this place of a row; nothing if it is NULL. sea-orm's own way makes of each empty cell an error with a text
/// first: with the nine of an appointment that was a fiftieth of a doctor's day.
///
/// # Errors
/// When there is no such place, or what lies there is of another type.
pub fn cell<T: TryGetable>(row: &QueryResult, at: usize) -> Result<Option<T>, DbErr> {
    let is_null = if let Some(row) = row.try_as_pg_row() {
        row.try_get_raw(at).is_ok_and(|it| it.is_null())
    } else if let Some(row) = row.try_as_sqlite_row() {
        row.try_get_raw(at).is_ok_and(|it| it.is_null())
    } else {
        false
    };
    match is_null {
        true => Ok(None),
        false => row.try_get_by_index(at),
    }
}
