//! Documents: files in patients' records.
//!
//! The rules in words. Who wants to bring a file asks for leave first (`startUpload`): a ticket that is good once, for minutes, for
//! one file of one length and kind into one record. The bytes come by a route of their own, and are never all in memory: each
//! piece is looked at ([`kind`]: what kind of file it is, by its name and by what is in it), hashed, sealed, and put where bytes lie
//! ([`crate::depot`]). Only when all of them are on the disk is the row written, with its event and its audit, and whether
//! they may is asked once more. Whatever goes wrong before leaves nothing: a sweep takes away what a server left that was killed.
//!
//! What is known of a file lies sealed under the patient's key, its hash too, for the hash of a known file tells that it is there;
//! plain are its kind, its length, who brought it and when. The bytes have a key of their own, which is sealed the same way: when
//! the patient's key is destroyed no byte of theirs opens, and then the bytes go as well.
//!
//! A file is never changed. Another takes its place, and the one before stays in the series. What was brought by mistake is entered
//! in error: it stays, and is given to nobody. Patients see what is shared with them, and what they brought themselves; who treats
//! them sees all of it; administrators see that there is something and never what.
//!
//! A file is given by a link that is good for a minute, for whoever asked for it and as long as their session and their right last.
//! Where a scanner is configured, what is new is in quarantine and given to nobody until it has been looked through.

pub mod detail;
pub mod graphql;
pub mod kind;
pub mod name;
mod secret;
pub mod service;
pub mod store;
