//! The database: two of them behind one door, and the one way to write.
//!
//! Reads go to [`Db::read`]; writes go through [`Db::write`], which begins, runs the verb's closure, commits or rolls
//! back, and retries what the database itself asks to retry. It refuses to know any table.

mod among;
mod cell;
mod connect;
mod lanes;
mod lines;
mod session;
mod violation;
mod window;
mod write;

pub use among::among;
pub use cell::cell;
pub use connect::{Db, DbSettings, Usage};
pub use lines::{Lines, Place};
pub use session::{Connections, Session};
pub use violation::breaks;
pub use window::{End, Stretch, Window};
pub use write::{Committed, Head, Mark, Tx, TxFuture};

/// Which database this is; the few rules that differ ask here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Many writers, locks by row and by advisory key.
    Postgres,
    /// One writer at a time, and that is the lock.
    Sqlite,
}
