//! When doctors can be booked: hours that come again each week, and days on which they are others.
//!
//! The rules in words: hours are what the clocks on the wall say, in a zone of their own, whatever the law does to the
//! clocks; they hold for certain days, for certain kinds of visits or all, and visits begin in step. A day can be closed,
//! and closed beats open. Free times are computed from that and from what is taken ([`slots`]), each time they are asked
//! for, and never stored. The doctor and administrators keep the hours; whoever may read the directory may read them.
//!
//! What comes again does so on the clocks on the wall, too ([`recurrence`]).
//!
//! A doctor who is away ([`service::mark_absence`]) has no hours then, whatever the rules say, and nobody is given their
//! time: whoever takes one, and whoever says that the doctor is away, wait for each other ([`time_of`]), and the database
//! refuses what would come between. Why a doctor is away is sealed, and for them and administrators only.
//!
//! Nothing here knows appointments: what is taken is handed in.

pub mod calendar;
pub mod graphql;
pub mod hours;
pub mod recurrence;
pub mod service;
pub mod slots;
pub mod store;

/// The key of the lock behind which a doctor's time is taken, or closed.
#[must_use]
pub fn time_of(doctor: entity::id::DoctorId) -> String {
    format!("doctor:{doctor}")
}
