//! Care teams: which doctors treat a patient, as what, and for how long. It is the relation that opens a record.
//!
//! The rules in words: a doctor of the team, or an administrator, brings a doctor in and lets one go; a membership holds
//! from its beginning until before its end, and what has ended is never taken up again but begun anew. One doctor is in
//! one patient's team once at a time. Every change is an event of the patient, the doctor and the clinic, from which open
//! subscriptions learn that somebody's right to them has begun or ended.

pub mod graphql;
pub mod service;
pub mod store;
