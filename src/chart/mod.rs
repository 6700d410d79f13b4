//! The chart: conditions, allergies, medications, immunizations and vital signs, and what is done at visits (encounters, notes,
//! orders, results), as they stand and as they ever stood.
//!
//! The rules in words: what an entry says lies sealed under the patient's key ([`content`], [`vital`], [`sealed`]); plain are
//! its kind, its status, whose word it is and when, because lists are made by them. Every change writes a version beside
//! the entry in its own transaction, and no version is ever changed, so that the history says who wrote what, and when, and
//! what became another thing by it ([`difference`]). Nothing is deleted: what was wrong is entered in error. Whoever treats
//! a patient writes; the patient reads all of it, and writes what is their own word: readings that they took, and what they
//! take. Whoever broke the glass reads, and records vital signs. Each change is an event of the patient and of the clinic,
//! by ids alone.
//!
//! What is done at visits is somebody's own: the care team works on all of it, who meets the patient by appointment on what is
//! their own. A note is a draft, for its author and the team, until its author signs it; from then on it stays as it is, to
//! the byte, and is added to by notes of their own, also by whoever broke the glass. The patient reads what is final and was
//! shared with them, for as long as it is, and of its history what was written since. An appointment has one visit.
//!
//! A reading out of bounds raises an alert in its own transaction, and somebody of the care team is called, then the next
//! ([`alert`]).
//!
//! An order of a medication is held against the chart ([`safety`]): what stands in its way refuses it, unless whoever orders says
//! in spite of which entries, and why, which the version keeps.
//!
//! One table holds all kinds, and one service writes them, over a trait that says what differs. (The alternative, a room of
//! the same furniture for each kind, would be the same rules six times, and one of them wrong.)

pub mod alert;
pub mod content;
pub mod difference;
pub mod graphql;
pub mod provenance;
pub mod safety;
pub mod sealed;
pub mod search;
pub mod service;
pub mod store;
pub mod vital;
