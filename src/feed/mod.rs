//! Appointments in calendars: a private link that calendar programs follow, and one appointment as a file.
//!
//! The rules in words. An account has one link at most; making another ends the one before, and it can be taken back. The
//! link's secret is kept as a hash alone. Whoever has the link reads when the account's owner has appointments, and where the
//! clinic is: not with whom, not what for, no name; for doctors likewise, of their own appointments. It is as good as its
//! owner's account: closed, locked, or without the second factor that its role must have, it answers as if it did not exist.
//! Each look is recorded in the audit before it is answered. What is called off stays in the calendar as cancelled, for
//! programs that keep what they have read.

pub mod graphql;
pub mod ics;
pub mod service;
mod store;
