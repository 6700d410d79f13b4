//! Facts, and how they travel.
//!
//! A change writes its event in its own transaction ([`log`]), into every stream it belongs to; each stream counts
//! 1, 2, 3 without gaps, in commit order. After the commit the [`relay`] rings the [`bus`]; each copy's [`hub`] answers
//! the bell by reading the log after its last sequence, and sweeps the heads of the streams it follows, so that a lost
//! or doubled bell changes nothing. Redis is the doorbell; the log in the database is the truth.
//! It is kept for a time ([`retention`]).
//!
//! Events hold ids, never content, and nobody here decides who may see what.

pub mod bus;
pub mod cursor;
pub mod hub;
pub mod log;
mod relay;
pub mod retention;
mod stream;
mod subscription;
mod topic;

pub use bus::Bus;
pub use hub::{Hub, Missing, Witness};
pub use relay::Relay;
pub use stream::Stream;
pub use subscription::{Ring, Subscription};
pub use topic::{Choir, ChoirName, Delivery};
