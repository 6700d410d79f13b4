//! Care teams: which doctors treat a patient, as what, and for how long. It is the relation that opens a record. And
//! break-glass: what opens one without a relation.
//!
//! The rules in words: a doctor of the team, or an administrator, brings a doctor in and lets one go; a membership holds
//! from its beginning until before its end, and what has ended is never taken up again but begun anew. One doctor is in
//! one patient's team once at a time. Every change is an event of the patient, the doctor and the clinic, from which open
//! subscriptions learn that somebody's right to them has begun or ended.
//!
//! Who breaks the glass is a doctor with a second factor that was shown moments ago, says what for by a code and why in
//! words, and reads that one record, in that one session, for an hour at most: no writing but of vital signs, no insurance,
//! nothing *very restricted* that their clearance does not reach. The patient and the administrators are told at once. It
//! ends by its time, with the session, when the doctor closes the record, or when an administrator takes it away; somebody
//! else reviews it afterwards, and is reminded after three days.

pub mod glass;
pub mod graphql;
pub mod service;
pub mod store;
