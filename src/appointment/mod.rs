//! Appointments: asking for one, booking, moving, calling off, and what happens on the day.
//!
//! The rules in words: a time of a doctor, and of a patient, holds one live appointment; the database refuses a second,
//! and [`service`] asks before it tries ([`store::clash`], behind locks taken doctor first). A patient books only a time
//! that the doctor's hours offer, if the doctor has published any. A hold is an appointment that nobody has confirmed yet;
//! once its time is over it stands in nobody's way: whoever takes the time calls it off in the same transaction, so that
//! no sweeper needs to have been there. What may follow what is one table ([`lifecycle`]). Moving an appointment makes a new
//! one that replaces it and calls the old one off, both or neither. What comes again by a rule is a series: its times are
//! given away all or none, and later moved or called off as many as are meant, all or none ([`series`]). Every change is an event of the patient, the doctor and
//! the clinic, and a step of the appointment's history, written in the same transaction.

pub mod bulk;
pub mod graphql;
pub mod lifecycle;
pub mod plan;
pub mod queue;
pub mod series;
pub mod service;
pub mod store;
mod telling;
