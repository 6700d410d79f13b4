//! The waiting list: who waits for a time, and how one that becomes free reaches the next of them.
//!
//! The rules in words: a patient waits for one kind of visit, with one doctor or with any of a specialty, and says when they
//! could come. A time that is free ([`crate::appointment`] says which are: nobody remembers how it became so) is held for the
//! most urgent of those it fits, and of the equally urgent for who waits longest: that is the offer. Taken, the hold is a
//! booking; declined, or not answered in time, it is called off, and the time goes on to the next. The same time is offered
//! to the same entry once. Whoever leaves three offers in a row unanswered waits no more. A hold is an appointment like any
//! other, so the constraint that lets nobody have a time twice holds for offers too, and one whose time is over stands in
//! nobody's way.
//!
//! Whoever offers is a task on each copy ([`keep`]). It follows the streams of the doctors for whom somebody waits, looks
//! after each event that may have freed a time, and after all of them every few seconds: nothing that it should do is kept
//! in memory, so a copy may die at any moment, and another finds the same entry, the same time, and the same offer open. Which
//! copy looks upon an event, or upon the clock, is claimed in the database; that only saves work, for an offer is made, and
//! ended, in one transaction behind the locks of the doctor and the patient that asks again.
//!
//! Nobody on the list learns who else is: their place is a number.

pub mod graphql;
pub mod matching;
pub mod service;
pub mod store;
mod telling;
mod worker;

pub use worker::keep;
