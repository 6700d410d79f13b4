//! Who looked: a patient's own view of the audit.
//!
//! The patient sees, and may follow live, everybody who opened or changed their record: when, through which relation, which
//! kinds of data, and what for. Of a doctor they see the entry in the directory, of those who run the clinic that it was one of them.
//! Administrators read the same log. Looking at it is itself a look. What is kept and how, the audit knows.

pub mod graphql;
pub mod service;
