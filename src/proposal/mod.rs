//! Changes that patients ask for: of who they are, and of what their chart says.
//!
//! The rules in words: what patients may change themselves they change; for the rest they ask, with the very input of the verb
//! that somebody of the clinic would use. What is asked for is kept field by field, each with what the patient saw it say and
//! what it should say ([`content`]), sealed under their key. Whoever may change it decides, field by field, with a reason that
//! the patient reads; nobody decides on what is asked for in their own record. What is accepted is made in the transaction of
//! the decision and through the verb's own way, so that its checks, its version, its event and its audit are those of any
//! change, and the version names the proposal. A field that says something else by now than the patient saw refuses the decision;
//! what else has changed of the entry meanwhile stands in nobody's way. All of it is done, or nothing.
//!
//! A patient has so many open proposals and no more, and no field of an entry is in two. Until there is a word on it the patient
//! can take it back; one of both happens, and the database holds what was decided as it is. Each step is an event of the
//! patient, of those of the care team and of the clinic, by ids alone.

pub mod content;
pub mod graphql;
pub mod sealed;
pub mod service;
pub mod store;
pub mod words;
