//! Accounts: who can sign in, with what, and from which devices they are signed in.
//!
//! The rules in words: nobody is told whether an account exists; a wrong, unknown, locked or disabled one costs the same
//! work and gets the same answer ([`sign_in`]). Guessing is slowed down per account and per address, in the database, so
//! that a restart forgives nothing. A refresh token works once; its reuse ends the whole session, except for the client
//! that lost its answer ([`service::refresh_session`]). Whatever takes a right away (an ended session, another password, a locked
//! account) does so in the same transaction for all sessions concerned, each an event of the account's stream. An
//! administrator hands out passwords that are good for nothing but choosing another.
//!
//! Every request becomes a viewer through [`authenticate`]: what a token claims is never believed further than which
//! session it belongs to.
//!
//! A second factor stands between the password and the session: [`service::sign_in`] then answers with a challenge. Whoever
//! is of a role that must have one can do nothing before but enrol it; a dangerous verb asks [`require_recent_proof`] first.

mod authenticate;
mod client;
mod email;
pub mod graphql;
mod person;
pub mod service;
mod store;
mod watch;

pub use crate::auth::{Owner, Throttle, Weakness};
pub use authenticate::{authenticate, still_live};
pub use client::Client;
pub use email::Email;
pub use person::Account;
pub use service::{
    CreateAdmin, CreateAdminRefusal, CreatedAdmin, ErasedAccount, Invitation, NewAccount, NewUser,
    PasswordHash, Registered, Registration, StepUpRequired, create_admin, deliver,
    erase_patient_account, hash_password, hold_rights, insert_invited_user, insert_user,
    invitation, require_recent_proof, step_up, still_administrator, sweep,
};
pub use store::{EmailTaken, standings};
pub use watch::until_ended;
