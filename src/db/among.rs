//! Asking for many rows by their ids.

use super::Kind;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use uuid::Uuid;

/// That the column's value is among these ids. On PostgreSQL they travel as one array, so that one prepared statement
/// serves any number of them; a list of parameters would be another statement for each length.
pub fn among<C: ColumnTrait, K: Into<Uuid>>(
    kind: Kind,
    column: C,
    ids: impl IntoIterator<Item = K>,
) -> Expr {
    let ids = ids.into_iter().map(Into::into);
    match kind {
        Kind::Postgres => column.eq_any(ids),
        Kind::Sqlite => Expr::col(column.as_column_ref()).is_in(ids),
    }
}
