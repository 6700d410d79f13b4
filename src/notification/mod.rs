//! What the owners of accounts are told: reminders of appointments, as notifications and as letters.
//!
//! The rules in words. That an appointment is to be reminded of is written by the database with whatever makes, moves or
//! ends it (the triggers of migration 16), so no verb can forget it; what was planned for one that ends or moves is called
//! off in the same transaction. A task that each copy runs works out from there when to remind ([`plan`], pure): a week, a
//! day, two hours before, by the ways that the patient wants, not in their quiet hours, and nothing that was due before the
//! appointment was booked. A reminder is known by its appointment, its kind, its way and when it is due; there is one row of
//! each, kept for 90 days after it was due, so none is planned twice, whatever the clock does. When its time comes one copy
//! claims it in the database, behind the appointment's own lock, and looks once more whether it is still wanted.
//!
//! A notification is written with the word that it was sent, in one transaction: exactly once. A letter is claimed before
//! and noted after: it is sent once, unless a copy dies in the moment between the mail server's word that it has taken it
//! and the note of that, or the clock jumps over its turn meanwhile. Then another copy sends it again with the same
//! `Message-ID`, by which mailboxes recognise a second one. No protocol of mail promises more.
//!
//! A letter says when and where, and nothing of health: not with whom, not what for.

pub mod graphql;
pub mod plan;
pub mod service;
mod store;
