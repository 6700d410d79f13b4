//! Appointments: asking for one, booking, moving, calling off, and what happens on the day.
//!
//! The rules in words: a time of a doctor, and of a patient, holds one live appointment; the database refuses a second,
//! and [`service`] asks before it tries ([`store::clash`], behind locks taken doctor first). What may follow what is one
//! table ([`lifecycle`]). Moving an appointment makes a new one that replaces it and calls the old one off, both or
//! neither. Every change is an event of the patient, the doctor and the clinic, written in the same transaction.

pub mod bulk;
pub mod graphql;
pub mod lifecycle;
pub mod service;
pub mod store;
