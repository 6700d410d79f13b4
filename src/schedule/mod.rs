//! When doctors can be booked: hours that come again each week, and days on which they are others.
//!
//! The rules in words: hours are what the clocks on the wall say, in a zone of their own, whatever the law does to the
//! clocks; they hold for certain days, for certain kinds of visits or all, and visits begin in step. A day can be closed,
//! and closed beats open. Free times are computed from that and from what is taken ([`slots`]), each time they are asked
//! for, and never stored. The doctor and administrators keep the hours; whoever may read the directory may read them.
//!
//! What comes again does so on the clocks on the wall, too ([`recurrence`]).
//!
//! Nothing here knows appointments: what is taken is handed in.

pub mod calendar;
pub mod graphql;
pub mod hours;
pub mod recurrence;
pub mod service;
pub mod slots;
pub mod store;
